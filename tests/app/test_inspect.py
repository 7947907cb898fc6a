"""Inspect: from the figure to the images, and honest where something is missing."""

import numpy as np
import pytest

from core import registry
from core.cards import StrokeFacts, read_card
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.studies.results import STUDIES
from tests.app.conftest import captions, pictured, plain, said
from tests.models import finished_run, make_model
from ui import study
from ui.inspect import model_choice, views


@pytest.fixture
def card(with_model):
    return read_card(with_model / "models" / "linear" / "card.json")


def labels_of(app) -> list[str]:
    return [plain(button.label) for button in app.button]


def test_without_a_model_it_leads_to_training(fresh, visit):
    assert "Train one first" in said(visit("inspect"))


def test_the_headline_is_the_cards(card, visit):
    app = visit("inspect")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["How often it is right (accuracy)"] == f"{100 * card.test.accuracy:.2f} %"
    assert figures["Mistakes"] == f"{card.test.n - card.test.correct} of {card.test.n}"
    low, high = card.test.interval
    assert figures["95 % interval"] == f"{100 * low:.2f}–{100 * high:.2f} %"
    assert "not on MNIST" in said(app)


def test_the_page_says_whose_pens_it_learned_from(card, with_model, visit):
    def of(name, drawings, writers):
        facts = {"name": name, "digest": "5a" * 32, "about": "", "held_back": 1}
        return StrokeFacts(**facts, drawings=drawings, writers=writers)

    data = card.data.model_copy(update={"strokes": [of("a", 900, 50), of("b", 1_100, 4)]})
    file = with_model / "models" / "linear" / "card.json"
    assert "wrote with a pen" not in said(visit("inspect"))
    file.write_text(card.model_copy(update={"data": data}).model_dump_json(), encoding="utf-8")
    told = said(visit("inspect"))
    assert "It also learned from 2,000 digits that 54 people wrote with a pen." in told


def test_the_page_says_its_accuracy_once(card, visit):
    """It said it four times: in the choice of model, as a figure, as a count and in the sidebar."""
    app = visit("inspect")
    accuracy = f"{100 * card.test.accuracy:.2f} %"
    assert [metric.value for metric in app.metric].count(accuracy) == 1
    assert not any(accuracy in option for option in app.selectbox("inspected-linear").options)
    assert f"{card.test.correct:,} of {card.test.n:,}" not in said(app)


def test_the_gallery_shows_all_mistakes_worst_first(card, visit):
    app = visit("inspect")
    assert f"{card.test.n - card.test.correct} images" in said(app)
    model = registry.find("linear")
    labels, probabilities = model.predictions()
    answers = probabilities.argmax(axis=1)
    sure = np.where(answers == labels, -1, probabilities.max(axis=1))
    worst = int(sure.argmax())
    first = captions(app)[0]
    assert first.startswith(f"{labels[worst]}, read as :orange[**{answers[worst]}**]")


def test_mistakes_of_one_digit(card, visit):
    app = visit("inspect", label="3")
    wrong = sum(card.test.confusion[3]) - card.test.confusion[3][3]
    assert f"{wrong} image" in said(app)
    assert "Misread 3s" in said(app)
    assert all(caption.startswith("3, read as") for caption in captions(app))
    next(button for button in app.button if button.label == "All mistakes").click().run()
    assert "label" not in app.query_params


def test_a_bar_of_each_digit_opens_its_mistakes(card, visit):
    """By digit was a bare table."""
    app = visit("inspect", view="digits")
    missed = [sum(row) - row[digit] for digit, row in enumerate(card.test.confusion)]
    words = "".join(element.proto.body for element in app.get("html"))
    for digit, n in enumerate(missed):
        assert f"<b>{digit}</b>" in words
        assert f"({n} of {sum(card.test.confusion[digit]):,})" in words
    assert len(pictured(app)) == np.count_nonzero(missed)
    worst = int(np.argmax(missed))
    next(one for one in pictured(app) if one.key.endswith(f"-of-{worst}")).click().run()
    assert app.query_params["view"] == "mistakes"
    assert f"Misread {worst}s" in said(app)
    assert f"{missed[worst]} image" in said(app)


def test_a_model_without_mistakes_says_what_would_be_here(with_model, visit):
    """There was an empty place below "0 images"."""
    folder = make_model(with_model / "models" / "perfect")
    card = read_card(folder / "card.json")
    counts = np.diag(np.sum(card.test.confusion, axis=1)).tolist()
    test = card.test.model_copy(
        update={"confusion": counts, "correct": card.test.n, "accuracy": 1.0}
    )
    (folder / "card.json").write_text(card.model_copy(update={"test": test}).model_dump_json())
    labels, _ = registry.find("perfect").predictions()
    np.savez(folder / "predictions.npz", labels=labels, probabilities=np.eye(10)[labels])
    app = visit("inspect", model="perfect")
    assert "misreads would be shown here" in said(app)
    assert "There is no mistake" in said(app)
    assert not visit("inspect", model="perfect", view="digits").exception


def test_every_view_has_one_group_and_its_own_link(with_model, visit):
    """Ten pills took two rows."""
    app = visit("inspect")
    assert app.segmented_control("group-mistakes").options == ["Mistakes", "Trust", "Inside"]
    for group, found in views.GROUPS.items():
        assert len(found) <= 4
        for view in found:
            app = visit("inspect", view=view)
            assert app.segmented_control(f"group-{view}").value == group
            assert app.pills(f"view-{view}").value == view
            assert app.pills(f"view-{view}").options == [title for title, _ in found.values()]
    app.segmented_control("group-take").set_value("Trust").run()
    assert app.pills("view-certainty").value == "certainty"


def test_a_chosen_cell_shows_its_images_and_leads_back(card, visit):
    label, answer = divmod(int(np.argmax(np.array(card.test.confusion) * (1 - np.eye(10)))), 10)
    app = visit("inspect")
    app.query_params["cell"] = f"{label}-{answer}"
    app.run()
    assert f"{label} read as {answer}" in said(app)
    assert f"{card.test.confusion[label][answer]} image" in said(app)
    next(button for button in app.button if button.label == "All mistakes").click().run()
    assert "Misread digits" in said(app)


def test_without_the_pictures_the_numbers_stay(with_model, visit, monkeypatch):
    """A shipped model on a machine without its test images."""
    from core.errors import DigitLabError

    def gone(source):
        raise DigitLabError("not here")

    monkeypatch.setattr("core.registry.load_test", gone)
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
    assert "Inspect linear, the model in use" not in labels_of(app)
    app.sidebar.selectbox("model").set_value("other").run()
    assert app.query_params["model"] == "linear"  # an address stays what it is
    there = labels_of(app).index("Inspect other, the model in use")
    app.button[there].click().run()
    assert app.query_params == {"model": "other"}
    assert not [label for label in labels_of(app) if "the model in use" in label]


def test_a_run_is_called_as_people_know_it_beside_the_model_in_use(with_model, visit):
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    app = visit("inspect", model=run.id)
    choice = model_choice.known()[run.id]
    called = model_choice.called(choice)
    assert called == "run sprint, just now"
    assert f"{called} · sample" in app.selectbox(f"inspected-{run.id}").options
    assert "Inspect linear, the model in use" in labels_of(app)
    notes.change(run.id, name="the *blue* one")
    app = visit("inspect", model=run.id)
    assert model_choice.title(choice).startswith("run the *blue* one, just now · ")
    shown = app.selectbox(f"inspected-{run.id}").options
    assert "run the *blue* one, just now · sample" in shown


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
    app.segmented_control("group-mistakes").set_value("Trust").run()
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
    assert not [label for label in labels_of(app) if "the model in use" in label]


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
        (run.folder / contract.ONNX_MODEL).unlink()
    else:
        (run.folder / contract.ONNX_MODEL).write_bytes(content)
    app = visit("inspect", model=run.id, **query)
    assert len(app.error) == (query != {"view": "mistakes"})  # answers are kept beside the model


def test_a_model_that_goes_while_a_study_is_awaited_is_left_to_the_page(with_model, monkeypatch):
    """What looks twice a second has no page around it to say so."""
    (with_model / "models" / "linear" / contract.ONNX_MODEL).rename(with_model / "gone.onnx")
    model = registry.Model("linear", with_model / "models" / "linear" / contract.ONNX_MODEL)

    def rerun():
        raise StopIteration

    monkeypatch.setattr(study.st, "rerun", rerun)
    with pytest.raises(StopIteration):
        study._waiting(model, STUDIES["map"], "Draw the map", "A minute.", None, True)
