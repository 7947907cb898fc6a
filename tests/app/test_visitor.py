"""`ui.visitor`: each visitor uses a model of their own; new ones begin with a common one."""

import pytest
import streamlit as st

from core import registry
from tests.app.conftest import said
from tests.models import make_model


@pytest.fixture
def two_models(with_model):
    make_model(with_model / "models" / "other")
    registry.set_active("linear")
    return with_model


def in_use(app):
    return app.sidebar.selectbox("model").value


def choose(app, name):
    app.sidebar.selectbox("model").set_value(name).run()


def test_a_choice_is_the_visitors_alone(two_models, visit):
    """Choosing a model changed it for everybody on the server, in the middle of what they did."""
    one, another = visit("draw"), visit("draw")
    choose(one, "other")
    another.run()
    assert (in_use(one), in_use(another)) == ("other", "linear")
    assert in_use(visit("draw")) == "linear"
    assert registry.active().name == "linear"


def test_a_choice_is_taken_from_page_to_page(two_models, visit):
    app = visit("draw")
    choose(app, "other")
    app.switch_page("pages/inspect.py").run()
    assert in_use(app) == "other"


@pytest.mark.parametrize("cookie", ["other", "gone", "../other", "<b>other</b>", ""])
def test_what_a_cookie_says_is_the_name_of_a_model_or_nothing(
    two_models, visit, monkeypatch, cookie
):
    monkeypatch.setattr(
        type(st.context), "cookies", property(lambda _: {"digit-lab-model": cookie})
    )
    assert in_use(visit("draw")) == ("other" if cookie == "other" else "linear")


def test_a_model_that_is_gone_is_used_no_more(two_models, visit):
    app = visit("draw")
    choose(app, "other")
    (two_models / "models" / "other" / "card.json").unlink()
    app.run()
    assert in_use(app) == "linear"


def test_what_new_visitors_begin_with_is_set_on_purpose(two_models, visit):
    app = visit("home")
    assert "New visitors begin with **linear**" in said(app)
    assert "first-model" not in [item.key for item in app.button]
    choose(app, "other")
    assert "New visitors begin with **linear**" in said(app)
    app.button("first-model").click().run()
    assert "New visitors begin with **other**" in said(app)
    assert in_use(visit("draw")) == "other"
