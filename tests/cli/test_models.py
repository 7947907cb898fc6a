"""`models` and `promote`."""

from core import registry
from tests.models import make_model


def test_models_are_listed_and_one_is_chosen(core, linear, home):
    """What `read` reads with could neither be seen nor changed from a shell."""
    make_model(home / "models" / "other")
    facts = core("models", "--json").json
    assert {fact["name"]: fact["in_use"] for fact in facts} == {"linear": True, "other": False}
    card = registry.find("linear").card
    assert (facts[0]["accuracy"], facts[0]["parameters"]) == (card.test.accuracy, card.parameters)
    facts = core("models", "--use", "other", "--json").json
    assert [fact["in_use"] for fact in facts] == [False, True]
    assert registry.active().name == "other"
    header, first, second = core("models").out.splitlines()
    assert first.split() == [
        "linear",
        f"{card.test.accuracy:.2%}",
        f"{card.parameters:,}",
        "sample",
    ]
    assert second.split()[:2] == ["other", "yes"]
    assert header.index("in use") == second.index("yes")
    core("models", "--use", "nobody").refused("'nobody'", "promote")


def test_without_models_the_list_says_how_to_make_one(core):
    assert core("models", "--json").json == []
    assert "train sprint" in core("models").out


def test_a_promoted_model_is_found_by_its_name(core, finished, home):
    facts = core("promote", finished, "first", "--json").json
    assert facts == {"name": "first", "folder": str(home / "models" / "first")}
    assert core("runs", "remove", finished).code == 0
    assert core("evaluate", "first", "--json").json["n"] > 300


def test_a_name_is_given_once(core, finished, linear):
    core("promote", finished, "linear").refused("'linear' already")
    core("promote", finished, "../linear").refused("'../linear' cannot be")
