"""Machines of a cluster for tests: real processes with homes of their own that train toys."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from core import paths
from core.runs import contract, store
from core.runs.contract import State
from core.runs.curves import Curves
from tests.waiting import wait_for
from tests.working import kill


class Machine:
    """``python -m core work`` in a process of its own; killed when the block ends.

    Parameters
    ----------
    home : Path
        Its ``DIGIT_LAB_HOME``, which no other machine shares.
    *options : str
        Of the command.
    toys : bool
        Whether it trains toys.
    **environment : str
        Variables that it is started with.
    """

    def __init__(self, home: Path, *options: str, toys: bool = True, **environment: str) -> None:
        home.mkdir(exist_ok=True)
        self.home, self.log = home, home / "work.log"
        start = ("tests.toy.start", "core") if toys else ("core",)
        self._command = [sys.executable, "-m", *start, "work", "--name", home.name, *options]
        self._environment = os.environ | {"DIGIT_LAB_HOME": str(home)} | environment
        self.start()

    def start(self) -> None:
        """Start it, also again after it was killed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=paths.PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.kill()
        kill(self.trainers())

    def is_ready(self) -> Self:
        """Wait until it takes runs."""
        wait_for(lambda: "takes runs" in self.said(), "a machine")
        return self

    def said(self) -> str:
        """Return all that it has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def trainers(self) -> list[psutil.Process]:
        """Return the processes that train on it: one that stood by is told by its log alone."""
        folder = str(self.home / "cluster" / "work")
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(part.endswith(".worker") for part in process.info["cmdline"] or [])
            and any(folder in path for path in _open_files(process))
        ]

    def kill(self) -> None:
        """End it at once, as the system does when memory runs out; what it trains is left alone."""
        self.process.kill()
        self.process.wait()

    def leave(self) -> int:
        """Ask it to leave, as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait()

    def freeze(self) -> None:
        """Stop its process, as a machine that swaps does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let its process go on."""
        self.process.send_signal(signal.SIGCONT)


def _open_files(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return [file.path for file in process.open_files()]
    return []


def mirrors(home: Path) -> list[psutil.Process]:
    """Return the mirrors at work for a home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "core.cluster.mirror" in (process.info["cmdline"] or []):
            try:
                if process.environ().get("DIGIT_LAB_HOME") == str(home):
                    found.append(process)
            except psutil.Error:
                continue
    return found


def epochs(run):
    """Return the epochs in the curve of a run, as far as it has come home."""
    return Curves(run.folder / contract.METRICS).refresh().epochs


def trains(run, machine="", beyond=-1):
    """Wait until a run trains, on a machine and beyond an epoch if they are given; return it."""

    def found():
        now = store.read(run.id)
        assert now.state.active, f"{now.state}: {now.reason}"
        done = epochs(now)[-1]["epoch"] if epochs(now) else 0
        there = not machine or (now.status and now.status.machine == machine)
        batches = Curves(now.folder / contract.METRICS).refresh().batches
        return now.state is State.RUNNING and batches and there and done > beyond

    wait_for(found, f"that {run.id} trains {machine}")
    return store.read(run.id)


def has_ended(process):
    """Return whether a process is over, also if nobody has waited for it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
