"""The book of recipes: all by name, built-in and the user's own.

``python -m core recipes`` lists it, and the form on the Train page starts from it.
"""

from core.architecture import parameter_count
from core.errors import DigitLabError
from core.recipes import own
from core.recipes.shipped import RECIPES, Recipe


def all_recipes() -> dict[str, Recipe]:
    """Return the recipes by name: the built-in ones, then the user's own."""
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
        No recipe has that name; the sentence lists the names.

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
