"""Calls of `python -m core` by tests, and what it answered."""

import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

from core import paths
from core.runs import store

QUICK = ["--data", "sample", "--set", "epochs=1", "--set", "train_images=200"]
WITH_TOYS = ("tests.toy.start", "core")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        assert self.code == 0, self.err
        assert self.err == ""
        return json.loads(self.out)

    def refused(self, *words):
        """Assert the contract of a refusal: exit code 2 and one sentence that says these words."""
        assert (self.code, self.out) == (2, "")
        assert self.err.count("\n") == 1
        assert not re.search(r"[.?!]\s+[A-Z]", self.err), "more than one sentence"
        for word in words:
            assert word in self.err


def in_a_process(*arguments, stdin=None, program=("core",), **environment):
    done = subprocess.run(
        [sys.executable, "-m", *program, *arguments],
        stdin=stdin,
        cwd=paths.PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def no_worker(folder_of, monkeypatch):
    """Replace the start of a worker; ``folder_of`` is told the folder of the run."""

    def launch(config, drawing=None, *, here=False):
        run = store.create(config)
        folder_of(run.folder)
        return run

    monkeypatch.setattr("core.launch.process.launch", launch)
