"""Draw explains itself: each explanation empty, filled and clicked."""

import json
import sys

import numpy as np
import pytest

from core import registry
from core.explain import drawing
from core.reading import canvas_strokes, gate, ink
from core.reading.canvas_strokes import Stroke
from core.reading.reader import read
from core.studies.known_digits import Known
from tests.app.conftest import said
from tests.models import make_model
from ui import cache, canvas, state, wording

UPRIGHT = Stroke((np.array([(168.0, 60.0), (168.0, 280.0)]),), 22.0)
FLAGGED = Stroke((np.array([(100.0, 100.0), (168.0, 60.0), (168.0, 280.0)]),), 22.0)
BAR = Stroke((np.array([(110.0, 170.0), (226.0, 170.0)]),), 22.0)
VIEWS = [
    "Steps to 28 x 28",
    "Stroke by stroke",
    "Smallest change",
    "All models",
    "Similar digits",
]


@pytest.fixture
def drawn(monkeypatch):
    """Put strokes on the canvas, which is an unknown element to AppTest."""

    def draw(*strokes: Stroke, pad: canvas.Pad = canvas.DIGIT) -> None:
        objects = {"objects": [canvas_strokes.as_path(stroke) for stroke in strokes]}
        picture = canvas_strokes.drawing(strokes, pad.width, pad.height)
        here[pad.name] = canvas.Drawing(objects, picture) if strokes else None

    here: dict[str, canvas.Drawing | None] = {}
    monkeypatch.setattr(canvas, "drawing_on", lambda pad: here.get(pad.name))
    monkeypatch.setattr(
        canvas, "drawing_canvas", lambda pad, width: here.get(pad.name) and here[pad.name].picture
    )
    monkeypatch.setattr(cache, "gate", lambda: None)
    return draw


def opened(app, view: str):
    app.pills(state.DRAW_WHY).set_value(view).run()
    assert not app.exception, app.exception[0].stack_trace
    return app


def test_where_nothing_is_drawn_nothing_is_explained(with_model, visit, drawn):
    drawn()
    app = visit("draw")
    assert not app.pills
    assert "Why this answer" not in said(app)


def test_each_explanation_opens_and_only_one_is_there(with_model, visit, drawn):
    drawn(UPRIGHT, BAR)
    app = visit("draw")
    assert app.pills(state.DRAW_WHY).options == VIEWS
    pictures = {"Steps to 28 x 28": 5, "Stroke by stroke": 3, "Smallest change": 1}
    for view in VIEWS:
        app = opened(app, view)
        if view in pictures:
            assert len(app.get("image")) == 2 + pictures[view]  # two beside the answer


def test_the_steps_name_the_crop_and_what_resizing_alone_would_be_read_as(with_model, visit, drawn):
    drawn(UPRIGHT)
    words = said(opened(visit("draw"), VIEWS[0]))
    # 220 pixels of way and a pen of 22 make 242; the soft rim may add one on each side.
    assert any(f"{w} x {h} of the 336 x 336" in words for w in (22, 24) for h in (242, 244))
    assert "with resizing alone" in words


def test_one_look_for_ink_serves_the_answer_and_the_steps(with_model, visit, drawn, monkeypatch):
    """The steps used to look for the ink again, otherwise than the reader did."""
    drawn(UPRIGHT)
    app = visit("draw")
    looks = []
    of_a_sheet = ink.search
    for module in list(sys.modules.values()):
        if vars(module).get("search") is of_a_sheet:
            monkeypatch.setattr(
                module, "search", lambda picture: looks.append(picture) or of_a_sheet(picture)
            )
    opened(app, VIEWS[0])
    assert len(looks) == 1


def test_an_early_moment_of_a_drawing_is_read_as_it_was_then(with_model, visit, drawn):
    drawn(UPRIGHT, BAR)
    app = opened(visit("draw"), "Stroke by stroke")
    app.slider("draw-moment").set_value(20).run()
    assert "Read as **1**" in said(app)
    assert "without stroke 2" in said(app)


def test_one_stroke_alone_has_no_worth_of_its_own(with_model, visit, drawn):
    drawn(UPRIGHT)
    assert "nothing to read" in said(opened(visit("draw"), "Stroke by stroke"))


def test_a_change_can_be_looked_for_and_put_on_the_canvas(with_model, visit, drawn, monkeypatch):
    drawn(FLAGGED)
    put = []
    monkeypatch.setattr(canvas, "put", lambda pad, strokes: put.append((pad, strokes)))
    app = opened(visit("draw"), "Smallest change")
    assert "of the 784 pixels" in said(app)
    app.button("put-change").click().run()
    assert not app.exception
    ((pad, strokes),) = put
    assert pad == canvas.DIGIT
    painted = canvas_strokes.drawing(canvas_strokes.strokes(strokes), pad.width, pad.height)
    target = app.segmented_control[1].value
    predictor = registry.find("linear").predictor()
    assert read(painted, predictor).text == str(target)


def test_a_change_that_does_not_hold_on_the_canvas_leaves_it_as_it_was(
    with_model, visit, drawn, monkeypatch
):
    drawn(UPRIGHT)
    monkeypatch.setattr(drawing, "changed", lambda *_: drawing.Changed([], "?", False))
    monkeypatch.setattr(canvas, "put", lambda *_: pytest.fail("it was put there"))
    app = opened(visit("draw"), "Smallest change")
    app.button("put-change").click().run()
    assert "is read as ?, not as" in said(app)


def test_what_came_of_a_change_is_said_until_the_drawing_changes(
    with_model, visit, drawn, monkeypatch
):
    """The canvas answers with a run of its own, after which the sentence used to be gone."""
    drawn(UPRIGHT)
    monkeypatch.setattr(
        drawing, "changed", lambda *_: drawing.Changed([UPRIGHT, BAR], "7", True, as_line=True)
    )
    monkeypatch.setattr(
        canvas, "put", lambda pad, strokes: drawn(*canvas_strokes.strokes(strokes), pad=pad)
    )
    app = opened(visit("draw"), "Smallest change")
    app.button("put-change").click().run()
    for _ in range(2):
        assert "the shortest line found was drawn" in said(app)
        app.run()
    drawn(BAR, UPRIGHT)
    app.run()
    assert "the shortest line found" not in said(app)


def test_what_is_refused_is_explained_as_refused(with_model, visit, drawn, monkeypatch):
    """Explanations of a "?" used to say what it was read as, and to offer a change of it."""
    monkeypatch.setattr(cache, "gate", lambda: lambda images: np.full(len(images), 0.01))
    drawn(UPRIGHT)
    app = visit("draw")
    for view in VIEWS[:3]:
        words = said(opened(app, view))
        assert "refused as not a digit" in words
        assert "classifier alone" in words
        assert "Read as" not in words
        assert "it answer" not in words
    assert "put-change" not in [button.key for button in app.button]


def test_the_last_moment_is_read_as_the_page_reads_it(with_model, visit, drawn, monkeypatch):
    """The browser paints strokes a little otherwise than the replay: here, much bolder."""
    drawn(UPRIGHT, BAR)
    bold = [stroke._replace(width=40.0) for stroke in (UPRIGHT, BAR)]
    seen = canvas_strokes.drawing(bold, canvas.DIGIT.width, canvas.DIGIT.height)
    monkeypatch.setattr(canvas, "drawing_canvas", lambda pad, width: seen)
    (digit,) = read(seen, registry.find("linear").predictor()).digits
    words = said(opened(visit("draw"), "Stroke by stroke"))
    assert f"Read as **{digit.digit}**, {wording.sure(float(digit.probabilities.max()))}" in words


def test_every_model_has_a_row_and_the_one_in_use_comes_first(with_model, visit, drawn):
    make_model(with_model / "models" / "another")
    (with_model / "active-model.txt").write_text("linear")
    drawn(UPRIGHT)
    (table,) = opened(visit("draw"), "All models").dataframe
    assert table.value["model"].tolist() == ["linear (in use)", "another"]
    assert table.value["answer"].tolist() == ["1", "1"]


def test_a_damaged_model_among_them_is_a_row_of_its_own(with_model, visit, drawn):
    make_model(with_model / "models" / "broken")
    (with_model / "models" / "broken" / "model.onnx").write_bytes(b"no model")
    (with_model / "active-model.txt").write_text("linear")
    drawn(UPRIGHT)
    (table,) = opened(visit("draw"), "All models").dataframe
    assert table.value["verdict"].tolist() == ["a digit", "cannot be read"]


def test_what_is_refused_leads_to_the_reason_with_the_nearest_digits(
    with_model, visit, drawn, monkeypatch
):
    monkeypatch.setattr(cache, "gate", lambda: lambda images: np.full(len(images), 0.01))
    drawn(UPRIGHT, BAR)
    app = visit("draw")
    app.button("see-why").click().run()
    words = said(app)
    assert "trained to tell digits from other marks" in words
    assert f"Below {100 * gate.REFUSE_BELOW:.1f} %" in words
    assert len(app.get("image")) == 2
    assert words.count("A known digit, labelled") == 8


def test_a_number_is_explained_by_the_digit_that_is_chosen(with_model, visit, drawn):
    ones = [Stroke((np.array([(x, 40.0), (x, 200.0)]),), 14.0) for x in (100.0, 300.0, 500.0)]
    drawn(*ones, pad=canvas.NUMBER)
    app = visit("draw")
    app.segmented_control("read-what").set_value("number").run()
    app = opened(app, "Stroke by stroke")
    assert "has only one stroke" in said(app)


def test_of_a_number_the_digit_alone_is_only_resized(with_model, visit, drawn):
    """What the whole number squeezed into one field would be read as, says nothing of a digit."""
    ones = [Stroke((np.array([(x, 40.0), (x, 200.0)]),), 14.0) for x in (100.0, 300.0, 500.0)]
    drawn(*ones, pad=canvas.NUMBER)
    app = visit("draw")
    app.segmented_control("read-what").set_value("number").run()
    words = said(opened(app, "Steps to 28 x 28"))
    assert "This digit's part of the picture resized to 28 x 28 at once" in words
    assert "The whole canvas" not in words


def test_the_sample_is_explained_where_its_digits_are_shown(with_model, visit, drawn, monkeypatch):
    embeddings = np.zeros((8, 784), np.float32)
    few = Known(np.zeros((8, 28, 28), np.uint8), np.zeros(8, np.uint8), embeddings)
    monkeypatch.setattr(cache, "known_digits", lambda model: few)
    drawn(UPRIGHT)
    assert "1,797 scanned digits" in said(opened(visit("draw"), "Similar digits"))


def reported(paper: str, *strokes: Stroke) -> canvas.Drawing:
    """Return what the component reports of strokes on such a paper."""
    objects = [canvas_strokes.as_path(stroke) for stroke in strokes]
    said = json.loads(json.dumps({"objects": objects, "background": paper}))
    return canvas.Drawing(said, np.zeros((2, 2)))


def test_the_same_stroke_drawn_again_after_clear_is_taken():
    """It counted as a repetition of what had been cleared, and was never answered."""
    sheet = canvas._Sheet()
    sheet.take(reported(sheet.paper, UPRIGHT))
    sheet.show(None, canvas.DIGIT)
    sheet.take(reported(sheet.paper))  # the component has cleared its canvas
    assert sheet.current is None
    sheet.take(reported(sheet.paper, UPRIGHT))
    assert len(sheet.strokes["objects"]) == 1


def test_canvas_changes_can_be_undone_and_redone():
    """Until the browser answers a change, what it repeats of before counts no more."""
    sheet, pad = canvas._Sheet(), canvas.DIGIT
    before = sheet.paper
    sheet.take(reported(before, UPRIGHT))
    sheet.take(reported(before, UPRIGHT, BAR))
    sheet.take(reported(before, UPRIGHT, BAR))  # says it again: nothing new to undo
    assert len(sheet.past) == 2
    sheet.future.append(sheet.strokes)
    sheet.show(sheet.past.pop(), pad)  # as undo does
    sheet.take(reported(before, UPRIGHT, BAR))  # not answered yet
    assert len(sheet.strokes["objects"]) == 1
    sheet.take(reported(sheet.paper, UPRIGHT))  # answered
    sheet.take(reported(sheet.paper, UPRIGHT, UPRIGHT))  # a new stroke: no redo any more
    assert len(sheet.strokes["objects"]) == 2
    assert sheet.future == []
    assert len(sheet.past) == 2
