"""Starting a worker: a process of its own that outlives the page, the server and Ctrl-C."""

import os
import shutil
import subprocess
import sys
import threading

from core import paths
from core.config import TrainConfig
from core.errors import DigitLabError
from core.training import store


def launch(config: TrainConfig) -> store.Run:
    """Create a run and start its worker; returns at once.

    Parameters
    ----------
    config : TrainConfig
        What to train.

    Returns
    -------
    Run
        The new run, in state ``starting``.

    Raises
    ------
    DigitLabError
        The folder or the process could not be made; nothing is left behind.
    """
    run = store.create(config)
    command = [sys.executable, "-m", "core.worker", str(run.folder)]
    try:
        with (run.folder / store.LOG).open("ab") as log:
            worker = subprocess.Popen(
                command,
                cwd=paths.PROJECT,
                env=os.environ | paths.as_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **_own_session(),
            )
    except OSError as fault:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise DigitLabError(
            f"The training process could not be started ({fault.strerror or fault}): nothing was "
            "changed; close other programs and try again."
        ) from fault
    # A finished child that nobody waits for stays in the process table.
    threading.Thread(target=worker.wait, name=f"reap-{run.id}", daemon=True).start()
    return run


def _own_session() -> dict[str, object]:
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
