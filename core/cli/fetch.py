"""Fetching MNIST from a shell: with a progress bar when asked, and unasked before a training."""

from core.cli.follow import progress_bar
from core.cli.output import tell
from core.data import first_fetch
from core.errors import DigitLabError


def fetch_mnist(quiet: bool) -> None:
    """Download MNIST with a progress bar; raises DigitLabError if that fails."""
    with progress_bar("MNIST", length=100, quiet=quiet) as bar:
        first_fetch.fetch(lambda done, total: bar.update(round(100 * done / total) - bar.pos))


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
