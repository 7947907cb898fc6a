"""The start of a sweep: its folder, and a conductor that outlives the page or the shell."""

from itertools import count

from core import data, paths, spawn
from core.disk import locks
from core.disk.atomic import keeping
from core.errors import DigitLabError
from core.names import LONGEST
from core.runs import removal
from core.sweeps import store
from core.sweeps.config import SweepConfig

CONDUCTOR: tuple[str, ...] = ("core.sweeps.conductor",)  # the module that its process runs


def start(sweep: SweepConfig, name: str = "") -> store.Sweep:
    """Create a sweep and start its conductor; returns at once.

    Parameters
    ----------
    sweep : SweepConfig
        What to try, from `core.sweeps.config.parse`.
    name : str, optional
        At most 40 lower-case letters, digits and hyphens; default: one by the recipe.

    Returns
    -------
    Sweep
        In state ``starting``.

    Raises
    ------
    DigitLabError
        The name is invalid or taken, the data are missing, files cannot be locked there, or the
        folder or the process could not be created; nothing is left behind.
    """
    _check_data(sweep.base.data)
    _check_locks()
    folder = store.create(name or free_name(sweep.base.recipe), sweep)
    try:
        start_conductor(folder.name)
    except DigitLabError:
        removal.destroy(folder)
        raise
    return store.read(folder.name)


def start_conductor(name: str) -> None:
    """Start a conductor for a sweep; it ends at once if another one is at work.

    Raises
    ------
    DigitLabError
        There is no such sweep, or the process could not be created.
    """
    folder = store.folder_of(name)
    try:
        with (folder / store.LOG).open("ab") as log:
            process = spawn.detached(*CONDUCTOR, str(folder), output=log)
    except OSError as fault:
        raise DigitLabError(
            f"The sweep's process could not be started ({fault.strerror or fault}): close other "
            "programs and try again."
        ) from fault
    spawn.reap(process)


def free_name(recipe: str) -> str:
    """Return a name that no sweep has: that of a recipe, with a number."""
    taken = set(store.names())
    names = (f"{recipe[: LONGEST - 5]}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def _check_data(source: str) -> None:
    """Refuse data that are missing, before there is a sweep; the test images are not looked at."""
    if source == "mnist":
        if data.default_source() != "mnist":
            data.load_test(source)  # raises, and says how to get it
    elif source != "sample":
        data.existing(source)


def _check_locks() -> None:
    for folder in (paths.sweeps_folder(), paths.runs_folder()):
        with keeping("The sweep", folder):
            locks.check(folder)
