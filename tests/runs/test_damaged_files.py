"""Any file of a run's folder damaged in any way: read as damaged, and never a trace."""

import json
import os
import shutil
import sys
from contextlib import suppress

import pytest

from core import own_models, registry, worker
from core.cli.output import run_facts, run_line
from core.errors import DigitLabError
from core.export import passport
from core.launch import cost
from core.launch.finetune import newest
from core.recipes.shipped import RECIPES
from core.runs import (
    carried_pictures,
    contract,
    control,
    notes,
    own_digits,
    playback,
    queue,
    requests,
    store,
    trash,
)
from core.runs.contract import State, Status
from core.runs.curves import Curves, outline
from core.runs.summary import summarise_all
from tests.models import make_model

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample"})
ASKED = [requests.STOP, requests.PAUSE, requests.RATE, requests.FRONT]
FILES = [
    *ASKED,
    contract.CONFIG, contract.STATUS, contract.METRICS, contract.LOG, contract.WORKER_LOCK,
    contract.ROOM, contract.KERAS_MODEL, contract.ONNX_MODEL, contract.PREDICTIONS,
    contract.PICTURES, contract.CARD, contract.LEARNED_BEFORE, notes.FILE, playback.DRAWING,
    own_digits.FILE, playback.WATCH, playback.PANEL_IMAGES, playback.EPOCHS, "checkpoint",
    "tensorboard",
]  # fmt: skip
CONTENTS = {
    "empty": b"",
    "no UTF-8": b"\xff\xfe\x00best",
    "a number too long for a number": b"1" * 5000,
    "nested": b"[" * 90_000,
    "an object": b'{"kind": {"a": [1]}, "step": "x"}',
    "a list": b"[1, 2]",
    "a string": b'"stop"',
    "null": b"null",
    "an archive cut short": b"PK\x03\x04\x14\x00\x00\x00",
}


def write(content):
    return lambda path: path.write_bytes(content)


DAMAGE = {name: write(content) for name, content in CONTENTS.items()} | {
    "a folder": lambda path: path.mkdir(),
    "a full folder": lambda path: (path / "in" / "it").mkdir(parents=True),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a folder": lambda path: path.symlink_to(".."),
}
if sys.platform != "win32":
    DAMAGE |= {
        "a pipe": os.mkfifo,
        "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    }


def a_sentence_or(call):
    """Make a call that may refuse with a sentence; anything else is a trace."""
    with suppress(DigitLabError):
        call()


def read_everything(run):
    found = store.list_runs()
    assert len(found) == 2
    summarise_all(found)
    for one in found:
        json.dumps(run_facts(one), allow_nan=False)
        run_line(one)
    now = store.read(run.id)
    curves = Curves(run.folder / contract.METRICS).refresh()
    assert outline(run.folder / contract.METRICS) == () or curves.batches
    notes.title(now)
    requests.stop_requested(run.folder)
    requests.best_requested(run.folder)
    requests.pause_requested(run.folder)
    requests.requested_rate(run.folder)
    queue.in_front(found)
    queue.is_held_by_paused(found)
    cost.wait(found)
    cost.estimate(CONFIG, found)
    newest(found)
    playback.read_panel(run.folder)
    playback.read_drawing(run.folder)
    playback.read_epoch(run.folder, 1)
    playback.Looks(run.folder / playback.WATCH).refresh()
    for call in (
        lambda: own_digits.read(run.folder),
        lambda: carried_pictures.read(run.folder, 10),
        lambda: registry.find(run.id).card,
        lambda: registry.find(run.id).predictions(),
        lambda: registry.find(run.id).predictor(),
        lambda: passport.pack(run.id),
        lambda: own_models.promote(run.id, own_models.free_name("mine")),
        lambda: notes.change(run.id, note="a"),
        lambda: control.stop(run.id, keep_best=True),
        lambda: control.pause(run.id),
        lambda: control.go_on(run.id),
        lambda: control.set_learning_rate(run.id, 0.1),
        lambda: control.to_the_front(run.id),
    ):
        a_sentence_or(call)
    registry.list_models()


@pytest.mark.parametrize("damage", DAMAGE)
def test_any_file_of_a_run_may_be_damaged(damage, home, monkeypatch):
    """A ``stop`` that was no UTF-8 ended the worker, and a folder as metrics broke the page."""
    monkeypatch.chdir(home)
    monkeypatch.setattr("core.launch.process.start_worker", lambda run: None)
    monkeypatch.setattr("core.training.reporter._LAST_WORD_S", ())
    store.create(CONFIG)
    whole = store.create(CONFIG)
    make_model(whole.folder, run=whole.id)
    store.write_status(whole.folder, Status(state=State.FINISHED))
    kept = shutil.copytree(whole.folder, home / "kept")
    for name in FILES:
        shutil.rmtree(whole.folder)
        shutil.copytree(kept, whole.folder)
        state = State.RUNNING if name in ASKED else State.FINISHED
        store.write_status(whole.folder, Status(state=state))
        path = whole.folder / name
        path.unlink(missing_ok=True)
        DAMAGE[damage](path)
        read_everything(whole)
        a_sentence_or(lambda: trash.remove(whole.id))
        a_sentence_or(lambda: trash.undo(whole.id))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_worker_meets_damaged_requests(damage, home):
    """It takes them for no request, or for one without more to say."""

    def train(config, folder, report):
        requests.best_requested(folder)
        assert requests.requested_rate(folder) is None
        return State.FINISHED

    for name in ASKED:
        run = store.create(CONFIG)
        DAMAGE[damage](run.folder / name)
        ended = worker.work(run.folder, train)
        assert ended is (State.STOPPED if requests.stop_requested(run.folder) else State.FINISHED)
        assert store.read(run.id).state is ended
