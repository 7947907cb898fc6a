"""Benchmark of the cluster: runs through kills of everything, and what the way costs.

    python -m bench.cluster

Two machines with two places each take runs from a PostgreSQL of the benchmark's own; each machine
has a home of its own. In the first table toys train, see `tests.toy`, and a machine that is silent
for four seconds instead of thirty is given up: so a hundred kills take minutes. What is killed and
when is drawn at random. A run that reads lost, since three machines have lost it or nobody follows
it at home, is resumed, as a person would.

In the second table Keras trains the same run here and on a machine that is this one, in turns, each
from the call that starts it to its end.
"""

import random
import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from unittest import mock

import click

from bench import machine, runs, tables
from core.cluster import programs, sending
from core.config import with_changes
from core.errors import DigitLabError
from core.launch.process import launch, resume
from core.recipes.shipped import RECIPES
from core.runs import queue, store
from core.runs.store import State
from tests.cluster.machines import Machine, mirrors
from tests.cluster.postgres import Postgres
from tests.toy.start import MIRROR

AT_ONCE = 6  # runs under way or waiting
PLACES = 2  # of each of the two machines
FROZEN_S = 6.0
EVERY_S = (1.0, 3.0)  # between two kills
START = RECIPES["dense-starter"].config
TOY = with_changes(START, {"data": "sample", "epochs": 12, "batch_size": 8})
REAL = with_changes(START, {"data": "mnist", "epochs": 8})
KILLED = ("kill times", "runs", "finished", "resumed by hand", "lost", "finished twice")
COST = ("where", "median s", "range s")


@click.command()
@click.option("--kills", default=100, show_default=True)
@click.option("--repeats", default=5, show_default=True, help="Runs here, and as many elsewhere.")
@click.option("--seed", default=0, show_default=True)
def main(kills: int, repeats: int, seed: int) -> None:
    """Print what became of the runs, and how long a run takes here and elsewhere."""
    print(machine.describe("procrastinate", "psycopg") + "\n", flush=True)
    found = programs.find()
    with runs.temporary_home() as home:
        # Killed, a server without this forgets what it had just confirmed.
        server = Postgres(found, "synchronous_commit=on\n")
        try:
            if kills:
                print(_killed(server, home, kills, seed) + "\n", flush=True)
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


def _cost(server: Postgres, home: Path, repeats: int) -> str:
    here: list[float] = []
    away: list[float] = []
    queue.set_at_once(1)
    with _cluster(server, "cost"), ExitStack() as stack:
        _machine(stack, home, "annex", toys=False)
        for _ in range(repeats):
            here.append(_seconds(lambda: launch(REAL, here=True)))
            away.append(_seconds(lambda: launch(REAL)))
    rows = [
        (where, f"{statistics.median(taken):.1f}", f"{min(taken):.1f}–{max(taken):.1f}")
        for where, taken in (("here", here), ("through the cluster, same machine", away))
    ]
    more = statistics.median(away) - statistics.median(here)
    share = more / statistics.median(here)
    line = f"\n{more:+.1f} s, {share:+.1%} (medians of {repeats})"
    return tables.markdown(COST, rows) + "\n" + line


def _seconds(start: Callable[[], store.Run]) -> float:
    began = time.monotonic()
    run = runs.wait_for(start().id, runs.over)
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
