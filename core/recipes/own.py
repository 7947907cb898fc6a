"""The user's own recipes: one small file each in ``recipes/`` under the home folder.

A file is a configuration as `core.recipes.link` writes it, and its name is the recipe's.
"""

from typing import NamedTuple

from core import paths
from core.config import TrainConfig
from core.recipes.link import from_json, to_json
from core.recipes.shelf import Shelf
from core.recipes.shipped import RECIPES

_SHELF = Shelf("recipe", paths.recipes_folder, from_json, RECIPES)
remove = _SHELF.remove


class Own(NamedTuple):
    """The content of the folder: configurations by name, sorted, and a sentence for each fault."""

    configs: dict[str, TrainConfig]
    faults: list[str]


def read_all() -> Own:
    """Read all of the user's own recipes, even if some are damaged."""
    kept, faults = _SHELF.read_all()
    named = {name: config.model_copy(update={"recipe": name}) for name, config in kept.items()}
    return Own(named, faults)


def save(name: str, config: TrainConfig) -> None:
    """Save a configuration as a recipe; replaces the user's own recipe of that name.

    Parameters
    ----------
    name : str
        At most 40 lower-case letters, digits and hyphens.
    config : TrainConfig
        All of it is kept; its data is what the recipe is made for.

    Raises
    ------
    DigitLabError
        The name is invalid or taken, there are too many already, or the file cannot be written.
    """
    _SHELF.save(name, to_json(config.model_copy(update={"recipe": name})))
