"""Visitors who come and go: what a session has had is let go with it."""

import gc
from collections import Counter

import pytest

from core.recipes.shipped import RECIPES
from tests.models import finished_run
from ui import state

PAGES = ("home", "draw", "train", "runs", "inspect")
OURS = ("core.", "ui.", "plotly.", "pandas.")


@pytest.fixture
def kinds(with_model, visit):
    """Call as ``kinds(rounds)``: open every page so often, and count what is in memory after that.

    Returns the number of objects of each class of ours, or of charts and tables.
    """
    finished_run(RECIPES["sprint"].config_for("sample"))

    def count(rounds):
        for page in PAGES * rounds:
            app = visit(page)
            if page == "draw":
                app.session_state[state.CANVAS]["digit"].past = [{"objects": []}] * 100
                app.button(key="clear-digit").click().run()
        del app
        gc.unfreeze()
        gc.collect()
        names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
        found = Counter(name for name in names if name.startswith(OURS))
        gc.freeze()  # as before: Streamlit looks for garbage after every page
        return found

    return count


@pytest.mark.long
def test_nothing_of_twenty_visitors_is_left(kinds):
    """The app grew by a tenth in twenty minutes with as many people; what is kept is counted."""
    before = kinds(rounds=2)  # with all that is loaded once
    after = kinds(rounds=4)
    grown = {name: (before[name], count) for name, count in after.items() if count > before[name]}
    assert not grown
