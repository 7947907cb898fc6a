"""All recipes by name: those that ship, and those that people saved here.

What ``python -m core recipes`` lists, and what the form to train begins with.
"""

from core.architecture import parameter_count
from core.errors import DigitLabError
from core.recipes import own
from core.recipes.shipped import RECIPES, Recipe


def all_recipes() -> dict[str, Recipe]:
    """Return the recipes by name: those that ship, then those that people saved here."""
    saved = own.read_all().configs
    return RECIPES | {
        name: Recipe(config, f"Saved by you: {parameter_count(config.layers):,} parameters.", "-")
        for name, config in saved.items()
        if name not in RECIPES
    }


def get_recipe(name: str) -> Recipe:
    """Return a recipe by its name.

    Raises
    ------
    DigitLabError
        No recipe has that name; the sentence lists the names there are.

    Examples
    --------
    >>> recipe = get_recipe("cnn-classic")
    >>> recipe.config.epochs, recipe.config.batch_size
    (5, 128)
    """
    try:
        return all_recipes()[name]
    except KeyError:
        raise DigitLabError(
            f"There is no recipe '{name}': the recipes are {', '.join(all_recipes())}."
        ) from None
