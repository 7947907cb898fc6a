"""Disks: small ones of their own that fill up at random moments; root alone may mount them."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.faulty import changes, homes, kills
from bench.faulty.homes import RUN, Trials
from core import paths
from core.launch import process
from core.recipes import own
from core.runs import contract
from core.runs.contract import State

_MOMENT_S = 3.0
_MOST_ROOM = 60_000  # bytes, for an action
_FILLING = "filling"


def trainings(often: int) -> Trials:
    """Fill the disk while a toy trains; the run says so, and goes on where there is room again."""
    chance = random.Random(0)
    with homes.home() as place, homes.toys(), _mounted(place, "8m") as disk:
        if disk is None:
            return
        for _ in range(often):
            run = process.launch(homes.QUICK)
            time.sleep(chance.uniform(0, _MOMENT_S))
            fill(disk, 0)
            now = kills.ended(run)
            said = "disk is full" in now.reason
            wrong = "" if now.state is State.FINISHED or said else f"{now.state}: {now.reason}"
            (disk / _FILLING).unlink()
            if now.can_resume:
                process.resume(run.id)
                ended = kills.ended(run)
                if ended.state is not State.FINISHED:
                    wrong = wrong or f"resumed, and {ended.state}: {ended.reason}"
            yield now.state, wrong or homes.flaw()
            shutil.rmtree(run.folder)


def actions(often: int) -> Trials:
    """Do an action with little room on the disk: it is done, or refused, and nothing is lost."""
    chance = random.Random(0)
    homes.pattern()
    with homes.home() as place, homes.no_workers(), _mounted(place, "2m") as disk:
        if disk is None:
            return
        for _ in range(often):
            changes.a_digit(removed=False)
            homes.put_run()
            own.save("mine", homes.QUICK)
            fill(disk, chance.randrange(_MOST_ROOM))
            act = changes.any_action(chance)
            done, wrong = homes.attempt(act)
            (disk / _FILLING).unlink()
            runs = paths.runs_folder()
            if not any((runs / name).is_dir() for name in (RUN, contract.REMOVED + RUN)):
                wrong = wrong or "the run is gone"
            yield "done" if done else "refused", wrong or homes.flaw()


def fill(disk: Path, room: int) -> None:
    """Fill a disk until so many bytes are free on it."""
    free = shutil.disk_usage(disk).free
    with (disk / _FILLING).open("ab", buffering=0) as file, suppress(OSError):
        file.write(bytes(max(free - room, 0)))
        while room == 0:
            file.write(bytes(4096))


@contextmanager
def _mounted(place: Path, size: str) -> Iterator[Path | None]:
    """Mount a disk there while the block runs; yields none where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        allowed = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:  # a system without that command
        allowed = False
    try:
        yield place if allowed else None
    finally:
        if allowed:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
