"""Corrections on Draw: an answer is corrected, listed, changed, and taught."""

import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core import registry
from core.launch import cost, finetune
from core.people import corrections
from core.runs import contract, own_digits, store
from tests.app.conftest import said, told
from tests.models import make_model
from ui import canvas, wording
from ui.draw import fine_tuning


@pytest.fixture
def corrected(with_model):
    """Keep three digits that were read wrongly; returns them, the newest first."""
    rng = np.random.default_rng(0)
    for label in (4, 7, 2):
        corrections.keep(rng.random((28, 28), np.float32), label, 9, 0.5, "linear")
    return corrections.everything()


@pytest.fixture
def a_drawn_one(monkeypatch):
    """Put a one on the canvas, which is an unknown element to AppTest."""
    image = Image.new("RGBA", (canvas.DIGIT.width, canvas.DIGIT.height), "#000")
    ImageDraw.Draw(image).line((168, 60, 168, 280), fill="#fff", width=22)
    kept = canvas.Drawing({"objects": []}, np.asarray(image))
    monkeypatch.setattr(canvas, "drawing_canvas", lambda pad, width: kept.picture)
    monkeypatch.setattr(canvas, "drawing_on", lambda pad: kept)


def my_digits(visit):
    app = visit("draw")
    app.segmented_control("read-what").set_value("my-digits").run()
    assert not app.exception
    return app


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def test_without_a_correction_it_says_how_to_make_one(with_model, visit):
    app = my_digits(visit)
    assert "choose the right digit below it" in said(app)
    assert not [button for button in app.button if button.label.startswith("Teach a copy")]


def test_a_lesson_says_how_long_it_takes_itself(corrected, visit):
    """It said a minute where the run that it starts said an hour."""
    config = finetune.configuration(registry.find("linear"), len(corrected))
    lesson = cost.estimate(config, [])
    app = my_digits(visit)
    assert wording.about(lesson.seconds) in said(app).lower()
    longer = config.model_copy(update={"epochs": 20 * config.epochs})
    assert cost.estimate(longer, []).seconds > 2 * lesson.seconds


def test_an_answer_is_corrected_kept_and_taken_back(with_model, visit, a_drawn_one):
    app = visit("draw")
    app.pills("correct-to").set_value(7).run()
    (kept,) = corrections.everything()
    assert (kept.label, kept.answer, kept.model) == (7, 1, "linear")
    assert kept.image.any()
    assert "Saved in *My digits* as a **7**." in said(app)
    # Another answer to the same drawing is a change of mind, no second digit.
    app.pills("correct-to").set_value(2).run()
    assert [one.label for one in corrections.everything()] == [2]
    press(app, "Undo the correction")
    assert corrections.everything() == []
    assert "Saved in" not in said(app)


def test_what_becomes_of_a_kept_digit_elsewhere_is_told_below_its_drawing(
    with_model, visit, a_drawn_one
):
    """It went on to be called kept, as what it was at first, and was refused from then on."""
    app = visit("draw")
    app.pills("correct-to").set_value(7).run()
    (kept,) = corrections.everything()
    corrections.relabel(kept.id, 3)
    app.run()
    assert "Saved in *My digits* as a **3**." in said(app)
    app.segmented_control("read-what").set_value("my-digits").run()
    press(app, "Change")
    press(app, "Remove")
    app.segmented_control("read-what").set_value("digit").run()
    assert "Saved in" not in said(app)
    app.pills("correct-to").set_value(7).run()
    assert told(app) == []
    assert [one.label for one in corrections.everything()] == [7]
    assert "Saved in *My digits* as a **7**." in said(app)


def test_a_digit_that_was_read_right_is_not_kept_as_if_corrected(with_model, visit, a_drawn_one):
    app = visit("draw")
    app.pills("correct-to").set_value(1).run()
    assert "Saved in *My digits* as a **1**, as it was read." in said(app)


def test_digits_are_listed_changed_removed_and_put_back(corrected, visit):
    app = my_digits(visit)
    assert "You corrected **3 digits**." in said(app)
    assert [f"{one.label}, read as" in said(app) for one in corrected] == [True] * 3
    app.button(f"change-{corrected[1].id}").click().run()
    app.pills(f"label-of-{corrected[1].id}").set_value(5).run()
    assert [one.label for one in corrections.everything()] == [2, 5, 4]
    press(app, "Remove")
    assert [one.label for one in corrections.everything()] == [2, 4]
    press(app, "Restore it")
    assert [one.label for one in corrections.everything()] == [2, 5, 4]


def test_what_went_from_another_tab_is_one_sentence(corrected, visit):
    app = my_digits(visit)
    app.button(f"change-{corrected[0].id}").click().run()
    corrections.remove(corrected[0].id)
    press(app, "Remove")
    assert told(app) == ["This digit is no longer among your corrections: reload the list."]


@pytest.fixture
def taught(corrected, with_model):
    """Make a run whose model is the linear one once more, as if it had been taught."""
    return a_copy_of("linear")


def a_copy_of(name):
    config = finetune.configuration(registry.find(name), 3)
    run = store.create(config)
    make_model(run.folder, run=run.id)
    own_digits.keep(run.folder)
    status = contract.Status(state=contract.State.FINISHED)
    (run.folder / contract.STATUS).write_text(status.model_dump_json())
    return store.read(run.id)


def test_what_a_lesson_was_worth_is_told_and_the_copy_adopted(taught, visit):
    app = my_digits(visit)
    assert "Before and after" in said(app)
    assert "which may well be chance" in said(app)  # the same model: nothing lost, nothing gained
    press(app, "Use this model")
    assert app.sidebar.selectbox("model").value == "linear-mine"
    assert registry.active().name == "linear"  # of new visitors
    assert "saved as **linear-mine**" in said(app)


def test_a_double_click_adopts_a_copy_once(taught, visit, clicked_twice):
    """The second click kept it once more, as linear-mine-2, and used that."""
    clicked_twice("adopt")
    app = my_digits(visit)
    press(app, "Use this model")
    assert [model.name for model in registry.list_models()] == ["linear", "linear-mine"]
    assert app.sidebar.selectbox("model").value == "linear-mine"


def test_a_copy_of_a_long_name_keeps_as_much_of_it_as_there_is_room_for(
    corrected, with_model, visit
):
    name = "n" * 40
    shutil.copytree(with_model / "models" / "linear", with_model / "models" / name)
    registry.set_active(name)
    a_copy_of(name)
    app = my_digits(visit)
    press(app, "Use this model")
    adopted = app.sidebar.selectbox("model").value
    assert told(app) == [f"'{adopted}' is now the model in use."]
    assert adopted.startswith("n" * 31)
    assert adopted != name


def test_a_copy_is_thrown_away(taught, visit):
    app = my_digits(visit)
    press(app, "Delete the copy")
    assert store.list_runs() == []
    assert "Before and after" not in said(app)


def comparison(**changed):
    base = registry.list_models()[0].card.test
    facts = dict(
        trained_on=(2, 9, 10),
        held_back=(0, 0, 0),
        before=base,
        after=base,
        lost=3,
        gained=4,
        p_value=1,
    )
    return finetune.Comparison(**facts | changed)


def test_a_lesson_that_failed_is_not_told_as_one_that_was_learned():
    words = fine_tuning.in_words(comparison(trained_on=(0, 0, 1)))
    assert (
        "Of the 1 digit used for fine-tuning, the copy reads 0 correctly; before, it was 0."
        in words
    )
    assert "no more than before." in words
    assert "does not tell yet" not in words
    assert "Of the 4 digits" in fine_tuning.in_words(comparison(trained_on=(3, 2, 4)))


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        (dict(trained_on=(0, 0, 1)), "secondary"),
        (dict(trained_on=(2, 9, 10)), "primary"),
        (dict(trained_on=(2, 9, 10), held_back=(3, 3, 6)), "secondary"),
        (dict(trained_on=(2, 2, 10), held_back=(3, 4, 6)), "primary"),
    ],
)
def test_a_copy_is_recommended_only_where_something_was_gained(
    taught, visit, monkeypatch, counts, kind
):
    monkeypatch.setattr(finetune, "compare", lambda run, before: comparison(**counts))
    adopt = my_digits(visit).button("adopt")
    assert adopt.proto.type == kind


def test_what_was_trained_on_is_not_sold_as_a_result():
    assert "does not tell yet how well it will read your next ones" in fine_tuning.in_words(
        comparison()
    )
    held_back = fine_tuning.in_words(comparison(held_back=(2, 5, 6)))
    assert "**not** used for fine-tuning, the copy reads 5 correctly; before, it was 2" in held_back


def test_forgetting_is_named():
    worse = fine_tuning.in_words(comparison(lost=40, gained=4, p_value=0.0001))
    assert "has become worse: 40 digits lost" in worse


def test_a_digit_that_cannot_be_put_back_can_be_once_it_can(corrected, with_model, visit):
    """It was offered once, and gone where that failed."""
    app = my_digits(visit)
    app.button(f"change-{corrected[0].id}").click().run()
    press(app, "Remove")
    folder, aside = with_model / "corrections", with_model / "aside"
    folder.rename(aside)
    folder.write_text("a file stands there")
    press(app, "Restore it")
    assert "The digit cannot be kept" in told(app)[0]
    folder.unlink()
    aside.rename(folder)
    press(app, "Restore it")
    assert corrections.everything() == corrected
