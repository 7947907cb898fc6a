"""`core.cluster.trainer`: the last word of a run."""

import pytest

from core.cluster import trainer
from core.runs import contract, store
from core.runs.contract import State, Status
from tests.models import make_model
from tests.working import QUICK


@pytest.fixture
def run(home):
    run = store.create(QUICK)
    make_model(run.folder, run=run.id)
    return run


def test_a_worker_that_is_killed_after_its_card_and_before_its_last_word_has_finished(run):
    """It said that it was saving the model, and its home read that a machine was lost."""
    saving = Status(state=State.RUNNING, phase=contract.SAVING, step=7, seconds_left=1.0)
    store.write_status(run.folder, saving)
    word = trainer.last_word(store.read(run.id))
    assert (word.state, word.phase, word.seconds_left) == (State.FINISHED, "", None)
    assert word.step == 7


def test_what_a_worker_has_said_last_is_the_last_word(run):
    said = Status(state=State.FAILED, reason="The loss became infinite.", ended=5.0)
    store.write_status(run.folder, said)
    assert trainer.last_word(store.read(run.id)) == said
