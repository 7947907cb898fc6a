"""Sending: whether runs can go to other machines, and the start of the mirror that follows them."""

import sys

from filelock import Timeout

from core import paths, spawn
from core.cluster import address, errand

MIRROR: tuple[str, ...] = ("core.cluster.mirror",)  # the module that its process runs


def is_possible() -> bool:
    """Return whether there is a cluster to send runs to.

    Raises
    ------
    DigitLabError
        Its address is invalid or unsafe.
    """
    return address.configured() is not None


def check_reach() -> None:
    """Refuse to send a run where its database does not answer.

    Raises
    ------
    DigitLabError
        It says why.
    """
    from core.cluster import connection  # with its libraries, which only those need who send

    # In a process with TensorFlow, libpq would end it where TLS begins: both have functions of the
    # same names. The mirror, which has none, then says it in the run's status.
    if (to := address.configured()) is not None and "tensorflow" not in sys.modules:
        connection.connect(to).close()


def start_mirror() -> None:
    """Have the mirror at work; it ends by itself if there is one, or nothing to do.

    Raises
    ------
    OSError
        The process could not be created.
    """
    if _is_mirrored():
        return
    runs = paths.runs_folder()
    with (runs / ".mirror.log").open("ab") as log:
        process = spawn.detached(*MIRROR, output=log)
    spawn.reap(process)


def look_after() -> None:
    """Start the mirror again if runs are under way elsewhere: after the machine was off, say."""
    if errand.under_way():
        start_mirror()


def _is_mirrored() -> bool:
    try:
        with errand.mirror_lock().acquire(timeout=0):
            return False
    except Timeout:
        return True
