"""`core.runs.removal`: an ended run leaves the list for good."""

import pytest

from core.errors import DigitLabError
from core.runs import removal, store
from core.runs.contract import State, Status


def test_an_active_run_cannot_be_removed(run):
    with pytest.raises(DigitLabError, match="stop it first"):
        removal.remove(run.id)
    assert run.folder.is_dir()


def test_a_removed_run_is_gone(run):
    store.write_status(run.folder, Status(state=State.FINISHED))
    removal.remove(run.id)
    assert store.list_runs() == []
    assert [path.suffix for path in run.folder.parent.iterdir()] == [".lock"]
