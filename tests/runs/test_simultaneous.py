"""Two people at the same run at the same moment: nothing is lost, and nobody meets a fault."""

import multiprocessing
import os
import shutil
from itertools import combinations_with_replacement

import pytest

from core import own_models, registry
from core.errors import DigitLabError
from core.export import passport
from core.launch import process
from core.people import corrections
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store, trash
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.models import make_model
from tests.people.test_corrections import keep
from tests.together import together

ROUNDS = 3
IN_PROCESSES = 60


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """Return the folder of a run that failed after it had a model, and its passport."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGIT_LAB_HOME", str(tmp_path_factory.mktemp("pattern")))
        run = store.create(RECIPES["sprint"].config.model_copy(update={"data": "sample"}))
        make_model(run.folder, run=run.id)
        writer = MetricsWriter(run.folder / contract.METRICS)
        writer.append({"kind": "batch", "step": 1, "loss": 2.0, "accuracy": 0.5})
        writer.close()
        store.write_status(run.folder, Status(state=State.FAILED))
        yield run.folder, passport.pack(run.id)


ACTIONS = {
    "remove": lambda run_id, _: trash.remove(run_id),
    "undo": lambda run_id, _: trash.undo(run_id),
    "tidy": lambda *_: trash.clear_old(),
    "note": lambda run_id, _: notes.change(run_id, note="kept"),
    "resume": lambda run_id, _: process.resume(run_id),
    "promote": lambda run_id, _: own_models.promote(run_id, "mine"),
    "import": lambda _, content: passport.unpack(content, "x.zip"),
    "create": lambda *_: store.create(RECIPES["sprint"].config),
}


def attempt(act, *arguments):
    """Return whether something was done; anything but a sentence is a fault."""
    refusal = ""
    try:
        act(*arguments)
    except DigitLabError as fault:
        refusal = str(fault)
    assert "make room" not in refusal
    return not refusal


def whole(folder):
    return all((folder / name).is_file() for name in (contract.CONFIG, contract.ONNX_MODEL))


def places(run_id):
    runs = store.paths.runs_folder()
    return [
        place for place in (runs / run_id, runs / (contract.REMOVED + run_id)) if place.exists()
    ]


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(ACTIONS, 2)))
def test_two_actions_at_once_lose_nothing(one, other, pattern, tmp_path, monkeypatch):
    """Two who deleted the same run: it was gone for good, though it could be undone."""
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    folder, content = pattern
    for number in range(ROUNDS):
        for was_removed in (False, True):
            monkeypatch.setenv("DIGIT_LAB_HOME", str(tmp_path / f"{number}-{was_removed}"))
            name = contract.REMOVED + folder.name if was_removed else folder.name
            shutil.copytree(folder, store.paths.runs_folder() / name)
            done = together(
                *(
                    lambda act=ACTIONS[name]: attempt(act, folder.name, content)
                    for name in (one, other)
                )
            )
            found = places(folder.name)
            assert found
            assert all(map(whole, found))
            assert not any(run.state is State.MALFORMED for run in store.list_runs())
            # Whoever heard that it was done finds it done.
            for action, succeeded in zip((one, other), done, strict=True):
                if action == "note" and succeeded:
                    assert "kept" in {notes.read(place).note for place in found}
                if action == "promote" and succeeded:
                    assert registry.find("mine").card.run == folder.name
            if one == other and one in ("remove", "undo", "resume", "promote", "import"):
                assert sum(done) <= 1


def take_turns(home, run_id, number, barrier, done):
    os.environ["DIGIT_LAB_HOME"] = home
    for _ in range(IN_PROCESSES):
        barrier.wait(60)
        removed = attempt(trash.remove, run_id)
        barrier.wait(60)
        restored = attempt(trash.undo, run_id)
        done.put((number, removed, restored))


@pytest.mark.long
def test_two_processes_that_delete_and_restore_the_same_run_take_turns(pattern, home):
    """A page and the shell, or two servers of one home: locks within a process are not enough."""
    folder, _ = pattern
    shutil.copytree(folder, store.paths.runs_folder() / folder.name)
    begin = multiprocessing.get_context("spawn")
    barrier, done = begin.Barrier(2), begin.Queue()
    both = [
        begin.Process(target=take_turns, args=(str(home), folder.name, number, barrier, done))
        for number in range(2)
    ]
    for one in both:
        one.start()
    turns = [done.get(timeout=120) for _ in range(2 * IN_PROCESSES)]
    for one in both:
        one.join(60)
    assert sum(removed for _, removed, _ in turns) == IN_PROCESSES
    assert sum(restored for _, _, restored in turns) == IN_PROCESSES
    assert [run.id for run in store.list_runs()] == [folder.name]
    assert whole(store.paths.runs_folder() / folder.name)


CORRECTING = {
    "relabel": lambda one: corrections.relabel(one.id, 7),
    "remove": lambda one: corrections.remove(one.id),
    "restore": corrections.put_back,
}


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(CORRECTING, 2)))
def test_two_who_correct_the_same_digit_take_turns(one, other, home):
    """A label that was changed at the same moment brought a removed digit back."""
    for _ in range(5 * ROUNDS):
        _, kept = keep(4)
        done = together(
            *(lambda act=CORRECTING[name], kept=kept: attempt(act, kept) for name in (one, other))
        )
        found = corrections.find(kept.id)
        if {one, other} == {"relabel", "remove"} and done[[one, other].index("remove")]:
            assert found is None
        if "remove" not in (one, other):
            assert found.label == (7 if "relabel" in (one, other) else 4)


def test_digits_kept_at_the_same_moment_are_all_kept(home):
    together(*(lambda seed=seed: keep(4, seed) for seed in range(8)))
    assert len(corrections.everything()) == 8
