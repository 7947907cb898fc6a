"""Inspect: from the figure to the images, and honest where something is missing."""

import numpy as np
import pytest

from core import registry
from core.cards import read_card
from tests.app.conftest import said


@pytest.fixture
def card(with_model):
    return read_card(with_model / "models" / "linear" / "card.json")


def test_without_a_model_it_leads_to_training(fresh, visit):
    assert "as soon as one is trained" in said(visit("inspect"))


def test_the_headline_is_the_cards(card, visit):
    app = visit("inspect")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["How often it is right (accuracy)"] == f"{100 * card.test.accuracy:.2f} %"
    assert figures["Mistakes"] == f"{card.test.n - card.test.correct} of {card.test.n}"
    assert f"{card.test.correct:,} of {card.test.n:,}" in said(app)
    assert "not on MNIST" in said(app)


def test_the_gallery_shows_all_mistakes_worst_first(card, visit):
    app = visit("inspect")
    assert f"{card.test.n - card.test.correct} images" in said(app)
    model = registry.find("linear")
    labels, probabilities = model.predictions()
    answers = probabilities.argmax(axis=1)
    sure = np.where(answers == labels, -1, probabilities.max(axis=1))
    worst = int(sure.argmax())
    first = next(m.value for m in app.markdown if "read as" in m.value)
    assert first.startswith(f"{labels[worst]}, read as :orange[**{answers[worst]}**]")


def test_mistakes_of_one_digit(card, visit):
    app = visit("inspect")
    app.pills("gallery-digit-linear").set_value(3).run()
    wrong = sum(card.test.confusion[3]) - card.test.confusion[3][3]
    assert f"{wrong} image" in said(app)


def test_a_chosen_cell_shows_its_images_and_leads_back(card, visit):
    label, answer = divmod(int(np.argmax(np.array(card.test.confusion) * (1 - np.eye(10)))), 10)
    app = visit("inspect")
    app.query_params["cell"] = f"{label}-{answer}"
    app.run()
    assert f"{label} read as {answer}" in said(app)
    assert f"{card.test.confusion[label][answer]} image" in said(app)
    next(button for button in app.button if button.label == "Back to all mistakes").click().run()
    assert "What it misreads" in said(app)


def test_without_the_pictures_the_numbers_stay(with_model, visit, monkeypatch):
    """A shipped model on a machine without its test images."""
    from core.errors import DigitLabError
    from ui import cache

    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr(cache, "load_test", gone)
    app = visit("inspect")
    assert app.metric
    assert "put it back to see the pictures" in said(app)


def test_a_name_that_is_gone_is_said_so(with_model, visit):
    assert r"There is no model \'old\'" in said(visit("inspect", model="old"))


def test_no_name_in_an_address_is_a_picture(with_model, visit):
    shown = said(visit("inspect", model="![x](http://x.y/z)"))
    assert "There is no model" in shown
    assert "![x]" not in shown


def test_damaged_predictions_are_one_sentence(with_model, visit):
    (with_model / "models" / "linear" / "predictions.npz").write_bytes(b"PK")
    app = visit("inspect")
    assert len(app.error) == 1


def test_the_calibration_error_is_the_cards(card, visit):
    app = visit("inspect", view="certainty")
    shown = next(m.value for m in app.metric if m.label == "Expected calibration error")
    assert shown == f"{100 * card.test.reliability.calibration_error:.2f} %"


def test_a_card_of_before_calibration_was_measured_is_no_gap(card, with_model, visit):
    """The predictions beside it tell the same."""
    old = card.model_dump_json(exclude={"test": {"reliability"}})
    (with_model / "models" / "linear" / "card.json").write_text(old, encoding="utf-8")
    app = visit("inspect", view="certainty")
    shown = next(m.value for m in app.metric if m.label == "Expected calibration error")
    assert shown == f"{100 * card.test.reliability.calibration_error:.2f} %"
