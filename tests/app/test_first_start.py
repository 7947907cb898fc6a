"""The very first start, offline and without MNIST: pictures wherever pictures belong."""

import re

import pytest
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.evaluation.disputed_labels import DISPUTED
from core.export import report_page
from core.runs import store
from tests.app.conftest import said
from ui import cache


@pytest.fixture
def shown(home, no_mnist, monkeypatch):
    """Let the models that ship be all there is; returns the alternative texts of all pictures."""
    st.cache_resource.clear()
    alts = []
    show = st.image

    def image(*words, **options):
        alts.append(options.get("alt", ""))
        return show(*words, **options)

    monkeypatch.setattr(st, "image", image)
    return alts


def test_home_shows_a_misread_digit_whose_label_nobody_disputes(shown, visit):
    """The first thing it showed as a mistake was one that five people read as the model does."""
    words = said(visit("home"))
    assert "read as :orange[" in words
    assert "disputed" not in words
    assert any("read as" in alt for alt in shown)
    model = registry.find(registry.DEFAULT)
    surest = cache.answer_table(model).query("label != answer").nlargest(1, "confidence")
    assert int(surest["index"].iloc[0]) in DISPUTED  # so it is not the one that is shown


def test_inspect_shows_the_misread_digits_and_those_of_a_cell(shown, visit):
    visit("inspect", model="tiny")
    assert sum("read as" in alt for alt in shown) >= 12
    shown.clear()
    card = registry.find("tiny").card
    app = visit("inspect", model="tiny", cell="4-4")
    assert sum(alt == "A 4, read as 4" for alt in shown) >= 12
    assert "of them cannot be shown: the test set is not on this machine" in said(app)
    assert card.test.confusion[4][4] > 900


def test_one_misread_digit_is_explained(shown, visit):
    rows = cache.answer_table(registry.find("tiny")).query("label != answer")
    app = visit("inspect", model="tiny", image=str(rows["index"].iloc[0]))
    assert any(alt.startswith("Occlusion map") for alt in shown)
    assert "Similar digits" in said(app)


@pytest.mark.parametrize("view", ["labels", "robustness", "inside"])
def test_the_views_that_show_single_images_have_them(shown, visit, view):
    words = said(visit("inspect", model="tiny", view=view))
    assert shown
    assert "are not on this machine" not in words


def test_a_place_without_a_picture_leads_to_the_nearest_one(shown, visit):
    known = list(registry.find("tiny").pictures())
    app = visit("inspect", model="tiny", view="inside", digit=str(known[7] + 1))
    assert app.selectbox("inside-place").value in (known[7], known[8])
    assert app.selectbox("inside-place").options == [str(place) for place in known]


def test_the_report_shows_its_mistakes(shown):
    page = report_page.page(registry.find("tiny"))
    items = re.findall(r"<li>(.*?)</li>", page, re.DOTALL)
    assert len(items) == 48
    assert all("data:image/png" in item for item in items)


def test_a_damaged_file_of_pictures_costs_only_the_pictures(with_model, visit, monkeypatch):
    def gone(source):
        raise DigitLabError("not here")

    folder = with_model / "models" / "linear"
    (folder / store.PICTURES).write_bytes(b"PK")
    monkeypatch.setattr(cache, "load_test", gone)
    assert "Put it back to see the images" in said(visit("inspect"))
