"""Inspect's looks into a model: map, robustness, inside, report; each empty and filled."""

import re

import numpy as np
import pytest

from core import registry
from core.errors import DigitLabError
from core.evaluation.corruptions import CORRUPTIONS
from core.studies import results
from tests.app.conftest import captions, said
from ui import cache, charts, tables
from ui.inspect import embedding_map


def keep(name: str, **arrays: np.ndarray) -> None:
    """Keep a study's result for the model, as if it had been worked out."""
    model = registry.find("linear")
    study = results.STUDIES[name]
    file = results.file(model, study, None)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, **arrays, model=results._mark(model, study))


@pytest.fixture
def robustness_kept(with_model):
    right = np.arange(75).reshape(5, 15).T[::-1] * 5  # the last corruption is the worst
    keep("robustness", right=right.astype(np.int32), images=np.array(400, np.int32))
    return right


@pytest.fixture
def map_kept(with_model):
    n = registry.find("linear").card.test.n
    keep("map", points=np.random.default_rng(0).random((n, 2)).astype(np.float16))
    return n


def test_a_map_that_is_not_there_can_be_drawn(with_model, visit):
    app = visit("inspect", view="map")
    assert [b.label for b in app.button if b.label == "Draw the map"]
    assert "by t-SNE" in said(app)


def test_the_map_shows_every_image_in_each_colouring(map_kept, visit):
    app = visit("inspect", view="map")
    for colouring in ("class", "error", "confidence"):
        app.segmented_control("map-colouring").set_value(colouring).run()
        assert not app.exception
        assert not app.error
        assert "Click a point" in said(app)


def test_points_that_are_chosen_open_as_images(map_kept, visit, monkeypatch):
    monkeypatch.setattr(charts, "choose", lambda *_, **__: [[7.0, 0, 0, 0], [3.0, 0, 0, 0]])
    app = visit("inspect", view="map")
    assert "2 images" in said(app)
    rows = tables.answers(registry.find("linear")).iloc[[7, 3]]
    shown = captions(app)
    hardest = rows.sort_values("loss", ascending=False).iloc[0]
    assert shown[0].startswith(f"{hardest.label:.0f}, read as")
    assert len(shown) == 2


@pytest.mark.parametrize("colouring", ["class", "error", "confidence"])
def test_each_point_of_the_map_knows_its_image(map_kept, colouring, monkeypatch):
    """Traces are sorted by colour; what is clicked must still be what is opened."""
    rows = tables.answers(registry.find("linear"))
    points = np.stack([np.arange(map_kept), -np.arange(map_kept)], axis=1).astype(np.float32)
    drawn = embedding_map.figure(points, rows, colouring)
    x = np.concatenate([np.asarray(trace.x) for trace in drawn.data])
    facts = np.concatenate([np.asarray(trace.customdata) for trace in drawn.data])
    assert sorted(x.tolist()) == list(range(map_kept))
    assert np.array_equal(x, facts[:, 0])
    assert np.array_equal(facts[:, 1], rows["label"].to_numpy()[facts[:, 0].astype(int)])


def test_what_a_point_of_the_map_says_fits_every_digit(map_kept):
    """It said "a 8, read as 3"."""
    rows = tables.answers(registry.find("linear"))
    drawn = embedding_map.figure(np.zeros((map_kept, 2), np.float32), rows, "class")
    assert drawn.data[8].hovertemplate.startswith("%{customdata[1]}, read as %{customdata[2]}")


def test_an_accuracy_on_a_part_of_the_test_set_says_so(robustness_kept, visit):
    """It seemed to contradict the headline, which is of all test images."""
    labels = [metric.label for metric in visit("inspect", view="robustness").metric]
    assert "Undamaged, on 400 images" in labels


def test_spoilt_digits_are_shown_before_they_are_measured(with_model, visit):
    app = visit("inspect", view="robustness")
    words = said(app)
    assert all(f"**{corruption.title}**" in words for corruption in CORRUPTIONS.values())
    assert [b.label for b in app.button if b.label == "Measure the robustness"]
    assert "In all" not in "".join(m.value for m in app.markdown)
    first = re.search(r"Test image (\d+)", words)[1]
    next(b for b in app.button if b.label == "Another digit").click().run()
    assert re.search(r"Test image (\d+)", said(app))[1] != first


def test_the_worst_corruption_comes_first(robustness_kept, visit):
    app = visit("inspect", view="robustness")
    titles = [c.title for c in CORRUPTIONS.values()]
    shown = [title for title in re.findall(r"\*\*([\w ]+)\*\*", said(app)) if title in titles]
    assert shown == titles[::-1]
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Damaged, severity 3"] == f"{robustness_kept[:, 2].mean() / 4:.2f} %"
    app.slider("robustness-severity").set_value(5).run()
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Damaged, severity 5"] == f"{robustness_kept[:, 4].mean() / 4:.2f} %"


def test_inside_the_linear_network(with_model, visit):
    app = visit("inspect", view="inside")
    assert "Dense, 10 units, softmax" in said(app)
    model = registry.find("linear")
    images = cache.test_pictures(model)
    app.number_input("inside-place").set_value(5).run()
    probabilities = model.predictions()[1][5]
    assert f"comes out as **{probabilities.argmax()}**" in said(app)
    app.pills("inside-layer-linear").set_value(0).run()
    words = said(app)
    assert f"Calculation of {probabilities.max():.4f} (unit {probabilities.argmax()})" in words
    assert f"the largest of {images[5].size:,} products" in words.lower()


def test_a_sum_inside_does_not_claim_more_than_its_digits(with_model, visit):
    """It said "2.4888 − 0.4293 = 2.0596": each number is rounded on its own."""
    app = visit("inspect", view="inside")
    app.pills("inside-layer-linear").set_value(0).run()
    line = next(m.value for m in app.markdown if "Sum and bias" in m.value)
    assert re.search(
        r"Sum and bias: -?[0-9.]+ [+−] [0-9.]+ ≈ \*\*-?[0-9.]+\*\*\. All numbers are rounded", line
    )


def test_without_any_digit_inside_leads_to_drawing(with_model, visit, monkeypatch):
    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr("core.registry.load_test", gone)
    assert "Draw a digit first" in said(visit("inspect", view="inside"))


def test_the_report_can_be_taken_along(with_model, visit):
    app = visit("inspect", view="take")
    labels = [button.label for button in app.get("download_button")]
    assert labels[0] == "Download the report"
