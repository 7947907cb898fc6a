"""`core.recipes.own`: saved, listed, deleted; what is damaged stands in nobody's way."""

import pytest

from core import paths
from core.architecture import Dense, Flatten
from core.config import with_changes
from core.errors import DigitLabError
from core.recipes import own, shelf
from core.recipes.book import all_recipes, get_recipe
from core.recipes.shipped import RECIPES

CONFIG = with_changes(
    RECIPES["sprint"].config, {"layers": [Flatten(), Dense(units=9)], "epochs": 4}
)


def test_a_saved_recipe_is_one_like_the_others(home):
    own.save("my-net", CONFIG)
    assert list(all_recipes()) == [*RECIPES, "my-net"]
    recipe = get_recipe("my-net")
    assert recipe.name == "my-net"
    assert recipe.config == CONFIG.model_copy(update={"recipe": "my-net"})
    assert recipe.config_for("sample").epochs > 4
    own.remove("my-net")
    own.remove("my-net")
    assert list(all_recipes()) == list(RECIPES)


def test_a_recipe_keeps_its_epochs_on_the_data_it_was_made_for(home):
    own.save("short", CONFIG.model_copy(update={"data": "sample"}))
    assert get_recipe("short").config_for("sample").epochs == 4


def test_saving_again_replaces(home):
    own.save("mine", CONFIG)
    own.save("mine", with_changes(CONFIG, {"epochs": 9}))
    assert get_recipe("mine").config.epochs == 9


@pytest.mark.parametrize("name", ["", "Big", "../x", "a/b", "x" * 41, "-a", "sprint"])
def test_a_name_that_is_none_or_taken_is_refused(home, name):
    with pytest.raises(DigitLabError, match="name"):
        own.save(name, CONFIG)
    assert not paths.recipes_folder().exists()


def test_damage_costs_one_recipe_and_is_said(home):
    own.save("good", CONFIG)
    (paths.recipes_folder() / "bad.json").write_text("{")
    (paths.recipes_folder() / "sprint.json").write_bytes(
        (paths.recipes_folder() / "good.json").read_bytes()
    )
    found = own.read_all()
    assert "'bad.json' holds no configuration" in found.faults[0]
    assert list(all_recipes()) == [*RECIPES, "good"]
    assert all_recipes()["sprint"] is RECIPES["sprint"]


def test_there_is_an_end_to_them(home, monkeypatch):
    monkeypatch.setattr(shelf, "MOST", 1)
    own.save("one", CONFIG)
    with pytest.raises(DigitLabError, match="delete one first"):
        own.save("two", CONFIG)


def test_a_folder_that_cannot_be_made_is_said(home):
    (home / "recipes").write_text("in the way")
    with pytest.raises(DigitLabError, match="cannot be kept"):
        own.save("mine", CONFIG)
    assert own.read_all() == ({}, [])


def test_a_file_whose_name_is_no_recipes_is_said(home):
    own.save("good", CONFIG)
    (paths.recipes_folder() / "good.json").rename(paths.recipes_folder() / "My Net.json")
    assert own.read_all().configs == {}
    assert "'My Net' cannot be a recipe's name" in own.read_all().faults[0]


def test_one_that_cannot_be_deleted_is_said(home):
    (paths.recipes_folder() / "mine.json").mkdir(parents=True)
    with pytest.raises(DigitLabError, match="The recipe cannot be deleted"):
        own.remove("mine")
