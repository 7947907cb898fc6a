"""`core.recipe_book`: every recipe by its name; `tests/test_own_recipes.py` has those of people."""

import pytest

from core.errors import DigitLabError
from core.recipe_book import all_recipes, get_recipe
from core.recipes import RECIPES


def test_without_any_saved_they_are_those_that_ship(home):
    assert all_recipes() == RECIPES
    assert get_recipe("tiny") is RECIPES["tiny"]


def test_an_unknown_recipe_is_answered_with_those_there_are(home):
    with pytest.raises(DigitLabError, match="'spring': the recipes are sprint, flagship"):
        get_recipe("spring")
