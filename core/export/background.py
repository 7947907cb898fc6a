"""Exports for the app, which has no TensorFlow: made by the command line, in a process of its own.

What was made is kept in the home folder under the digest of the ``.keras`` file it was made from,
so that it is made once. ``export.json`` is written last: a folder without it is not whole.
"""

import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core import paths
from core.atomic import write_json
from core.errors import DigitLabError
from core.export.formats import Exported, Format

State = Literal["idle", "running", "done", "failed"]

_FACTS = "export.json"
_LIMIT_S = 600
_NOT_OURS = "The export stopped unexpectedly: nothing was lost; try again."

_log = logging.getLogger(__name__)


def digest_of(keras_file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with keras_file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_of(digest: str, wanted: Format) -> Path:
    """Return the folder in which the export of a model to a format is kept."""
    return paths.exports_folder() / digest[:16] / wanted.name


def kept(digest: str, wanted: Format) -> Exported | None:
    """Return an export that was made before, or ``None``.

    Parameters
    ----------
    digest : str
        Of the ``.keras`` file, see `digest_of`.
    wanted : Format
    """
    folder = folder_of(digest, wanted)
    if not all((folder / file).exists() for file in wanted.files):
        return None
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return Exported(
            folder / wanted.files[0],
            int(facts["bytes"]),
            float(facts["largest_difference"]),
            float(facts["agreement"]),
            int(facts["check_images"]),
            str(facts["checked_on"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass
class _Job:
    state: State = "running"
    error: str = ""
    started: float = 0.0


class Exporter:
    """Makes exports one after the other; the app keeps one for all sessions.

    Any thread may ask for an export or look how far it is. A failure is kept as the sentence to
    show, and can be tried again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # two TensorFlows at once would only be in each other's way
        self._jobs: dict[Path, _Job] = {}

    def start(self, keras_file: Path, digest: str, wanted: Format) -> None:
        """Begin an export, or begin it again; does nothing while it is under way."""
        folder = folder_of(digest, wanted)
        with self._lock:
            if folder in self._jobs and self._jobs[folder].state == "running":
                return
            job = self._jobs[folder] = _Job(started=time.monotonic())
        # A daemon: leaving the app does not wait for it.
        threading.Thread(
            target=self._run, args=(job, keras_file, folder, wanted), name="export", daemon=True
        ).start()

    def state(self, digest: str, wanted: Format) -> State:
        """Return what is known of an export; ``"done"`` also where it was made long ago."""
        with self._lock:
            job = self._jobs.get(folder_of(digest, wanted))
        if job is not None and job.state != "done":
            return job.state
        return "idle" if kept(digest, wanted) is None else "done"

    def seconds(self, digest: str, wanted: Format) -> float:
        """Return how long an export has been under way."""
        with self._lock:
            return time.monotonic() - self._jobs[folder_of(digest, wanted)].started

    def error(self, digest: str, wanted: Format) -> str:
        """Return what went wrong, in a sentence; empty unless the state is ``"failed"``."""
        with self._lock:
            job = self._jobs.get(folder_of(digest, wanted))
        return job.error if job is not None else ""

    def _run(self, job: _Job, keras_file: Path, folder: Path, wanted: Format) -> None:
        try:
            with self._turn:
                _export(keras_file, folder, wanted)
        except DigitLabError as fault:
            _log.warning("%s", fault, exc_info=True)
            job.state, job.error = "failed", str(fault)
        except Exception:
            _log.exception("an export stopped on a fault of ours")
            job.state, job.error = "failed", _NOT_OURS
        else:
            job.state = "done"


def _export(keras_file: Path, folder: Path, wanted: Format) -> None:
    command = [sys.executable, "-m", "core", "export", str(keras_file), wanted.name]
    (folder / _FACTS).unlink(missing_ok=True)
    try:
        done = subprocess.run(
            [*command, str(folder / wanted.files[0]), "--overwrite", "--json"],
            cwd=paths.PROJECT,
            env=os.environ | paths.as_environment() | _one_thread(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LIMIT_S,
            creationflags=subprocess.CREATE_NO_WINDOW if os.name == "nt" else 0,
        )
    except subprocess.TimeoutExpired as fault:
        raise DigitLabError(
            f"The export took longer than {_LIMIT_S // 60} minutes and was ended: nothing was "
            "lost; try again when the machine is less busy."
        ) from fault
    if done.returncode != 0:
        lines = done.stderr.splitlines() or [""]
        _log.warning("export ended with %d: %s", done.returncode, done.stderr[-2000:])
        raise DigitLabError(lines[-1] if done.returncode == 2 else _NOT_OURS)
    write_json(folder / _FACTS, json.loads(done.stdout))


def _one_thread() -> dict[str, str]:
    # The page, and perhaps a training run, want the rest of the machine.
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, "1") | {"TF_CPP_MIN_LOG_LEVEL": "2"}
