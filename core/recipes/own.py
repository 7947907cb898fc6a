"""The user's own recipes: one small file each in ``recipes/`` under the home folder.

A file is a configuration as `core.recipes.link` writes it, and its name is the recipe's. Unreadable
files are reported and left alone, and do not affect the others.
"""

import re
from typing import NamedTuple

from core import paths
from core.config import TrainConfig
from core.disk.atomic import keeping, write_record
from core.errors import DigitLabError
from core.recipes.link import from_json, to_json
from core.recipes.shipped import RECIPES

MOST = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Own(NamedTuple):
    """The content of the folder: configurations by name, sorted, and a sentence for each fault."""

    configs: dict[str, TrainConfig]
    faults: list[str]


def read_all() -> Own:
    """Read all of the user's own recipes, even if some are damaged."""
    own = Own({}, [])
    for path in sorted(paths.recipes_folder().glob("[!.]*.json"))[:MOST]:
        try:
            _check_name(path.stem)
            config = from_json(path.read_bytes(), path.name)
        except (OSError, DigitLabError) as fault:
            own.faults.append(str(fault))
        else:
            own.configs[path.stem] = config.model_copy(update={"recipe": path.stem})
    return own


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
        The name is invalid or taken, there are `MOST` already, or the file cannot be written.
    """
    _check_name(name)
    if name in RECIPES:
        raise DigitLabError(f"'{name}' is a recipe that comes with Digit Lab: choose another name.")
    folder = paths.recipes_folder()
    with keeping("The recipe", folder):
        path = folder / f"{name}.json"
        if not path.exists() and len(list(folder.glob("[!.]*.json"))) >= MOST:
            raise DigitLabError(f"You already have {MOST} recipes: delete one first.")
        write_record(path, to_json(config.model_copy(update={"recipe": name})), "The recipe")


def remove(name: str) -> None:
    """Delete one of the user's own recipes; does nothing if it is already gone.

    Raises
    ------
    DigitLabError
        The operating system refuses.
    """
    if not _NAME.fullmatch(name):
        return
    path = paths.recipes_folder() / f"{name}.json"
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        raise DigitLabError(
            f"The recipe cannot be deleted ({fault.strerror or fault}): delete '{path}' yourself."
        ) from fault


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DigitLabError(
            f"'{name}' cannot be a recipe's name: use at most 40 lower-case letters, digits "
            "and hyphens."
        )
