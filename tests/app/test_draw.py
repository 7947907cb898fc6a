"""Draw: an invitation, an answer, a clear sentence for what is no picture."""

import io

import numpy as np
import pytest
import streamlit as st
from PIL import Image, ImageDraw

from core import registry
from core.reading.reader import read
from tests.app.conftest import answer, plain, said, shows_answer
from tests.models import write_onnx
from ui import cache, canvas, pictures, state
from ui.draw import paste


@pytest.fixture
def drawing(monkeypatch):
    """Put a picture on the canvas, which is an unknown element to AppTest."""
    here = {"picture": None, "number": None}
    monkeypatch.setattr(
        canvas,
        "drawing_canvas",
        lambda pad, width: here["number" if pad is canvas.NUMBER else "picture"],
    )
    return here


def a_one() -> np.ndarray:
    image = Image.new("RGBA", (canvas.DIGIT.width, canvas.DIGIT.height), "#000")
    ImageDraw.Draw(image).line((168, 60, 168, 280), fill="#fff", width=22)
    return np.asarray(image)


def several_ones(*lefts: int) -> np.ndarray:
    image = Image.new("RGBA", (canvas.NUMBER.width, canvas.NUMBER.height), "#000")
    for left in lefts:
        ImageDraw.Draw(image).line((left, 40, left, 200), fill="#fff", width=14)
    return np.asarray(image)


class Judge:
    """A gate that takes the first digits for digits and the rest not."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return (np.arange(len(images)) < self.digits).astype(np.float32)


def answered(app) -> int | None:
    """Return the digit whose bar is the longest; ``None`` where no bar is to be seen."""
    bars = answer(app).get("bars") if shows_answer(app) else None
    return bars and max(range(10), key=lambda digit: bars[digit][0])


def test_without_a_model_it_leads_to_training(fresh, visit):
    assert "Train one first" in said(visit("draw"))


def test_an_empty_canvas_gets_an_invitation_and_no_answer(with_model, visit, drawing):
    for blank in (None, np.zeros((336, 336, 4), np.uint8)):
        drawing["picture"] = blank
        app = visit("draw")
        assert "Draw a digit with the mouse or a finger" in said(app)
        assert answered(app) is None


def test_a_drawing_is_read_without_pressing_anything(with_model, visit, drawing):
    drawing["picture"] = a_one()
    app = visit("draw")
    assert answered(app) == 1
    assert "Draw a digit with" not in said(app)
    assert len(app.get("image")) == 2  # what the model saw, and the evidence in it


def evidence(app) -> list[tuple[str, str]]:
    """Return description and address of each map of evidence on a page."""
    images = [image for shown in app.get("image") for image in shown.proto.imgs]
    return [(image.alt, image.url) for image in images if image.alt.startswith("Evidence")]


def test_evidence_is_there_unasked_changes_with_the_drawing_and_goes_with_it(
    with_model, visit, drawing
):
    app = visit("draw")
    assert evidence(app) == []
    assert "**Evidence:** which of your ink" in said(app)
    drawing["picture"] = a_one()
    app.run()
    ((words, first),) = evidence(app)
    assert words.startswith("Evidence for 1: blue ink; orange is against it. Without the frame: ")
    drawing["picture"] = np.maximum(a_one(), np.roll(a_one(), (30, 14), (0, 1)))  # a thicker one
    app.run()
    ((_, second),) = evidence(app)
    assert second != first
    drawing["picture"] = None
    app.run()
    assert evidence(app) == []


@pytest.mark.parametrize("source", ["digit", "number", "picture"])
def test_before_anything_is_drawn_no_picture_is_black(with_model, visit, drawing, source):
    """Black squares stood where the pictures of a drawing would be."""
    app = visit("draw")
    app.segmented_control("read-what").set_value(source).run()
    assert not app.get("image")


def test_evidence_of_a_number_is_that_of_the_digit_looked_at(
    with_model, visit, drawing, monkeypatch
):
    monkeypatch.setattr(cache, "gate", lambda: None)
    image = Image.new("RGBA", (canvas.DIGIT.width, canvas.DIGIT.height), "#000")
    for line in ((80, 60, 80, 280), (280, 60, 200, 280)):
        ImageDraw.Draw(image).line(line, fill="#fff", width=22)
    drawing["picture"] = np.asarray(image)
    app = visit("draw")
    (choice,) = [c for c in app.segmented_control if c.key != "read-what"]
    found = []
    for place in (0, 1):
        choice.set_value(place).run()
        found += evidence(app)
    assert len({url for _, url in found}) == 2


def test_evidence_in_what_is_not_a_digit_is_for_the_nearest_one(
    with_model, visit, drawing, monkeypatch
):
    """It is the classifier's, which has an answer to everything: the words say so."""
    monkeypatch.setattr(cache, "gate", lambda: Judge(0))
    drawing["picture"] = a_one()
    ((words, _),) = evidence(visit("draw"))
    assert words.startswith("Evidence for 1 if it had to be a digit")


def test_a_model_that_no_single_patch_moves_is_said_to_be_so(with_model, visit, drawing):
    always_two = np.zeros((784, 10), np.float32)
    write_onnx(with_model / "models" / "linear" / "model.onnx", always_two)
    drawing["picture"] = a_one()
    ((words, _),) = evidence(visit("draw"))
    assert "No part of it decides" in words


def test_the_digit_drawn_last_is_the_one_that_was_read(with_model, visit, drawing):
    """It used to be made anew from the picture, specks and all."""
    drawing["picture"] = a_one().copy()
    drawing["picture"][:4, :4] = 255  # a speck
    app = visit("draw")
    seen = app.session_state[state.CANVAS]["digit"].reading.digits[0].image
    (digit,) = read(drawing["picture"], registry.find("linear").predictor()).digits
    np.testing.assert_array_equal(seen, digit.image)


def headline(app) -> str:
    return answer(app)["headline"]


def test_what_is_not_a_digit_gets_no_answer_but_the_nearest(
    with_model, visit, drawing, monkeypatch
):
    monkeypatch.setattr(cache, "gate", lambda: Judge(0))
    drawing["picture"] = a_one()
    app = visit("draw")
    assert headline(app) == "?"
    assert "This does not look like a digit. If it had to be one: 1." in said(app)
    assert " % sure" not in said(app)
    assert answer(app)["longest"] is None  # One colour for all: none stands out.


def test_a_number_is_read_digit_by_digit_and_each_can_be_looked_at(
    with_model, visit, drawing, monkeypatch
):
    monkeypatch.setattr(cache, "gate", lambda: None)
    drawing["number"] = several_ones(100, 300, 500)
    app = visit("draw")
    assert "Draw a digit with" in said(app)
    app.segmented_control("read-what").set_value("number").run()
    assert headline(app) == "111"
    (choice,) = [c for c in app.segmented_control if c.key != "read-what"]
    assert choice.options == ["1", "1", "1"]
    choice.set_value(2).run()
    assert not app.exception
    assert answered(app) == 1
    drawing["number"] = None
    app.run()
    assert "Draw a number" in said(app)
    assert [c.key for c in app.segmented_control] == ["read-what"]


def test_two_digits_on_the_canvas_for_one_are_both_in_the_answer(
    with_model, visit, drawing, monkeypatch
):
    """A 4 and a 2 side by side were "4", 99.9 % sure: the second digit was left out."""
    monkeypatch.setattr(cache, "gate", lambda: None)
    drawing["picture"] = several_ones(100, 200)[:, : canvas.DIGIT.width]
    app = visit("draw")
    assert headline(app) == "11"
    assert "Two digits, each as good as certain" in said(app)
    (choice,) = [c for c in app.segmented_control if c.key != "read-what"]
    assert choice.options == ["1", "1"]
    choice.set_value(1).run()
    (correction,) = [pills for pills in app.pills if pills.key == "correct-to"]
    assert correction.label == "Wrong? The second digit is"
    assert not app.exception


def test_a_number_says_which_part_is_not_a_digit(with_model, visit, drawing, monkeypatch):
    monkeypatch.setattr(cache, "gate", lambda: Judge(1))
    drawing["number"] = several_ones(100, 300, 500)
    app = visit("draw")
    app.segmented_control("read-what").set_value("number").run()
    assert headline(app) == "1??"
    assert "the second does not look like a digit" in said(app)


def test_a_picture_of_several_digits_is_read(with_model, visit, drawing, monkeypatch):
    monkeypatch.setattr(cache, "gate", lambda: None)
    file = io.BytesIO()
    Image.fromarray(several_ones(100, 300)[..., :3]).save(file, "png")
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    app.file_uploader("picture-file").set_value(("11.png", file.getvalue(), "image/png")).run()
    assert headline(app) == "11"


def test_several_pictures_are_all_answered_and_one_is_looked_at(with_model, visit, drawing):
    """One picture at a time could be uploaded."""
    file = io.BytesIO()
    Image.fromarray(a_one()[..., :3]).save(file, "png")
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    given = [("a.png", file.getvalue(), "image/png"), ("b.png", b"\x89PNG", "image/png")]
    app.file_uploader("picture-file").set_value(given).run()
    assert not app.exception
    (which,) = (radio for radio in app.radio if radio.label == "Picture to look at")
    assert which.options == [r"a\.png: **1**", r"b\.png: **cannot be read**"]
    assert answered(app) == 1
    which.set_value(1).run()
    assert len(app.error) == 1


@pytest.mark.parametrize(
    ("sample", "text"), [("number", "2026"), ("lines", "314\n15926"), ("table", "12 7\n3 45")]
)
def test_a_sample_is_read(visit, drawing, sample, text):
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    app.button(f"sample-{sample}").click().run()
    assert not app.exception
    assert headline(app) == text


def test_the_camera_is_asked_for_when_it_is_switched_on(with_model, visit, drawing):
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    assert not app.get("camera_input")
    app.toggle("picture-with-camera").set_value(True).run()
    assert not app.exception
    assert len(app.get("camera_input")) == 1


def test_an_answer_names_the_picture_that_it_is_to(with_model, visit, drawing, monkeypatch):
    """A file that the uploader refused stood beside the answer to the one before."""
    file = io.BytesIO()
    Image.fromarray(a_one()[..., :3]).save(file, "png")
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    assert "The answer to" not in said(app)
    uploaded = ("a *1*.png", file.getvalue(), "image/png")
    app.file_uploader("picture-file").set_value(uploaded).run()
    assert r"Answer for a \*1\*\.png:" in said(app)
    monkeypatch.setattr(paste, "pasted_picture", lambda key: file.getvalue())
    app.run()
    assert "Answer for the pasted picture:" in said(app)
    uploaded = ("x.png", b"GIF89a", "image/png")
    monkeypatch.setattr(paste, "pasted_picture", lambda key: None)
    app.file_uploader("picture-file").set_value(uploaded).run()
    assert "The answer to" not in said(app)


def test_a_picture_is_read_whatever_its_polarity(with_model, visit, drawing):
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    for mode, picture in (("png", a_one()[..., :3]), ("png", 255 - a_one()[..., :3])):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, mode)
        app.file_uploader("picture-file").set_value(("one.png", file.getvalue(), "image/png")).run()
        assert not app.error
        assert answered(app) == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", b"<svg/>"])
def test_what_is_no_picture_is_answered_with_one_sentence(with_model, visit, drawing, content):
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    app.file_uploader("picture-file").set_value(("x.png", content, "image/png")).run()
    assert not app.exception
    assert len(app.error) == 1
    assert answered(app) is None


def test_a_damaged_model_is_answered_with_one_sentence(with_model, visit, drawing):
    (with_model / "models" / "linear" / "model.onnx").write_bytes(b"no model")
    drawing["picture"] = a_one()
    app = visit("draw")
    assert len(app.error) == 1
    assert "model.onnx" in plain(app.error[0])


def a_star() -> np.ndarray:
    angles = np.radians(90 + 144 * np.arange(6))
    corners = [(168 + 110 * np.cos(a), 168 - 110 * np.sin(a)) for a in angles]
    image = Image.new("RGBA", (canvas.DIGIT.width, canvas.DIGIT.height), "#000")
    ImageDraw.Draw(image).line(corners, "#fff", 20, joint="curve")
    return np.asarray(image)


def test_what_is_no_digit_is_told_so(with_model, visit, drawing):
    drawing["picture"] = a_star()
    app = visit("draw")
    assert "does not look like a digit" in said(app)
    assert " % sure" not in said(app)


@pytest.fixture
def counted(monkeypatch) -> dict[str, int]:
    """Count how often a person's picture is decoded, and boxes are drawn on it."""
    counts = {"decoded": 0, "boxes drawn": 0}
    open_file, draw_boxes = Image.open, pictures.with_boxes

    def open_and_count(*arguments, **options):
        # Streamlit opens pictures that it shows, too, but of whatever format they have.
        counts["decoded"] += "formats" in options
        return open_file(*arguments, **options)

    def draw_and_count(*arguments):
        counts["boxes drawn"] += 1
        return draw_boxes(*arguments)

    monkeypatch.setattr(Image, "open", open_and_count)
    monkeypatch.setattr(pictures, "with_boxes", draw_and_count)
    return counts


def test_a_click_reads_no_picture_anew(with_model, visit, drawing, counted):
    """With a photograph of 12 million pixels it took half a second each time."""

    def upload(picture: np.ndarray) -> None:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "png")
        app.file_uploader("picture-file").set_value(("1.png", file.getvalue(), "image/png")).run()

    st.cache_data.clear()
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    upload(a_one()[..., :3])
    assert counted == {"decoded": 1, "boxes drawn": 1}
    for explanation in ("Steps to 28 x 28", "Smallest change"):
        app.pills(state.DRAW_WHY).set_value(explanation).run()
        assert not app.exception
        assert answered(app) == 1
    assert counted == {"decoded": 1, "boxes drawn": 1}
    upload(255 - a_one()[..., :3])
    assert counted == {"decoded": 2, "boxes drawn": 2}


def test_a_model_that_changed_reads_the_same_picture_anew(with_model, visit, drawing, monkeypatch):
    monkeypatch.setattr(cache, "gate", lambda: None)
    file = io.BytesIO()
    Image.fromarray(a_one()[..., :3]).save(file, "png")
    app = visit("draw")
    app.segmented_control("read-what").set_value("picture").run()
    app.file_uploader("picture-file").set_value(("1.png", file.getvalue(), "image/png")).run()
    assert answered(app) == 1
    always_two = np.zeros((784, 10), np.float32)
    always_two[:, 2] = 1
    write_onnx(with_model / "models" / "linear" / "model.onnx", always_two)
    app.run()
    assert answered(app) == 2
