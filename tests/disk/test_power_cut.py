"""A power cut at every point: what was there is whole, and what was said to be kept is kept."""

import os

import numpy as np
import pytest

from core import own_models
from core.export import passport
from core.people import corrections, label_decisions
from core.recipes import own
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, removal, store
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.disk.power_cut import Disk
from tests.models import make_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there folders cannot be flushed")
CONFIG = RECIPES["sprint"].config_for("sample")
IMAGE = np.zeros((28, 28), np.float32)


def a_run():
    return store.create(CONFIG)


def a_finished_run():
    run = a_run()
    make_model(run.folder, run=run.id)
    MetricsWriter(run.folder / contract.METRICS).close()
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.5))
    return run


def create():
    run = a_run()
    return [f"runs/{run.id}/{contract.CONFIG}"]


def end(run):
    store.write_status(run.folder, Status(state=State.FINISHED))
    return [f"runs/{run.id}/{contract.STATUS}"]


def note(run):
    notes.change(run.id, note="worth a thought")
    return [f"runs/{run.id}/{notes.FILE}"]


def promote(run):
    own_models.promote(run.id, "kept")
    files = (contract.CARD, contract.ONNX_MODEL, contract.KERAS_MODEL, contract.PREDICTIONS)
    return [f"models/kept/{file}" for file in files]


def correct():
    made = corrections.keep(IMAGE, 3, 5, 0.9, "linear")
    return [f"corrections/{made.id}.json"]


def decide():
    label_decisions.record("0" * 64, 1, 3, 5, "right")
    return [f"verdicts/{'0' * 64}.json"]


def save_recipe():
    own.save("mine", CONFIG)
    return ["recipes/mine.json"]


@pytest.mark.parametrize("act", [create, correct, decide, save_recipe])
def test_what_is_kept_in_a_new_folder_survives(home, act):
    """The folder that was made for it was never flushed: all in it was gone after a cut."""
    home.mkdir(exist_ok=True)
    with Disk(home).watched() as disk:
        kept = act()
    check(disk, home, kept)


@pytest.mark.parametrize("act", [end, note, promote])
def test_what_becomes_of_a_run_survives(home, act):
    """The names within a folder that appears were never flushed: it could be empty after a cut."""
    run = a_run() if act is end else a_finished_run()
    with Disk(home).watched() as disk:
        kept = act(run)
    check(disk, home, kept)


def test_an_imported_run_survives(home):
    run = a_finished_run()
    content = passport.pack(run.id)
    removal.remove(run.id)
    with Disk(home).watched() as disk:
        passport.unpack(content, "x.zip")
    files = (
        contract.CONFIG,
        contract.CARD,
        contract.ONNX_MODEL,
        contract.PREDICTIONS,
        contract.STATUS,
    )
    check(disk, home, [f"runs/{run.id}/{file}" for file in files])


def test_a_record_is_the_old_or_the_new_one_at_every_moment(home):
    run = a_run()
    before, after = Status(state=State.FAILED, reason="a"), Status(state=State.FINISHED)
    store.write_status(run.folder, before)
    with Disk(home).watched() as disk:
        store.write_status(run.folder, after)
    whole = {status.model_dump_json().encode() for status in (before, after)}
    seen = {left[f"runs/{run.id}/{contract.STATUS}"] for moment in disk.moments for left in moment}
    assert seen == whole


def test_a_write_that_is_not_flushed_is_torn(tmp_path):
    """The test itself: a cut shows what is missing."""
    with Disk(tmp_path).watched() as disk:
        (tmp_path / "new.txt").write_text("all")
        os.replace(tmp_path / "new.txt", tmp_path / "kept.txt")
    fewest, most = disk.moments[-1]
    assert fewest == {}
    assert most == {"kept.txt": b""}


def check(disk, home, kept):
    """See that no cut leaves a part of what appears, and that the last leaves all of it."""
    assert kept
    true = {name: (home / name).read_bytes() for name in kept}
    for moment in disk.moments:
        for left in moment:
            found = {name: left[name] for name in kept if name in left}
            assert found == {} or found == true
    for left in disk.moments[-1]:
        assert {name: left.get(name) for name in kept} == true
