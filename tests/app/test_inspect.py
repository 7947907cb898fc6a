"""Inspect: from the figure to the images, and honest where something is missing."""

import numpy as np
import pytest

from core import registry
from core.cards import read_card
from core.recipes.shipped import RECIPES
from core.runs import notes, store
from core.studies.results import STUDIES
from tests.app.conftest import plain, said
from tests.models import finished_run, make_model
from ui import study
from ui.inspect import model_choice


@pytest.fixture
def card(with_model):
    return read_card(with_model / "models" / "linear" / "card.json")


def captions(app) -> list[str]:
    return [plain(caption) for caption in app.caption]


def test_without_a_model_it_leads_to_training(fresh, visit):
    assert "Train one first" in said(visit("inspect"))


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
    assert "Misread digits" in said(app)


def test_without_the_pictures_the_numbers_stay(with_model, visit, monkeypatch):
    """A shipped model on a machine without its test images."""
    from core.errors import DigitLabError
    from ui import cache

    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr(cache, "load_test", gone)
    app = visit("inspect")
    assert app.metric
    assert "Put it back to see the images" in said(app)


def test_a_name_that_is_gone_is_said_so(with_model, visit):
    assert r"The model \'old\' no longer exists" in said(visit("inspect", model="old"))


def test_another_model_in_use_is_said_and_leads_there(with_model, visit):
    """Changing the model in use in the sidebar seemed to do nothing."""
    make_model(with_model / "models" / "other")
    registry.set_active("linear")
    app = visit("inspect", model="linear", cell="4-9", image="3")
    assert "You are inspecting" not in said(app)
    app.sidebar.selectbox("model").set_value("other").run()
    assert app.query_params["model"] == "linear"  # an address stays what it is
    assert "You are inspecting linear. The model in use is other." in captions(app)
    next(button for button in app.button if button.label == "Inspect other").click().run()
    assert app.query_params == {"model": "other"}
    assert "You are inspecting" not in said(app)


def test_a_run_is_called_as_people_know_it_beside_the_model_in_use(with_model, visit):
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    app = visit("inspect", model=run.id)
    choice = model_choice.known()[run.id]
    called = model_choice.called(choice)
    assert called == "run sprint, just now"
    assert f"You are inspecting {called}. The model in use is linear." in captions(app)
    notes.change(run.id, name="the *blue* one")
    app = visit("inspect", model=run.id)
    assert model_choice.title(choice).startswith("run the *blue* one, just now · ")
    assert (
        "You are inspecting run the *blue* one, just now. The model in use is linear."
        in captions(app)
    )


def test_the_way_back_leads_to_the_model_of_before(with_model, visit):
    """The box kept what was chosen, and turned the address that came back into that again."""
    make_model(with_model / "models" / "other")
    app = visit("inspect", model="linear")
    app.selectbox("inspected-linear").set_value("other").run()
    assert app.query_params == {"model": "other"}
    app.query_params["model"] = "linear"
    app.run()
    assert app.query_params == {"model": "linear"}
    assert app.selectbox("inspected-linear").value == "linear"


def test_an_address_stays_bare_until_something_is_opened(with_model, visit):
    """The page named the model in the address by itself: one step back led to where one was."""
    make_model(with_model / "models" / "other")
    registry.set_active("linear")
    app = visit("inspect")
    assert app.query_params == {}
    app.pills("view-mistakes").set_value("certainty").run()
    assert app.query_params == {"model": "linear", "view": "certainty"}
    app.query_params.clear()
    app.run()
    assert app.pills("view-mistakes").value == "mistakes"
    app.selectbox("inspected-linear").set_value("other").run()
    assert app.query_params == {"model": "other"}


def test_a_bare_address_is_of_the_model_in_use(with_model, visit):
    make_model(with_model / "models" / "other")
    registry.set_active("linear")
    app = visit("inspect")
    app.sidebar.selectbox("model").set_value("other").run()
    assert app.selectbox("inspected-other").value == "other"
    assert "You are inspecting" not in said(app)


def test_the_folder_of_runs_is_read_as_often_whatever_their_number(with_model, visit, monkeypatch):
    """For the name of every run the whole folder was listed: 800 ms a look with 300 runs."""
    looks = []
    run_ids = store.run_ids
    monkeypatch.setattr(store, "run_ids", lambda: looks.append(1) or run_ids())

    def looked_with_runs_more(count):
        for _ in range(count):
            finished_run(RECIPES["sprint"].config_for("sample"))
        looks.clear()
        visit("inspect", view="duel")
        return len(looks)

    assert looked_with_runs_more(1) == looked_with_runs_more(3)


def test_no_name_in_an_address_is_a_picture(with_model, visit):
    shown = said(visit("inspect", model="![x](http://x.y/z)"))
    assert "no longer exists" in shown
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


@pytest.mark.parametrize(
    ("content", "query"),
    [
        (b"nonsense", {"image": "3"}),
        (b"nonsense", {"view": "robustness"}),
        (b"nonsense", {"view": "inside"}),
        (None, {"image": "3"}),
        (None, {"view": "robustness"}),
        (None, {"view": "inside"}),
        (None, {"view": "map"}),
        (None, {"view": "mistakes"}),
    ],
)
def test_a_model_whose_file_is_damaged_or_gone_is_one_sentence(fresh, visit, content, query):
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    if content is None:
        (run.folder / store.ONNX_MODEL).unlink()
    else:
        (run.folder / store.ONNX_MODEL).write_bytes(content)
    app = visit("inspect", model=run.id, **query)
    assert len(app.error) == (query != {"view": "mistakes"})  # answers are kept beside the model


def test_a_model_that_goes_while_a_study_is_awaited_is_left_to_the_page(with_model, monkeypatch):
    """What looks twice a second has no page around it to say so."""
    (with_model / "models" / "linear" / store.ONNX_MODEL).rename(with_model / "gone.onnx")
    model = registry.Model("linear", with_model / "models" / "linear" / store.ONNX_MODEL)

    def rerun():
        raise StopIteration

    monkeypatch.setattr(study.st, "rerun", rerun)
    with pytest.raises(StopIteration):
        study._waiting(model, STUDIES["map"], "Draw the map", "A minute.", None, True)
