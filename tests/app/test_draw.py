"""Draw: an invitation, an answer, a clear sentence for what is no picture."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.app.conftest import said
from ui import canvas


@pytest.fixture
def drawing(monkeypatch):
    """Put a picture on the canvas, which is an unknown element to AppTest."""
    here = {"picture": None}
    monkeypatch.setattr(canvas, "drawing_canvas", lambda width: here["picture"])
    return here


def a_one() -> np.ndarray:
    image = Image.new("RGBA", (canvas.SIDE, canvas.SIDE), "#000")
    ImageDraw.Draw(image).line((168, 60, 168, 280), fill="#fff", width=22)
    return np.asarray(image)


def answered(app) -> int | None:
    """Return the digit whose bar is the longest; ``None`` where no bar is to be seen."""
    charts = app.get("plotly_chart")
    bars = json.loads(charts[0].proto.spec)["data"][0] if charts else {}
    if "text" not in bars:
        return None
    return max(range(10), key=lambda digit: float(bars["text"][digit].strip("<> %")))


def test_without_a_model_it_leads_to_training(fresh, visit):
    assert "as soon as one is trained" in said(visit("draw"))


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
    assert len(app.get("image")) == 1


def test_a_picture_is_read_whatever_its_polarity(with_model, visit, drawing):
    app = visit("draw")
    app.segmented_control("read-what").set_value("a picture").run()
    for mode, picture in (("png", a_one()[..., :3]), ("png", 255 - a_one()[..., :3])):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, mode)
        app.file_uploader("picture-file").set_value(("one.png", file.getvalue(), "image/png")).run()
        assert not app.error
        assert answered(app) == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", b"<svg/>"])
def test_what_is_no_picture_is_answered_with_one_sentence(with_model, visit, drawing, content):
    app = visit("draw")
    app.segmented_control("read-what").set_value("a picture").run()
    app.file_uploader("picture-file").set_value(("x.png", content, "image/png")).run()
    assert not app.exception
    assert len(app.error) == 1
    assert answered(app) is None


def test_a_damaged_model_is_answered_with_one_sentence(with_model, visit, drawing):
    (with_model / "models" / "linear" / "model.onnx").write_bytes(b"no model")
    drawing["picture"] = a_one()
    app = visit("draw")
    assert len(app.error) == 1
    assert "model.onnx" in app.error[0].value
