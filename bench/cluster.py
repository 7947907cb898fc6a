"""Benchmark of the cluster: runs through kills of everything, requests, and what the way costs.

    python -m bench.cluster

Two machines with two places each take runs from a PostgreSQL of the benchmark's own; each machine
has a home of its own. In the first table toys train, see `tests.toy`, and a machine that is silent
for four seconds instead of thirty is given up: so a hundred kills take minutes. What is killed and
when is drawn at random. A run that reads lost, since three machines have lost it or nobody follows
it at home, is resumed, as a person would.

In the second table people ask a toy on such a machine for something: how long it takes until its
worker obeys there, and until its home shows that it does.

In the third table Keras trains the same run here and on a machine that is this one, in turns, each
from the call that starts it to its end: as from the Train page, where a worker stands by, or the
mirror is awake; the same with four times the epochs, which tells what a run costs more from what
each of its epochs does; and where nothing stands by, here or there, as the first run from a shell.
"""

import json
import random
import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import click

from bench import machine, runs, tables
from core import standby
from core.cluster import programs, sending
from core.config import with_changes
from core.errors import DigitLabError
from core.launch import process
from core.launch.process import launch, resume
from core.recipes.shipped import RECIPES
from core.runs import contract, control, queue, store
from core.runs.contract import State
from core.runs.curves import Curves
from tests.cluster.machines import Machine, mirrors
from tests.cluster.postgres import Postgres
from tests.toy.start import MIRROR

Asked = tuple[str, Callable[[str], object], Callable[[Path], bool]]

AT_ONCE = 6  # runs under way or waiting
PLACES = 2  # of each of the two machines
FROZEN_S = 6.0
EVERY_S = (1.0, 3.0)  # between two kills
START = RECIPES["dense-starter"].config
TOY = with_changes(START, {"data": "sample", "epochs": 12, "batch_size": 8})
REAL = with_changes(START, {"data": "mnist"})
EPOCHS = 8
LONG = with_changes(TOY, {"epochs": 200})
ASKED = ("request", "n", "obeyed, median s", "most", "shown at home, median s", "most")
KILLED = ("kill times", "runs", "finished", "resumed by hand", "lost", "finished twice")
COST = ("run", "epochs", "here, median s", "range", "elsewhere, median s", "range", "more")
READY_S = 10.0  # until a worker that stands by has loaded TensorFlow


@click.command()
@click.option("--kills", default=100, show_default=True)
@click.option("--asked", default=10, show_default=True, help="Requests of each kind.")
@click.option("--repeats", default=5, show_default=True, help="Runs here, and as many elsewhere.")
@click.option("--seed", default=0, show_default=True)
def main(kills: int, asked: int, repeats: int, seed: int) -> None:
    """Print what became of the runs, and how long requests and runs take here and elsewhere."""
    print(machine.describe("procrastinate", "psycopg") + "\n", flush=True)
    found = programs.find()
    with runs.temporary_home() as home:
        # Killed, a server without this forgets what it had just confirmed.
        server = Postgres(found, "synchronous_commit=on\n")
        try:
            if kills:
                print(_killed(server, home, kills, seed) + "\n", flush=True)
            if asked:
                print(_asked(server, home, asked) + "\n", flush=True)
            if repeats:
                print(_cost(server, home, repeats))
        finally:
            for process in mirrors(home):
                process.kill()
            server.remove()


def _killed(server: Postgres, home: Path, kills: int, seed: int) -> str:
    chance, done = random.Random(seed), Counter[str]()
    started: list[str] = []
    resumed = 0
    with (
        _cluster(server, "kills"),
        mock.patch.object(sending, "MIRROR", MIRROR),
        ExitStack() as stack,
    ):
        machines = [_machine(stack, home, name) for name in ("annex", "cellar")]
        next_kill = time.monotonic()
        while sum(done.values()) < kills or _under_way(started):
            if sum(done.values()) < kills:
                while len(_under_way(started)) < AT_ONCE:
                    with suppress(DigitLabError):  # while the database is down
                        started.append(launch(TOY).id)
            resumed += _resume(started)
            if sum(done.values()) < kills and time.monotonic() > next_kill:
                done[_kill(chance, server, home, machines)] += 1
                next_kill = time.monotonic() + chance.uniform(*EVERY_S)
            time.sleep(0.1)
        said = "".join(one.said() for one in machines)
    ended = Counter(store.read(run_id).state for run_id in started)
    twice = sum(len(re.findall(rf"^{one}: finished$", said, re.M)) > 1 for one in started)
    what = ", ".join(f"{name} {count}" for name, count in sorted(done.items()))
    row = (what, len(started), ended[State.FINISHED], resumed, ended[State.LOST], twice)
    return tables.markdown(KILLED, [row])


def _under_way(started: list[str]) -> list[str]:
    return [one for one in started if store.read(one).state is not State.FINISHED]


def _resume(started: list[str]) -> int:
    """Resume the runs that read lost or failed; return how many."""
    count = 0
    for one in started:
        if store.read(one).can_resume:
            with suppress(DigitLabError):
                resume(one)
                count += 1
    return count


def _kill(chance: random.Random, server: Postgres, home: Path, machines: list[Machine]) -> str:
    what = chance.choice(["machine", "trainer", "mirror", "stopped machine", "database"])
    victim = chance.choice(machines)
    match what:
        case "machine":
            victim.kill()
            victim.start()
        case "trainer":
            for one in victim.trainers()[:1]:
                with suppress(Exception):
                    one.kill()
        case "mirror":
            for one in mirrors(home):
                one.kill()
                one.wait()
        case "stopped machine":
            victim.freeze()
            time.sleep(FROZEN_S)
            victim.thaw()
        case "database":
            server.kill()
            server.start()
    return what


def _asked(server: Postgres, home: Path, times: int) -> str:
    """Return how long requests to a toy on another machine take, as a table."""
    taken: dict[str, list[tuple[float, float]]] = {}
    with (
        _cluster(server, "asked"),
        mock.patch.object(sending, "MIRROR", MIRROR),
        ExitStack() as stack,
    ):
        there = _machine(stack, home, "asked")
        for number in range(times):
            for steps in (_steered(0.001 / (number + 2)), _STOPPED_WITH_BEST):
                run = runs.wait_for(launch(LONG).id, _has_an_epoch)
                (folder,) = there.home.glob(f"cluster/work/*/*/runs/{run.id}")
                for kind, request, obeys in steps:
                    request(run.id)
                    taken.setdefault(kind, []).append(_until(obeys, folder, run.folder))
                runs.wait_for(run.id, runs.over)
    rows = []
    for kind, seconds in taken.items():
        columns = zip(*seconds, strict=True)
        figures = [f"{of(one):.2f}" for one in columns for of in (statistics.median, max)]
        rows.append((kind, len(seconds), *figures))
    return tables.markdown(ASKED, rows)


def _steered(rate: float) -> list[Asked]:
    return [
        ("pause", control.pause, _is(State.PAUSED)),
        ("resume", control.go_on, _is(State.RUNNING)),
        ("rate", lambda run_id: control.set_learning_rate(run_id, rate), _has_rate(rate)),
        ("stop", control.stop, _trains_no_more),
    ]


def _until(obeys: Callable[[Path], bool], there: Path, here: Path) -> tuple[float, float]:
    """Return after how many seconds a run obeys in its folder there, and in that at home."""
    began, obeyed, shown = time.monotonic(), 0.0, 0.0
    while not shown:
        now = time.monotonic() - began
        # A folder that is gone has obeyed: its run is over.
        obeyed = obeyed or (now if obeys(there) or not there.exists() else 0.0)
        shown = now if obeyed and obeys(here) else 0.0
        time.sleep(0.01)
    return obeyed, shown


def _has_an_epoch(run: contract.Run) -> bool:
    return run.status is not None and run.status.epoch > 0


def _said(folder: Path) -> dict[str, Any]:
    """Return what a run's status says; its state is not derived, but what the worker wrote."""
    with suppress(OSError, ValueError):
        return json.loads((folder / contract.STATUS).read_bytes())
    return {}


def _is(state: State) -> Callable[[Path], bool]:
    return lambda folder: _said(folder).get("state") == state


def _has_rate(rate: float) -> Callable[[Path], bool]:
    def obeys(folder: Path) -> bool:
        rates = Curves(folder / contract.METRICS).refresh().rates
        return bool(rates) and rates[-1]["learning_rate"] == rate

    return obeys


def _trains_no_more(folder: Path) -> bool:
    said = _said(folder)
    return said.get("phase") in contract.AFTER_TRAINING or said.get("state") == State.STOPPED


_STOPPED_WITH_BEST: list[Asked] = [
    (
        "stop with the best epoch",
        lambda run_id: control.stop(run_id, keep_best=True),
        _trains_no_more,
    )
]


def _cost(server: Postgres, home: Path, repeats: int) -> str:
    queue.set_at_once(1)
    rows = [
        _costs(server, home, repeats, EPOCHS, ready=True),
        _costs(server, home, repeats, 4 * EPOCHS, ready=True),
        _costs(server, home, repeats, EPOCHS, ready=False),
    ]
    return tables.markdown(COST, rows) + f"\n\nMedians of {repeats}."


def _costs(
    server: Postgres, home: Path, repeats: int, epochs: int, *, ready: bool
) -> tuple[str, ...]:
    """Return a row: the run as from the Train page, or where nothing stands by."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    name = f"{'ready' if ready else 'cold'}_{epochs}"
    with (
        mock.patch.dict("os.environ", {} if ready else {"DIGIT_LAB_STANDBY": "0"}),
        _cluster(server, name),
        ExitStack() as stack,
    ):
        _machine(stack, home, name, toys=False)
        stack.callback(standby.dismiss)
        for here in (True, False) * repeats:
            for one in mirrors(home):
                one.kill()
                one.wait()
            if ready and here:
                standby.prepare()
            elif ready:
                process.prepare()
            time.sleep(READY_S)  # of choosing settings
            taken[here].append(_seconds(epochs, here=here))
    at_home, away = (statistics.median(taken[where]) for where in (True, False))
    more = f"{away - at_home:+.1f} s, {(away - at_home) / at_home:+.1%}"
    spans = [f"{min(taken[where]):.1f}–{max(taken[where]):.1f}" for where in (True, False)]
    what = "from the Train page" if ready else "where nothing stands by"
    return (what, str(epochs), f"{at_home:.1f}", spans[0], f"{away:.1f}", spans[1], more)


def _seconds(epochs: int, *, here: bool) -> float:
    config = with_changes(REAL, {"epochs": epochs})
    began = time.monotonic()
    run = runs.wait_for(launch(config, here=here).id, runs.over)
    if run.state is not State.FINISHED:
        raise click.ClickException(f"{run.id} is {run.state}: {run.reason}")
    return time.monotonic() - began


def _machine(stack: ExitStack, home: Path, name: str, *, toys: bool = True) -> Machine:
    place = home.with_name(f"{home.name}-{name}-{'toys' if toys else 'keras'}")
    stack.callback(lambda: shutil.rmtree(place, ignore_errors=True))
    return stack.enter_context(Machine(place, "--slots", str(PLACES), toys=toys)).is_ready()


@contextmanager
def _cluster(server: Postgres, name: str) -> Iterator[None]:
    with mock.patch.dict("os.environ", DIGIT_LAB_CLUSTER=server.create(name)):
        yield


if __name__ == "__main__":
    main()
