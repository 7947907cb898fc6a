"""The book of search spaces: sweeps to start, saved under names, in ``spaces/`` under the home.

A file is a sweep as `core.sweeps.config.to_json` writes it: the starting point, what varies, and
how it is searched.
"""

from core import paths
from core.errors import DigitLabError
from core.recipes.shelf import Shelf
from core.sweeps.config import SweepConfig, from_json, to_json

_SHELF = Shelf("search space", paths.spaces_folder, from_json)
read_all = _SHELF.read_all
remove = _SHELF.remove


def find(name: str) -> SweepConfig:
    """Return a saved search space; raises DigitLabError if there is none of that name."""
    kept, _ = _SHELF.read_all()
    if name not in kept:
        known = ", ".join(kept) or "none so far"
        raise DigitLabError(f"There is no search space '{name}': saved are {known}.")
    return kept[name]


def save(name: str, sweep: SweepConfig) -> None:
    """Save a search space; replaces the one of that name.

    Parameters
    ----------
    name : str
        At most 40 lower-case letters, digits and hyphens.
    sweep : SweepConfig

    Raises
    ------
    DigitLabError
        The name is invalid, there are too many already, or the file cannot be written.
    """
    _SHELF.save(name, to_json(sweep))
