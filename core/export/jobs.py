"""Export jobs for the app, which has no TensorFlow: the command line runs in a process of its own.

Exports are stored in the home folder under the digest of their ``.keras`` file, so each is made
once; only the latest are kept (`core.disk.tidy`). ``export.json`` is written last: a folder without
it is incomplete.
"""

import hashlib
import json
from pathlib import Path

from core import paths
from core.background import Jobs, State, command_line
from core.disk import tidy
from core.disk.atomic import as_json, write_record
from core.export.formats import Exported, Format

_FACTS = "export.json"
_TITLE = "The export"


def digest_of(keras_file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with keras_file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_of(digest: str, wanted: Format) -> Path:
    """Return the folder in which the export of a model to a format is stored."""
    return paths.exports_folder() / digest[:16] / wanted.name


def finished(digest: str, wanted: Format) -> Exported | None:
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


class Exporter:
    """Makes exports one after the other; all sessions of the app share one.

    Parameters
    ----------
    jobs : Jobs
        The queue in which they wait for their turn.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def start(self, keras_file: Path, digest: str, wanted: Format) -> None:
        """Start an export, or start it again; does nothing while it is under way."""
        folder = folder_of(digest, wanted)
        self._jobs.start(folder, lambda: _export(keras_file, folder, wanted), _TITLE)

    def state(self, digest: str, wanted: Format) -> State:
        """Return the state of an export; ``"done"`` also if it was made long ago."""
        state = self._jobs.state(folder_of(digest, wanted))
        if state in ("running", "failed"):
            return state
        return "idle" if finished(digest, wanted) is None else "done"

    def seconds(self, digest: str, wanted: Format) -> float:
        """Return how long an export has been under way."""
        return self._jobs.seconds(folder_of(digest, wanted))

    def error(self, digest: str, wanted: Format) -> str:
        """Return the fault in a sentence; empty unless the state is ``"failed"``."""
        return self._jobs.error(folder_of(digest, wanted))


def _export(keras_file: Path, folder: Path, wanted: Format) -> None:
    (folder / _FACTS).unlink(missing_ok=True)
    out = folder / wanted.files[0]
    arguments = ["export", str(keras_file), wanted.name, str(out), "--overwrite", "--json"]
    facts = json.loads(command_line(arguments, _TITLE))
    write_record(folder / _FACTS, as_json(facts), "The export", durable=False)
    tidy.keep_newest(paths.exports_folder(), folder.parent)
