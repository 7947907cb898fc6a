"""One test image on the Inspect page: what it is, what was answered, and why."""

import numpy as np
import pytest
import streamlit as st

from core import registry
from core.data import sample
from core.evaluation import mistakes
from core.explain import studies
from core.explain.change import smallest_change
from core.explain.nearest import known_digits, nearest
from tests.app.conftest import said
from tests.models import make_model
from tests.waiting import wait_for
from ui import cache
from ui.cache import prepare


@pytest.fixture
def model(with_model):
    return registry.find("linear")


@pytest.fixture
def wrong(model):
    """Return the places of the misread images, the surest first, as the gallery has them."""
    rows = mistakes.answers(*model.predictions())
    return mistakes.mistakes(rows)["index"].tolist()


def button(app, label):
    return next(one for one in app.button if one.label.startswith(label))


def test_an_image_says_its_label_and_its_answer(model, wrong, visit):
    labels, probabilities = model.predictions()
    place = wrong[0]
    label, answer = int(labels[place]), int(probabilities[place].argmax())
    app = visit("inspect", model="linear", image=str(place))
    assert f"Image {place}: label {label}, read as {answer}" in said(app)
    assert f"Label: **{label}** · Answer: :orange[**{answer}**, wrong]" in said(app)
    right = int(np.flatnonzero(probabilities.argmax(axis=1) == labels)[0])
    app = visit("inspect", model="linear", image=str(right))
    assert f"read right, as {labels[right]}" in said(app)
    assert f":blue[**{labels[right]}**, right]" in said(app)


def test_its_reasons_are_those_of_core(model, wrong, visit):
    place = wrong[0]
    app = visit("inspect", model="linear", image=str(place))
    predictor = model.predictor()
    image = sample.load_test().x[place].astype(np.float32) / 255
    change = smallest_change(lambda images: predictor.predict(images).probabilities, image)
    assert f"it would read **{change.digit}**" in said(app)
    known = known_digits(model, predictor)
    found = nearest(known, predictor.predict(image[None]).embedding[0])
    answer = int(predictor.predict(image[None]).probabilities.argmax())
    agree = int((known.labels[found.places] == answer).sum())
    assert f"Labelled {answer}, its answer: **{agree} of 8**" in said(app)
    for digit, distance in zip(known.labels[found.places], found.distances, strict=True):
        assert f"label **{digit}**  \n{distance:.2f} away" in said(app)


def test_the_evidence_for_the_label_on_request(model, wrong, visit):
    labels, probabilities = model.predictions()
    place = wrong[0]
    label, answer = int(labels[place]), int(probabilities[place].argmax())
    app = visit("inspect", model="linear", image=str(place))
    before = said(app)
    app.segmented_control(f"evidence-{answer}-{label}").set_value(label).run()
    assert not app.exception
    # This network is so sure that nothing brings the label back.
    spread = f"changes the probability of {label} (< 0.1 %)"
    assert spread in said(app)
    assert spread not in before


def test_from_a_gallery_to_an_image_to_the_next_and_back(model, wrong, visit):
    app = visit("inspect", model="linear")
    button(app, "Why?").click().run()
    assert f"Image {wrong[0]}:" in said(app)
    assert f"1 of {len(wrong):,} mistakes" in said(app)
    assert button(app, "Previous").disabled
    button(app, "Next").click().run()
    assert f"Image {wrong[1]}:" in said(app)
    button(app, "Back to “Its mistakes”").click().run()
    assert "What it misreads" in said(app)
    assert "image" not in app.query_params


def test_back_leads_to_the_cell_that_was_open(model, wrong, visit):
    labels, probabilities = model.predictions()
    place = wrong[0]
    cell = f"{labels[place]}-{probabilities[place].argmax()}"
    app = visit("inspect", model="linear", cell=cell, image=str(place))
    button(app, f"Back to {cell.replace('-', ' read as ')}").click().run()
    assert app.subheader[0].value == cell.replace("-", " read as ")


def test_next_keeps_to_the_order_that_was_chosen(model, visit):
    rows = mistakes.answers(*model.predictions())
    by_loss = mistakes.mistakes(rows, order="loss")["index"].tolist()
    app = visit("inspect", model="linear")
    app.segmented_control("gallery-order").set_value("loss").run()
    button(app, "Why?").click().run()
    button(app, "Next").click().run()
    assert f"Image {by_loss[1]}:" in said(app)


def test_an_image_outside_the_mistakes_is_among_all(model, visit):
    labels, probabilities = model.predictions()
    right = int(np.flatnonzero(probabilities.argmax(axis=1) == labels)[5])
    app = visit("inspect", model="linear", image=str(right))
    assert f"{right + 1:,} of {len(labels):,} test images" in said(app)


def test_other_shipped_models_read_it_too(with_model, wrong, visit):
    make_model(with_model / "models" / "other")
    app = visit("inspect", model="linear", image=str(wrong[0]))
    line = next(m.value for m in app.markdown if m.value.startswith("other: "))
    assert "wrong]" in line  # the same network under another name


def test_a_place_beyond_the_test_set_opens_nothing(model, visit):
    app = visit("inspect", model="linear", image="99999")
    assert "What it misreads" in said(app)


def test_a_disputed_label_has_its_votes(home, mnist_folder, visit):
    st.cache_resource.clear()
    app = visit("inspect", model="tiny", image="947")
    assert "**Its label is disputed.** Of five people 5 say 9." in said(app)
    assert any(one.label == "Search what it learned from" for one in app.button)
    assert "of the offline sample" in said(app)


def test_without_the_pictures_the_figures_stay(model, wrong, visit, monkeypatch):
    from core.errors import DigitLabError
    from ui import cache

    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr(cache, "load_test", gone)
    app = visit("inspect", model="linear", image=str(wrong[0]))
    assert "put it back to see the pictures" in said(app)


def test_gradient_maps_are_made_on_request_and_kept(model, wrong, visit):
    place = wrong[0]
    app = visit("inspect", model="linear", image=str(place))
    assert any(one.label == "Make the gradient maps" for one in app.button)
    study = studies.STUDIES["gradients"]
    file = studies._file(model, study, place)
    file.parent.mkdir(parents=True, exist_ok=True)
    maps = np.random.default_rng(0).normal(size=(4, 28, 28)).astype(np.float32)
    np.savez(file, maps=maps, **{studies._DIGEST: studies._mark(model, study)})
    app.run()
    assert not any(one.label == "Make the gradient maps" for one in app.button)
    labels, probabilities = model.predictions()
    captions = [str(one.proto) for one in app.get("image")]
    for digit in (probabilities[place].argmax(), labels[place]):
        for kind in ("gradient", "integrated gradients"):
            assert len([one for one in captions if f'"{digit}: {kind}"' in one]) == 1


def test_what_the_reasons_need_is_loaded_before_anybody_asks(model, wrong, visit, monkeypatch):
    """The first "Why?" after a start took three times as long as the others."""
    loaded = []

    def counted(*arguments):
        loaded.append(arguments)
        return known_digits(*arguments)

    monkeypatch.setattr(cache, "find_known_digits", counted)
    monkeypatch.setattr(cache, "prepare", prepare)
    visit("inspect", model="linear")
    wait_for(lambda: loaded, "the known digits")
    key = ("prepare", model.onnx, model.onnx.stat().st_mtime_ns)
    wait_for(lambda: cache.jobs().state(key) == "done", "all that is loaded ahead")
    app = visit("inspect", model="linear", image=str(wrong[0]))
    assert "#### What it finds most alike" in said(app)
    assert len(loaded) == 1
