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
    """Call for the number of objects of each class of ours, or of charts and tables, in memory."""
    finished_run(RECIPES["sprint"].config_for("sample"))

    def count():
        for page in PAGES:
            app = visit(page)
            if page == "draw":
                app.session_state[state.CANVAS]["digit"].past = [{"objects": []}] * 100
                app.button(key="clear-digit").click().run()
        del app
        gc.unfreeze()
        gc.collect()
        names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
        return Counter(name for name in names if name.startswith(OURS))

    return count


def test_nothing_of_twenty_visitors_is_left(kinds):
    """The app grew by a tenth in twenty minutes with as many people; what is kept is counted."""
    kinds()
    before = kinds()  # with all that is loaded once
    for _ in range(4):
        after = kinds()
    grown = {name: (before[name], count) for name, count in after.items() if count > before[name]}
    assert not grown
