"""The very first start, offline and without MNIST: pictures wherever pictures belong."""

import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import registry
from core.errors import DigitLabError
from core.evaluation.disputed_labels import DISPUTED
from core.export import report_page
from core.runs import contract
from tests.app.conftest import said
from ui import tables

PICTURE = re.compile(r"!\[([^]]*)\]\(data:")


@pytest.fixture(autouse=True)
def shipped(home, no_mnist):
    """Let the models that ship be all there is."""
    st.cache_resource.clear()


def shown(app: AppTest) -> list[str]:
    """Return the descriptions of all pictures on a page."""
    texts = [button.label for button in app.button] + [text.value for text in app.markdown]
    alone = [image.alt for images in app.get("image") for image in images.proto.imgs]
    return PICTURE.findall("\n".join(texts)) + alone


def test_home_shows_a_misread_digit_whose_label_nobody_disputes(visit):
    """The first thing it showed as a mistake was one that five people read as the model does."""
    app = visit("home")
    assert "read as :orange[" in said(app)
    assert "disputed" not in said(app)
    assert any("read as" in alt for alt in shown(app))
    model = registry.find(registry.DEFAULT)
    surest = tables.answers(model).query("label != answer").nlargest(1, "confidence")
    assert int(surest["index"].iloc[0]) in DISPUTED  # so it is not the one that is shown


def test_inspect_shows_the_misread_digits_and_those_of_a_cell(visit):
    assert sum("read as" in alt for alt in shown(visit("inspect", model="tiny"))) >= 12
    app = visit("inspect", model="tiny", cell="4-4")
    assert shown(app).count("A 4, read as 4") >= 12
    assert "of them cannot be shown: the test set is not on this machine" in said(app)


def test_one_misread_digit_is_explained(visit):
    rows = tables.answers(registry.find("tiny")).query("label != answer")
    app = visit("inspect", model="tiny", image=str(rows["index"].iloc[0]))
    assert any(alt.startswith("Occlusion map") for alt in shown(app))
    assert "Similar digits" in said(app)


@pytest.mark.parametrize("view", ["digits", "labels", "robustness", "inside"])
def test_the_views_that_show_single_images_have_them(visit, view):
    app = visit("inspect", model="tiny", view=view)
    assert shown(app)
    assert "are not on this machine" not in said(app)


def test_a_place_without_a_picture_leads_to_the_nearest_one(visit):
    known = list(registry.find("tiny").pictures())
    app = visit("inspect", model="tiny", view="inside", digit=str(known[7] + 1))
    assert app.selectbox("inside-place").value in (known[7], known[8])
    assert app.selectbox("inside-place").options == [str(place) for place in known]


def test_the_report_shows_its_mistakes():
    page = report_page.page(registry.find("tiny"))
    items = re.findall(r"<li>(.*?)</li>", page, re.DOTALL)
    assert len(items) == 48
    assert all("data:image/png" in item for item in items)


def test_a_damaged_file_of_pictures_costs_only_the_pictures(with_model, visit, monkeypatch):
    def gone(source):
        raise DigitLabError("not here")

    folder = with_model / "models" / "linear"
    (folder / contract.PICTURES).write_bytes(b"PK")
    monkeypatch.setattr("core.registry.load_test", gone)
    assert "Put it back to see the images" in said(visit("inspect"))
