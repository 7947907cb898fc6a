"""From a picture to an answer: the model here likes what is like a seven or a one, as drawn."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.strokes import BLACK, CLEAR, WHITE, Variant, draw
from core.reading import reader, segment
from core.reading.gate import CLEAR_FROM, REFUSE_BELOW
from core.reading.ink import search
from core.reading.normalise import to_mnist
from core.reading.predictor import Predictor
from core.reading.reader import UNSURE_BELOW, read
from tests.models import write_onnx

SEVEN = [np.array([[0, 0.05], [0.6, 0], [0.25, 1]])]
ONE = [np.array([[0, 0], [0, 1]])]
FIVE_IN_TWO_STROKES = [
    np.array([[0.2, 0.1], [0.18, 0.45], [0.5, 0.42], [0.6, 0.7], [0.4, 1], [0.1, 0.95]]),
    np.array([[0.4, 0], [0.75, 0]]),
]


def form(strokes: list[np.ndarray]) -> np.ndarray:
    return to_mnist(draw(strokes, Variant())[..., 0].astype(np.float32) / 255)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory) -> Predictor:
    weights = np.zeros((784, 10), np.float32)
    for digit, strokes in {7: SEVEN, 1: ONE, 5: FIVE_IN_TWO_STROKES}.items():
        seen = form(strokes).ravel()
        weights[:, digit] = seen / np.linalg.norm(seen)
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    write_onnx(path, weights)
    return Predictor(path)


@given(
    st.sampled_from([(SEVEN, "7"), (ONE, "1"), (FIVE_IN_TWO_STROKES, "5")]),
    st.sampled_from([(BLACK, WHITE), (WHITE, BLACK), (CLEAR, BLACK), ((20, 60, 90, 255), WHITE)]),
    st.sampled_from(["middle", "corner", "around"]),
    st.integers(60, 150),
    st.integers(0, 7),
)
def test_a_digit_is_read_wherever_and_however_it_is_drawn(
    predictor, digit, colours, place, fit, index
):
    strokes, text = digit
    variant = Variant(*colours, width=fit // 10, fit=fit, place=place)
    canvas = draw(strokes, variant, index)
    reading = read(canvas, predictor)
    assert reading.text == text
    (found,) = reading.digits
    rows, columns = (
        np.flatnonzero((canvas != canvas[0, 0]).any(axis=(axis, 2))) for axis in (1, 0)
    )
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert found.box == pytest.approx(box, abs=1)
    assert found.image.shape == (28, 28)
    assert found.probabilities.shape == (10,)
    assert found.digit == found.probabilities.argmax()


@pytest.mark.parametrize("shape", [(280, 280, 4), (50, 90, 3), (1, 1), (3000, 2000)])
@pytest.mark.parametrize("value", [0, 117, 255])
def test_a_blank_picture_has_no_digit(predictor, shape, value):
    reading = read(np.full(shape, value, np.uint8), predictor)
    assert (reading.verdict, reading.text, reading.digits) == ("blank", "", [])


def test_a_best_answer_below_the_bound_is_unsure(predictor, tmp_path):
    write_onnx(tmp_path / "model.onnx", np.zeros((784, 10), np.float32))
    canvas = draw(SEVEN, Variant())
    undecided = read(canvas, Predictor(tmp_path / "model.onnx"))
    assert undecided.digits[0].probabilities == pytest.approx(np.full(10, 0.1))
    assert undecided.verdict == "unsure"
    decided = read(canvas, predictor)
    assert decided.digits[0].probabilities.max() > UNSURE_BELOW
    assert decided.verdict == "digit"


def test_specks_are_dropped_and_parts_of_a_digit_are_kept(predictor):
    canvas = draw(FIVE_IN_TWO_STROKES, Variant())
    clean = read(canvas, predictor)
    dirty = canvas.copy()
    dirty[5:9, 270:274] = 255
    dirty[275, 3] = 255
    found = read(dirty, predictor)
    assert found.digits[0].box == clean.digits[0].box
    np.testing.assert_array_equal(found.digits[0].image, clean.digits[0].image)
    without_bar = read(draw(FIVE_IN_TWO_STROKES[:1], Variant()), predictor)
    assert not np.array_equal(without_bar.digits[0].image, clean.digits[0].image)


def test_a_large_photo_gives_its_box_in_its_own_pixels(predictor):
    canvas = draw(SEVEN, Variant(paper=WHITE, pen=BLACK))
    small = read(canvas, predictor).digits[0]
    large = read(np.kron(canvas[..., 0], np.ones((9, 9), np.uint8)), predictor).digits[0]
    assert large.digit == small.digit
    assert large.box == pytest.approx(np.multiply(9, small.box), abs=9)


class Judge:
    """A gate that takes images for digits with given probabilities, the rest with the last one."""

    def __init__(self, *digitness: float) -> None:
        self.answers = digitness

    def __call__(self, images: np.ndarray) -> np.ndarray:
        padded = (*self.answers, *[self.answers[-1]] * len(images))
        return np.array(padded[: len(images)], np.float32)


def refusing(form: np.ndarray):
    """Return a gate that takes all for digits but what is like a form."""
    return lambda images: (abs(images - form).mean(axis=(1, 2)) > 0.02).astype(np.float32)


class Asked:
    """A network that counts how often it is asked about each image."""

    def __init__(self, network) -> None:
        self.network, self.counts = network, Counter()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        self.counts.update(image.tobytes() for image in images)
        return self.network(images)

    predict = __call__


@pytest.mark.parametrize("drawn", [[SEVEN], [ONE, SEVEN], [SEVEN, FIVE_IN_TWO_STROKES, ONE]])
@pytest.mark.parametrize("likely", [0, 1])
def test_no_network_is_asked_twice_about_the_same_ink(predictor, monkeypatch, drawn, likely):
    """The gate used to judge each digit again, and all ink was read and judged as one twice."""
    wide = np.concatenate([draw(strokes, Variant()) for strokes in drawn], axis=1)
    model, gate, segmenter = Asked(predictor.predict), Asked(Judge(likely)), Asked(segment.load())
    monkeypatch.setattr(segment, "load", lambda: segmenter)
    reading = read(wide, model, gate)
    assert len(reading.digits) == len(drawn) or not likely
    for network in (model, gate, segmenter):
        assert set(network.counts.values()) <= {1}
    for digit in reading.digits:
        assert model.counts[digit.image.tobytes()] == gate.counts[digit.image.tobytes()] == 1


def test_ink_is_found_once_and_returned_as_it_was_read(predictor, monkeypatch):
    """The glass box used to look for the ink again, in a picture that was reduced otherwise."""
    pictures = []
    monkeypatch.setattr(
        reader, "search", lambda picture: pictures.append(picture) or search(picture)
    )
    wide = np.concatenate([draw(s, Variant(WHITE, BLACK)) for s in (ONE, SEVEN, ONE)], axis=1)
    wide[5:9, 270:274] = BLACK  # a speck
    for picture, factor in ((wide, 1), (wide.repeat(4, axis=0).repeat(4, axis=1), 4)):
        pictures.clear()
        reading = read(picture, predictor)
        assert reading.text == "171"
        assert len(pictures) == 1
        assert not reading.ink[:12].any()
        for digit in reading.digits:
            left, top, right, bottom = (side // factor for side in digit.box)
            np.testing.assert_array_equal(digit.steps.cropped, reading.ink[top:bottom, left:right])


def test_what_the_gate_refuses_is_not_a_digit_however_sure_the_model(predictor):
    canvas = draw(SEVEN, Variant())
    refused = read(canvas, predictor, Judge(REFUSE_BELOW - 0.01))
    assert (refused.verdict, refused.text) == ("not-a-digit", "?")
    (digit,) = refused.digits
    assert (digit.verdict, digit.digit, digit.candidates) == ("not-a-digit", 7, [])
    assert digit.digitness == pytest.approx(REFUSE_BELOW - 0.01)
    for digitness, expected in ((REFUSE_BELOW + 0.01, "unsure"), (CLEAR_FROM, "digit")):
        found = read(canvas, predictor, Judge(digitness))
        assert (found.verdict, found.digits[0].candidates) == (expected, [7])


def test_a_number_is_as_sure_as_its_parts(predictor, tmp_path):
    wide = np.concatenate([draw(ONE, Variant()), draw(SEVEN, Variant())], axis=1)
    wide = np.concatenate([wide, draw(ONE, Variant())], axis=1)
    read_whole = read(wide, predictor)
    assert (read_whole.verdict, read_whole.text) == ("digit", "171")
    lefts = [digit.box[0] for digit in read_whole.digits]
    assert [left // 280 for left in lefts] == [0, 1, 2]
    some = read(wide, predictor, refusing(form(SEVEN)))
    assert (some.verdict, some.text) == ("unsure", "1?1")
    assert [digit.verdict for digit in some.digits] == ["digit", "not-a-digit", "digit"]
    none = read(wide, predictor, Judge(0))
    assert (none.verdict, none.text) == ("not-a-digit", "???")
    json.dumps(some.to_json())


def test_who_is_unsure_names_two_candidates(tmp_path):
    weights = np.zeros((784, 10), np.float32)
    weights[:, 3], weights[:, 8] = 0.01, 0.0095
    write_onnx(tmp_path / "model.onnx", weights)
    reading = read(draw(SEVEN, Variant()), Predictor(tmp_path / "model.onnx"))
    assert reading.verdict == "unsure"
    assert reading.digits[0].candidates == [3, 8]
    assert reading.to_json()["digits"][0]["candidates"] == [3, 8]


def test_the_more_digits_the_surer_each_has_to_be(tmp_path):
    """Of sheets with ten digits one in seven had a wrong one, and was called certain."""
    weights = np.zeros((784, 10), np.float32)
    weights[:, 3], weights[:, 8] = 0.06, 0.01
    write_onnx(tmp_path / "model.onnx", weights)
    predictor = Predictor(tmp_path / "model.onnx")
    seven = draw(SEVEN, Variant())
    alone = read(seven, predictor)
    highest = float(alone.digits[0].probabilities.max())
    assert UNSURE_BELOW < highest < 0.93
    assert (alone.verdict, alone.digits[0].candidates) == ("digit", [3])
    six = read(np.concatenate([seven] * 6, axis=1), predictor)
    assert (six.text, six.verdict) == ("333333", "unsure")
    assert [digit.candidates for digit in six.digits] == [[3, 8]] * 6


def test_json_has_the_shape_that_scripts_rely_on(predictor):
    facts = json.loads(json.dumps(read(draw(SEVEN, Variant()), predictor).to_json()))
    assert facts["verdict"] == "digit"
    assert facts["text"] == "7"
    (digit,) = facts["digits"]
    assert set(digit) == {"digit", "verdict", "candidates", "probabilities", "digitness", "box"}
    assert (digit["digit"], digit["verdict"], digit["candidates"]) == (7, "digit", [7])
    assert digit["digitness"] is None
    assert len(digit["probabilities"]) == 10
    assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-5)
    left, top, right, bottom = digit["box"]
    assert 0 <= left < right <= 280
    assert 0 <= top < bottom <= 280
    blank = read(np.zeros((9, 9), np.uint8), predictor).to_json()
    assert blank == {
        "verdict": "blank",
        "text": "",
        "lines": [],
        "digits": [],
        "left_out": [],
        "turned": "",
    }


def test_what_is_left_out_makes_no_answer_certain(predictor):
    """A digit that the border cut was dropped, and the rest of the number called 99.9 % certain."""
    y, x = np.mgrid[:280, :280]
    blot = np.hypot(x - 140, y) < 33
    light = (210 - 0.2 * x) * (1 - 0.8 * draw(SEVEN, Variant(fit=130))[..., 0] / 255)
    noise = np.random.default_rng(0).normal(0, 1.5, light.shape)
    picture = (np.where(blot, 50, light) + noise).clip(0, 255).astype(np.uint8)
    found = read(picture, predictor)
    assert (found.text, found.digits[0].verdict, found.verdict) == ("7", "digit", "unsure")
    assert len(found.left_out) == len(found.to_json()["left_out"]) == 1
    alone = read(np.where(blot, 50, 210 - 0.2 * x + noise).astype(np.uint8), predictor)
    assert (alone.verdict, alone.text) == ("no-ink", "")


def framed(sheet: np.ndarray, colour: tuple[int, ...], width: int, margin: int) -> np.ndarray:
    """Draw a frame of one colour at some distance from the border."""
    picture = sheet.copy()
    inner = slice(margin, len(sheet) - margin)
    edge = slice(margin + width, len(sheet) - margin - width)
    kept = picture[edge, edge].copy()
    picture[inner, inner] = colour
    picture[edge, edge] = kept
    return picture


@pytest.mark.parametrize("strokes", [SEVEN, FIVE_IN_TWO_STROKES], ids=["7", "5"])
@pytest.mark.parametrize(
    ("colour", "width", "margin"),
    [(BLACK, 3, 0), (BLACK, 8, 0), (BLACK, 8, 12), ((128, 128, 128, 255), 6, 0)],
)
def test_a_frame_around_a_digit_is_left_out(predictor, strokes, colour, width, margin):
    sheet = draw(strokes, Variant(paper=WHITE, pen=BLACK))
    plain = read(sheet, predictor, nothing_solid)
    within = read(framed(sheet, colour, width, margin), predictor, nothing_solid)
    assert (within.text, within.verdict) == (plain.text, plain.verdict)
    assert within.digits[0].box == plain.digits[0].box
    np.testing.assert_array_equal(within.digits[0].image, plain.digits[0].image)
    np.testing.assert_array_equal(within.ink, plain.ink)


def test_an_empty_frame_is_what_it_was(predictor):
    empty = np.full((280, 280, 4), 255, np.uint8)
    assert read(framed(empty, BLACK, 8, 40), predictor, nothing_solid).verdict == "not-a-digit"


def nothing_solid(images: np.ndarray) -> np.ndarray:
    """Judge as a gate does: what is framed, or more than half inked, is no digit."""
    return np.array([float(not _is_solid(image > 0.3)) for image in images])


def _is_solid(inked: np.ndarray) -> bool:
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    box = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return box.mean() > 0.5 or box[[0, -1]].mean() > 0.9
