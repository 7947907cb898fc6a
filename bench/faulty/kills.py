"""Kills: SIGKILL to workers, to whoever clicks, and to the server, at random moments."""

import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import psutil

from bench import browser
from bench.faulty import changes, homes
from bench.faulty.homes import Trials
from core import own_models, registry
from core.config import with_changes
from core.launch import finetune, process
from core.people import corrections
from core.runs import checkpoint_files, contract, states, store
from core.runs.contract import State
from core.runs.curves import Curves

_MOMENT_S = 3.0  # about as long as a toy takes to train
_CLICK_S = 0.08
_AFTER_CLICK_S = 0.5
_KILLS = 4  # of one run, which then trains to its end
_PATIENCE_S = 180.0
_HOME_LASTS = 20  # kills

Start = Callable[[], contract.Run]


def workers(often: int) -> Trials:
    """Kill and resume trainings; each ends with the model that one has which nobody kills."""
    with homes.home(), homes.toys():
        yield from _killed(lambda: process.launch(homes.QUICK), often)


def lessons(often: int) -> Trials:
    """Kill and resume the fine-tuning of a copy on corrected digits."""
    with homes.home(), homes.toys():
        run = ended(process.launch(with_changes(homes.QUICK, {"epochs": 2})))
        model = own_models.promote(run.id, "base")
        for label in range(3):
            image = np.random.default_rng(label).random((28, 28), np.float32)
            corrections.keep(image, label, 9, 0.75, model.name)
        longer = with_changes(finetune.configuration(model, 3), {"epochs": 20})
        yield from _killed(lambda: process.launch(longer), often)


def actions(often: int) -> Trials:
    """Kill a process that does one action after the other, as the app does for those who click."""
    forked, chance = multiprocessing.get_context("fork"), random.Random(0)
    homes.pattern()

    def click(seed: int) -> None:
        choice = random.Random(seed)
        while True:
            homes.attempt(changes.any_action(choice))

    with homes.no_workers():
        for first in range(0, often, _HOME_LASTS):
            with homes.home():
                homes.put_run()
                for number in range(first, min(first + _HOME_LASTS, often)):
                    one = forked.Process(target=click, args=(number,), daemon=True)
                    one.start()
                    time.sleep(chance.uniform(0, _CLICK_S))
                    one.kill()
                    one.join()
                    yield "all is whole", homes.flaw() or _done_again()


def servers(often: int) -> Trials:
    """Kill the server after a click on Start training, and start it anew."""
    chance = random.Random(0)
    with browser.open_browser() as chromium, homes.toys():
        for _ in range(often):
            with homes.home() as home:
                became, flaw = _server_killed(chromium, home, chance.uniform(0, _AFTER_CLICK_S))
                yield became, flaw
                for run in store.list_runs():
                    kill(run)


def _server_killed(chromium: browser.Browser, home: Path, moment_s: float) -> tuple[str, str]:
    program = ("tests.toy.start", "streamlit")
    server = browser.start(home, program=program)
    page = browser.visit(chromium, server)
    page.goto("/train")
    page.get_by_role("button", name="Start training").click()
    time.sleep(moment_s)
    server.process.kill()
    server.process.wait()
    page.close()
    again = browser.start(home, program=program)
    page = browser.visit(chromium, again)
    page.goto("/runs")
    page.get_by_role("heading", name="Runs", exact=True).wait_for()
    page.close()
    again.stop()
    runs = store.list_runs()
    for run in runs:
        if (now := ended(run)).state not in (State.FINISHED, State.LOST):
            return str(now.state), f"{run.id} is {now.state}: {now.reason}"
    said = "a trace in the log" if "Traceback" in again.log else homes.flaw()
    return (f"the run {now.state}" if runs else "no run yet"), said


def _killed(start: Start, often: int) -> Trials:
    chance = random.Random(0)
    expected = _answers(ended(start()))
    tried = 0
    while tried < often:
        run, done = start(), 0
        for _ in range(min(_KILLS, often - tried)):
            time.sleep(chance.uniform(0, _MOMENT_S))
            kill(run)
            with mock.patch.object(states, "STARTING_GRACE_S", 0.0):  # Nobody starts it any more.
                now = ended(run)
                tried += 1
                kept = checkpoint_files.epochs_done(run.folder)
                yield now.state, _flaw_after_kill(now, done, kept)
                if now.state is not State.LOST:
                    break
                done = kept
                process.resume(run.id)
        now = ended(run)
        if now.state is not State.FINISHED:
            yield "not resumed", f"{run.id} is {now.state}: {now.reason}"
        elif not np.array_equal(_answers(now), expected):
            yield "another model", f"{run.id} has other answers than one that nobody killed"


def _flaw_after_kill(run: contract.Run, done: int, kept: int) -> str:
    if run.state is State.FINISHED:
        return "" if run.has_model else f"{run.id} is finished, without a model"
    if run.state is not State.LOST or "killed" not in run.reason:
        return f"{run.id} is {run.state}: {run.reason}"
    epochs = [one["epoch"] for one in Curves(run.folder / contract.METRICS).refresh().epochs]
    if kept < done or len(epochs) < kept:
        return f"{run.id} had {done} epochs, and has {kept} and records of {len(epochs)}"
    return "" if run in store.list_runs() or not run.has_model else f"{run.id} has a card"


def kill(run: contract.Run) -> None:
    """Kill the workers of a run."""
    for one in psutil.process_iter(["cmdline"]):
        if str(run.folder) in (one.info["cmdline"] or []):
            one.kill()


def ended(run: contract.Run) -> contract.Run:
    """Wait until a run is over, whatever end that is."""
    until = time.monotonic() + _PATIENCE_S
    while (now := store.read(run.id)).state.active and time.monotonic() < until:
        time.sleep(0.05)
    return now


def _answers(run: contract.Run) -> np.ndarray:
    return registry.of_run(run).predictions()[1]


def _done_again() -> str:
    """Do an action of each kind, which no lock of the one that was killed may hold up."""
    chance = random.Random(1)
    for _ in range(3):
        began = time.monotonic()
        _, said = homes.attempt(changes.any_action(chance))
        if said or time.monotonic() - began > _PATIENCE_S / 10:
            return said or "a lock was left behind"
    return ""
