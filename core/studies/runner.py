"""The runner of studies: computes them in a process beside the app, and stores the results.

``python -m core study MODEL NAME`` computes one; the app starts the same with `Studies`.
"""

import importlib
from collections.abc import Mapping
from pathlib import Path

from core import registry
from core.background import Jobs, State, command_line
from core.studies import results
from core.studies.results import Arrays, Progress, Study

# Modules with ``study(model, progress, item) -> Arrays``, imported only where the work is done,
# since they may need scikit-learn or Keras.
_MAKERS: Mapping[str, str] = {
    "known": "core.studies.known_digits",
    "map": "core.studies.embedding_map",
    "robustness": "core.studies.robustness",
    "gradients": "core.studies.gradients",
}


def work_out(
    model: registry.Model, study: Study, progress: Progress, item: int | None = None
) -> Arrays:
    """Compute a study and store its result; runs in a process of its own.

    Raises
    ------
    DigitLabError
        A requirement of the study is not on this machine, or the result cannot be stored.
    """
    module = importlib.import_module(_MAKERS[study.name])
    found: Arrays = module.study(model, progress, item)
    results.keep(found, model, study, item)
    return found


class Studies:
    """Studies for the app: started by a click, found again later.

    Parameters
    ----------
    jobs : Jobs
        The queue in which they wait for their turn.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def start(self, model: registry.Model, study: Study, item: int | None = None) -> None:
        """Start a study, or start it again; does nothing while it is under way."""
        progress = _progress_file(model, study, item)
        arguments = ["study", str(model.folder), study.name, "--progress", str(progress)]
        arguments += [] if item is None else ["--item", str(item)]

        def work() -> None:
            try:
                command_line(arguments, study.title)
            finally:
                progress.unlink(missing_ok=True)

        self._jobs.start(results.file(model, study, item), work, study.title)

    def state(self, model: registry.Model, study: Study, item: int | None = None) -> State:
        """Return the state of a study; once it is done, `results` has its result."""
        return self._jobs.state(results.file(model, study, item))

    def progress(self, model: registry.Model, study: Study, item: int | None = None) -> float:
        """Return the share of the work that is done, in [0, 1]; 0 while it waits or starts."""
        try:
            share = float(_progress_file(model, study, item).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0.0
        return share if 0 <= share <= 1 else 0.0

    def seconds(self, model: registry.Model, study: Study, item: int | None = None) -> float:
        """Return how long a study has been under way."""
        return self._jobs.seconds(results.file(model, study, item))

    def error(self, model: registry.Model, study: Study, item: int | None = None) -> str:
        """Return the fault in a sentence; empty unless the state is ``"failed"``."""
        return self._jobs.error(results.file(model, study, item))


def _progress_file(model: registry.Model, study: Study, item: int | None) -> Path:
    return results.file(model, study, item).with_suffix(".progress")
