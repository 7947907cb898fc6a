"""`core.recipes.book`: every recipe by its name; those of people are in `test_own.py`."""

import pytest

from core.errors import DigitLabError
from core.recipes.book import all_recipes, get_recipe
from core.recipes.shipped import RECIPES


def test_without_any_saved_they_are_those_that_ship(home):
    assert all_recipes() == RECIPES
    assert get_recipe("tiny") is RECIPES["tiny"]


def test_an_unknown_recipe_is_answered_with_those_there_are(home):
    with pytest.raises(DigitLabError, match="'spring': the recipes are sprint, flagship"):
        get_recipe("spring")
