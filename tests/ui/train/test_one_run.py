"""`ui.train.one_run`: the page looks at a run often enough, and no oftener."""

import pytest

from core.runs import contract, store
from tests.working import QUICK
from ui.train import one_run

State = contract.State


@pytest.mark.parametrize(
    ("state", "points", "often"),
    [
        (State.STARTING, "", True),
        (State.RUNNING, "", True),
        (State.RUNNING, None, True),  # the file is not there yet
        (State.RUNNING, '{"kind": "batch"}\n', False),
        (State.QUEUED, "", False),
        (State.PAUSED, "", False),
        (State.FAILED, "", False),
    ],
)
def test_the_page_looks_often_until_the_first_point(home, state, points, often):
    """The first point waited for up to a second after it was there."""
    run = store.create(QUICK)
    if points is not None:
        (run.folder / contract.METRICS).write_text(points, "utf-8")
    run = contract.Run(run.id, run.folder, state)
    assert one_run.begins(run) == often
