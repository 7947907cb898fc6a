"""Fetching data sets from a shell: when asked, and MNIST unasked before a training."""

from collections.abc import Callable
from pathlib import Path

from core.cli.follow import progress_bar
from core.cli.output import tell
from core.data import first_fetch, load, load_test, pendigits, qmnist, stroke_files
from core.data.mirrors import Progress
from core.errors import DigitLabError

STROKES = "strokes"
NAMES = ("mnist", qmnist.NAME, STROKES)


def fetch_missing(name: str, quiet: bool) -> None:
    """Download one of the data sets `NAMES` unless an intact copy is here.

    Raises
    ------
    DigitLabError
        The download failed.
    """
    if name == "mnist":
        if not _is_intact(lambda: load(name)):
            fetch_mnist(quiet)
    elif name == STROKES:
        if not _is_intact(lambda: stroke_files.load(pendigits.path())):
            tell(pendigits.ABOUT)
            _with_bar("Pendigits", pendigits.fetch, quiet)
    elif not _is_intact(lambda: load_test(name)):
        tell("QMNIST by C. Yadav and L. Bottou, BSD 3-clause; the images are NIST's.")
        _with_bar("QMNIST", qmnist.fetch, quiet)


def fetch_mnist(quiet: bool) -> None:
    """Download MNIST with a progress bar; raises DigitLabError if that fails."""
    _with_bar("MNIST", first_fetch.fetch, quiet)


def fetch_mnist_if_due(quiet: bool, needed: bool) -> None:
    """Download MNIST before a training if it is missing and nobody has tried lately.

    Parameters
    ----------
    quiet : bool
        Show no progress.
    needed : bool
        Whether MNIST was named. If not, a failure is said in a line, and the offline sample serves.

    Raises
    ------
    DigitLabError
        It is needed and cannot be had.
    """
    if not first_fetch.is_due():
        return
    try:
        fetch_mnist(quiet)
    except DigitLabError as fault:
        if needed:
            raise
        tell(f"{fault} Until then the offline sample serves.")


def _with_bar(title: str, fetch: Callable[[Progress], Path], quiet: bool) -> None:
    with progress_bar(title, length=100, quiet=quiet) as bar:
        fetch(lambda done, total: bar.update(round(100 * done / total) - bar.pos))


def _is_intact(read: Callable[[], object]) -> bool:
    try:
        read()
    except DigitLabError:
        return False
    return True
