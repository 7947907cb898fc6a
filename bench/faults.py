"""Benchmark of faults: kills, full disks, simultaneous changes and damaged files, by the thousand.

    python -m bench.faults [--part 0.1] [--quick] [CLASS…]

Tries what breaks software and counts what was lost, wrong or said by a trace instead of a sentence:
the third column should be zeros. Workers are toys (`tests.toy`), which do all that a worker does
but TensorFlow's part. The first ten faults of each class are printed below the table.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from bench import machine, tables
from bench.faulty import changes, disks, files, kills, sessions
from bench.faulty.homes import Trials

HEADER = ("what", "tried", "failed", "what became of it", "took")
_SHOWN = 10
_QUICK = 0.01


@dataclass(frozen=True)
class Class:
    """A class of faults: what is done, and how often; of two actions, so often each pair."""

    what: str
    trials: Callable[[int], Trials]
    often: int


@dataclass
class Tally:
    """The outcomes of the trials of one class."""

    became: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, became: str, fault: str) -> None:
        """Count one trial."""
        self.became[became] += 1
        if fault:
            self.faults.append(fault)


CLASSES = {
    "workers": Class("a worker is killed (SIGKILL)", kills.workers, 120),
    "lessons": Class("so is one that fine-tunes", kills.lessons, 30),
    "clicks": Class("the app's process is killed in an action", kills.actions, 400),
    "app": Class("the server is killed after a click on Start", kills.servers, 10),
    "disks": Class("the disk fills up while a run trains", disks.trainings, 40),
    "room": Class("an action on a disk with little room", disks.actions, 1000),
    "threads": Class("two actions at once, of two threads", changes.in_threads, 1000),
    "processes": Class("the same of two processes", changes.in_processes, 100),
    "folders": Class("a damaged file in a run's folder", files.of_runs, 2000),
    "uploads": Class("a damaged upload or file of the home", files.of_people, 10_000),
    "sessions": Class("a visitor walks over all pages", sessions.visits, 40),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CLASSES)), metavar="[CLASS]…")
@click.option("--part", default=1.0, help="How much of it all is tried, such as 0.1.")
@click.option("--quick", is_flag=True, help="A few of each, to see that it works.")
def main(names: tuple[str, ...], part: float, quick: bool) -> None:
    """Print how often each thing was tried, and how often something was lost or wrong."""
    print(machine.describe(), end="\n\n")
    print(tables.markdown(HEADER, []), flush=True)
    faults = []
    for name in names or CLASSES:
        one, tally = CLASSES[name], Tally()
        began = time.monotonic()
        often = math.ceil(one.often * (_QUICK if quick else part))
        for became, fault in one.trials(often):
            tally.add(became, fault)
        took = f"{time.monotonic() - began:,.0f} s"
        became = ", ".join(f"{count:,} {word}" for word, count in tally.became.most_common())
        row = one.what, f"{tally.became.total():,}", f"{len(tally.faults):,}", became, took
        print(f"| {' | '.join(row)} |", flush=True)
        faults += [f"{name}: {fault}" for fault in tally.faults[:_SHOWN]]
    if faults:
        raise click.ClickException("\n".join(["", *faults]))


if __name__ == "__main__":
    main()
