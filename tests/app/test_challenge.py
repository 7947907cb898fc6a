"""The game on Draw: started, played, ended; a name is never HTML."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.people import challenge
from tests.app.conftest import plain, said
from tests.models import make_model
from ui import cache, canvas, state


@pytest.fixture
def drawing(monkeypatch):
    """Put a picture on the canvas of the game, which is an unknown element to AppTest."""
    here = {"picture": None}
    monkeypatch.setattr(canvas, "drawing_canvas", lambda pad, width: here["picture"])
    # Taken digits are wiped off.
    monkeypatch.setattr(canvas, "reset", lambda pad: here.update(picture=None))
    monkeypatch.setattr(cache, "gate", lambda: None)
    return here


def a_one() -> np.ndarray:
    image = Image.new("RGBA", (canvas.GAME.width, canvas.GAME.height), "#000")
    ImageDraw.Draw(image).line((168, 60, 168, 280), fill="#fff", width=22)
    return np.asarray(image)


def the_game(visit):
    app = visit("draw")
    app.segmented_control("read-what").set_value("game").run()
    return app


def press(app, label: str) -> None:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception, app.exception[0].stack_trace


def test_before_the_first_round_it_says_how_it_goes(with_model, visit, drawing):
    app = the_game(visit)
    assert "The game asks for ten digits" in said(app)
    assert "Nobody has finished a round yet" in said(app)


def test_a_digit_is_taken_when_it_is_read_as_asked_for_and_not_before(
    with_model, visit, drawing, monkeypatch
):
    monkeypatch.setattr(challenge.random, "sample", lambda among, k: [7, 1, *[0] * 8])
    app = the_game(visit)
    press(app, "Start")
    assert "Draw a 7" in said(app)
    drawing["picture"] = a_one()
    app.run()
    assert "So far it is read as 1" in said(app)
    assert challenge.log() == []
    press(app, "Skip")
    drawing["picture"] = a_one()
    app.run()
    assert "Draw a 0" in said(app)
    assert "The 1 was recognised after" in said(app)
    assert [(one.asked, one.answer) for one in challenge.log()] == [(7, None), (1, 1)]


def test_marks_apart_are_told_and_what_is_wiped_leaves_the_task_alone(
    with_model, visit, drawing, monkeypatch
):
    """Two marks used to get no word, and after Clear the digit before was spoken of again."""
    monkeypatch.setattr(challenge.random, "sample", lambda among, k: [7, 0, *[0] * 8])
    monkeypatch.setattr(canvas, "clear", canvas.reset)
    app = the_game(visit)
    press(app, "Start")
    press(app, "Skip")
    assert "The 7 was not recognised" in said(app)
    two = Image.new("RGBA", (canvas.GAME.width, canvas.GAME.height), "#000")
    for x in (60, 270):
        ImageDraw.Draw(two).line((x, 60, x, 280), fill="#fff", width=22)
    drawing["picture"] = np.asarray(two)
    app.run()
    assert "The clock is running" in app.get("progress")[0].proto.text
    assert "The drawing has 2 separate parts. Draw one digit" in said(app)
    press(app, "Clear")
    assert "The 7 was not recognised" not in said(app)
    assert "Each digit counts as soon as" in said(app)
    press(app, "Skip")
    assert "The 0 was not recognised" in said(app)


def test_one_point_is_a_point(with_model, visit, drawing, monkeypatch):
    monkeypatch.setattr(challenge.random, "sample", lambda among, k: [1, *[0] * 9])
    monkeypatch.setattr(challenge, "points", lambda right, *_: int(right))
    app = the_game(visit)
    press(app, "Start")
    drawing["picture"] = a_one()
    app.run()
    assert "**1 point**, just about" in said(app)
    for _ in range(challenge.DIGITS - 1):
        press(app, "Skip")
    assert "1: 1 point\n" in said(app)
    assert "1 points" not in said(app)


def test_a_round_ends_with_its_points_and_a_name_is_never_html(with_model, visit, drawing):
    app = the_game(visit)
    app.text_input("player").set_value("<b>*A*</b>").run()
    press(app, "Start")
    for _ in range(challenge.DIGITS):
        press(app, "Skip")
    words = said(app)
    assert "0 points" in words
    assert "<b>" not in words
    (table,) = app.dataframe
    assert table.value["player"].tolist() == ["<b>*A*</b>"]
    press(app, "Delete the log now")
    assert challenge.log() == []
    press(app, "Play again")
    assert app.session_state[state.CHALLENGE].digit is not None


def test_a_log_that_cannot_be_written_is_told_and_the_game_goes_on(with_model, visit, drawing):
    (with_model / "challenge").write_text("a file stands there")
    app = the_game(visit)
    press(app, "Start")
    for _ in range(challenge.DIGITS):
        press(app, "Skip")
    assert "DIGIT_LAB_HOME" in plain(app.error[0])


def test_a_round_is_read_by_the_model_that_it_names(with_model, visit, drawing):
    """With another model chosen amid a round, digits were logged as the first one's."""
    make_model(with_model / "models" / "other")
    app = the_game(visit)
    press(app, "Start")
    press(app, "Skip")
    ended = "The round ended because another model was chosen."
    assert ended not in said(app)
    app.selectbox("model").set_value("other").run()
    assert "The game asks for ten digits" in said(app)
    assert ended in said(app)
    app.run()
    assert ended not in said(app)
    press(app, "Start")
    for _ in range(challenge.DIGITS):
        press(app, "Skip")
    assert [one.model for one in challenge.log()] == ["linear", *["other"] * challenge.DIGITS]
    app.selectbox("model").set_value("linear").run()
    assert "0 of 10 digits recognised" in said(app)  # what was reached stays to be looked at
