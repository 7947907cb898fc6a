"""One test image on the Inspect page: what it is, what was answered, and why."""

import numpy as np
import pytest
import streamlit as st

from core import registry
from core.data import sample
from core.evaluation import label_errors, mistakes, slices
from core.explain.change import smallest_change
from core.studies import results
from core.studies.known_digits import known_digits, nearest
from tests.app.conftest import pictured, said
from tests.models import make_model
from ui import cache
from ui.cache import prepare
from ui.inspect import image_reasons


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
    assert f"read correctly as {labels[right]}" in said(app)
    assert f":blue[**{labels[right]}**, right]" in said(app)


def test_its_reasons_are_those_of_core(model, wrong, visit):
    place = wrong[0]
    app = visit("inspect", model="linear", image=str(place))
    predictor = model.predictor()
    image = sample.load_test().x[place].astype(np.float32) / 255
    change = smallest_change(lambda images: predictor.predict(images).probabilities, image)
    assert f"the answer would be **{change.digit}**" in said(app)
    known = known_digits(model, predictor)
    found = nearest(known, predictor.predict(image[None]).embedding[0])
    answer = int(predictor.predict(image[None]).probabilities.argmax())
    agree = int((known.labels[found.places] == answer).sum())
    assert f"Labelled {answer}, the answer: **{agree} of 8**" in said(app)
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
    pictured(app)[0].click().run()
    assert f"Image {wrong[0]}:" in said(app)
    assert f"1 of {len(wrong):,} mistakes" in said(app)
    assert button(app, "Previous").disabled
    button(app, "Next").click().run()
    assert f"Image {wrong[1]}:" in said(app)
    button(app, "Back to misread digits").click().run()
    assert "Misread digits" in said(app)
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
    pictured(app)[0].click().run()
    button(app, "Next").click().run()
    assert f"Image {by_loss[1]}:" in said(app)


def expect_next(app, places, at, words):
    """Check that the image that is open is at a place of a list, and "Next" leads to the next."""
    assert f"Image {places[at]}:" in said(app)
    assert f"{at + 1:,} of {len(places):,} {words}" in said(app)
    button(app, "Next").click().run()
    assert f"Image {places[at + 1]}:" in said(app)
    assert f"{at + 2:,} of {len(places):,} {words}" in said(app)


def test_next_keeps_to_the_labels_in_doubt(model, visit):
    """It went on among all test images, or the mistakes."""
    places = label_errors.find(*model.predictions(), "margin").places.tolist()
    app = visit("inspect", model="linear", view="labels")
    app.button(f"picture-4-doubted-{places[1]}").click().run()
    expect_next(app, places, 1, "labels in doubt")


def test_next_keeps_to_the_slice(model, visit):
    app = visit("inspect", model="linear", view="slices", slice="thickness-1")
    app.segmented_control("slice-shows").set_value("all").run()
    rows = mistakes.answers(*model.predictions())
    part = rows[slices.parts(cache.measured(model)["thickness"]) == 1]
    places = part.sort_values(["loss", "index"], ascending=[False, True])["index"].tolist()
    assert "The hardest images come first." in said(app)  # their order looked like none
    app.button(f"picture-4-linear-thickness-1-all-{places[3]}").click().run()
    expect_next(app, places, 3, "images (Stroke: thinnest)")


def test_next_keeps_to_the_images_that_one_of_two_reads_right(with_model, model, wrong, visit):
    folder = make_model(with_model / "models" / "rival")
    labels, probabilities = model.predictions()
    better = probabilities.copy()
    better[wrong[:3]] = np.eye(10)[labels[wrong[:3]]]
    np.savez(folder / "predictions.npz", labels=labels, probabilities=better)
    app = visit("inspect", model="linear", view="duel", against="rival")
    pictured(app)[0].click().run()
    expect_next(app, wrong[:3], 0, "images that only rival reads correctly")


def test_a_list_is_forgotten_elsewhere(model, wrong, visit):
    places = label_errors.find(*model.predictions(), "margin").places.tolist()
    app = visit("inspect", model="linear", view="labels")
    app.button(f"picture-4-doubted-{places[1]}").click().run()
    app.query_params["view"] = "mistakes"
    app.run()
    at = wrong.index(places[1])
    assert f"{at + 1:,} of {len(wrong):,} mistakes" in said(app)


def test_the_count_in_a_cell_is_a_sentence(model, wrong, visit):
    """It read "1 of 6 9 read as 4"."""
    labels, probabilities = model.predictions()
    label, answer = int(labels[wrong[0]]), int(probabilities[wrong[0]].argmax())
    app = visit("inspect", model="linear", cell=f"{label}-{answer}")
    n = int(((labels == label) & (probabilities.argmax(axis=1) == answer)).sum())
    pictured(app)[0].click().run()
    assert f"1 of {n} images: {label} read as {answer}" in said(app)


def test_a_look_inside_has_an_address_and_leads_back(model, visit):
    places = label_errors.find(*model.predictions(), "margin").places.tolist()
    app = visit("inspect", model="linear", view="inside", digit="3")
    app.segmented_control("group-inside").set_value("Mistakes").run()
    app.pills("view-mistakes").set_value("labels").run()
    app.button(f"picture-4-doubted-{places[1]}").click().run()
    button(app, "Show its layers").click().run()
    assert app.query_params["digit"] == str(places[1])
    assert app.number_input("inside-place").value == places[1]
    button(app, f"Back to image {places[1]}").click().run()
    assert "digit" not in app.query_params
    expect_next(app, places, 1, "labels in doubt")


def test_a_link_looks_inside_with_its_image(model, visit):
    app = visit("inspect", model="linear", view="inside", digit="7")
    assert app.number_input("inside-place").value == 7
    assert not any(one.label.startswith("Back") for one in app.button)
    app.number_input("inside-place").set_value(9).run()
    assert app.query_params["digit"] == "9"
    app = visit("inspect", model="linear", view="inside", digit="99999")
    assert app.number_input("inside-place").value == 0


def test_an_image_outside_the_mistakes_is_among_all(model, visit):
    labels, probabilities = model.predictions()
    right = int(np.flatnonzero(probabilities.argmax(axis=1) == labels)[5])
    app = visit("inspect", model="linear", image=str(right))
    assert f"{right + 1:,} of {len(labels):,} test images" in said(app)


def test_other_shipped_models_read_it_too(with_model, wrong, visit):
    make_model(with_model / "models" / "tiny")
    app = visit("inspect", model="linear", image=str(wrong[0]))
    line = next(m.value for m in app.markdown if m.value.startswith("tiny: "))
    assert "wrong]" in line  # the same network under another name


def test_a_place_beyond_the_test_set_opens_nothing(model, visit):
    app = visit("inspect", model="linear", image="99999")
    assert "Misread digits" in said(app)


def test_a_disputed_label_has_its_votes(home, mnist_folder, visit):
    st.cache_resource.clear()
    app = visit("inspect", model="tiny", image="947")
    assert "**Its label is disputed.** Of five people 5 say 9." in said(app)
    assert any(one.label == "Search the training digits" for one in app.button)
    assert "of the offline sample" in said(app)


def test_without_the_pictures_the_figures_stay(model, wrong, visit, monkeypatch):
    from core.errors import DigitLabError

    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr("core.registry.load_test", gone)
    app = visit("inspect", model="linear", image=str(wrong[0]))
    assert "Put it back to see the images" in said(app)


def test_gradient_maps_are_made_on_request_and_kept(model, wrong, visit):
    place = wrong[0]
    app = visit("inspect", model="linear", image=str(place))
    assert any(one.label == "Compute the gradient maps" for one in app.button)
    study = results.STUDIES["gradients"]
    file = results.file(model, study, place)
    file.parent.mkdir(parents=True, exist_ok=True)
    maps = np.random.default_rng(0).normal(size=(4, 28, 28)).astype(np.float32)
    np.savez(file, maps=maps, **{results._DIGEST: results._mark(model, study)})
    app.run()
    assert not any(one.label == "Compute the gradient maps" for one in app.button)
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
    thread = prepare(model)
    assert not thread.daemon  # An app that was ended meanwhile broke off in ONNX Runtime.
    thread.join()
    app = visit("inspect", model="linear", image=str(wrong[0]))
    assert "#### Similar digits" in said(app)
    assert len(loaded) == 1


def test_the_reasons_for_the_next_image_are_there_before_the_click(
    model, wrong, visit, monkeypatch
):
    """They took half of the time after each click on "Next"."""
    worked = []

    def counted(predict, image):
        worked.append(image)
        return smallest_change(predict, image)

    monkeypatch.setattr(image_reasons, "smallest_change", counted)
    monkeypatch.setattr(cache, "ahead", lambda work: work())
    app = visit("inspect", model="linear", image=str(wrong[0]))
    assert len(worked) == 2
    images = sample.load_test().x[wrong[:3]].astype(np.float32) / 255
    assert all(np.array_equal(*pair) for pair in zip(worked, images[:2], strict=True))
    button(app, "Next").click().run()
    assert f"Image {wrong[1]}:" in said(app)
    assert len(worked) == 3
    assert np.array_equal(worked[2], images[2])


def test_the_reasons_for_the_first_image_of_a_list_are_there_before_it_is_opened(
    model, wrong, visit, monkeypatch
):
    worked = []

    def counted(predict, image):
        worked.append(image)
        return smallest_change(predict, image)

    monkeypatch.setattr(image_reasons, "smallest_change", counted)
    monkeypatch.setattr(cache, "ahead", lambda work: work())
    visit("inspect", model="linear")
    assert len(worked) == 1
    first = worked[0]
    visit("inspect", model="linear", view="certainty")
    assert len(worked) == 1
    images = sample.load_test().x.astype(np.float32) / 255
    (index,) = [place for place in wrong if np.array_equal(images[place], first)]
    app = visit("inspect", model="linear", image=str(index))
    assert f"Image {index}:" in said(app)
    assert sum(np.array_equal(first, image) for image in worked) == 1
