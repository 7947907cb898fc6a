"""Home: says what this is and what is here."""

from core import registry
from core.evaluation import disputed_labels
from core.reading.gate import load
from core.reading.reader import read
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.runs.curves import MetricsWriter
from core.strokes.tries import TRIES
from tests.app.conftest import answer, said, told
from tests.models import finished_run, make_model
from ui import home as home_page
from ui import live_answer, state, tables


def test_on_a_fresh_machine(fresh, visit):
    words = said(visit("home"))
    assert "handwritten digits" in words
    assert "No model yet. Train one" in words
    assert "offline sample" in words


def test_with_a_model_it_shows_a_mistake(with_model, visit):
    app = visit("home")
    assert "read as :orange[" in said(app)
    assert "| linear |" in said(app)


def test_a_damaged_card_leaves_the_last_run_that_can_be_read(fresh, visit):
    """One file of one run took the whole page."""
    older, newer = (finished_run(RECIPES["sprint"].config_for("sample")) for _ in range(2))
    (newer.folder / contract.CARD).write_text("{}")
    (metric,) = visit("home").metric
    assert metric.value == f"{100 * registry.of_run(older).card.test.accuracy:.2f} %"
    (older.folder / contract.CARD).write_text("{}")
    assert "Your first network learns" in said(visit("home"))


def test_the_last_run_is_called_by_its_own_name(fresh, visit):
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    (metric,) = visit("home").metric
    assert metric.label == "Last run: sprint on sample"
    notes.change(run.id, name="my *first*")
    (metric,) = visit("home").metric
    assert metric.label == r"Last run: my \*first\* on sample"


def test_the_last_runs_stand_there_with_their_curves_and_results(fresh, visit):
    words = "Every training is kept"
    assert words in said(visit("home"))
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    notes.change(run.id, name="my *first*")
    store.write_status(run.folder, contract.Status(state=contract.State.FINISHED, accuracy=0.875))
    writer = MetricsWriter(run.folder / contract.METRICS)
    for step, accuracy in enumerate((0.1, 0.6, 0.9), start=1):
        writer.append({"kind": "batch", "step": step, "loss": 1.0, "accuracy": accuracy})
    writer.close()
    app = visit("home")
    assert words not in said(app)
    (link,) = (one.proto for one in app.get("page_link") if r"my \*first\*" in one.proto.label)
    assert link.label.endswith(r" 87.50 % · my \*first\*")
    assert link.label.startswith("![Its accuracy so far](data:image/png;base64,")
    assert run.id in link.query_string


def test_a_mistake_whose_label_is_disputed_is_not_the_example(with_model, visit, monkeypatch):
    """As what the model gets wrong, it showed a digit that five people read as the model does."""
    wrong = tables.answers(registry.find("linear")).query("label != answer")
    surest = wrong.nlargest(1, "confidence")["index"].item()
    votes = disputed_labels.DISPUTED[947]
    disputed = {surest: votes}
    monkeypatch.setattr(disputed_labels, "of", lambda digest, index: disputed.get(index))
    answers = [(one.label, one.answer) for one in home_page._misread(registry.find("linear"))]
    plain = wrong[wrong["index"] != surest].nlargest(len(answers), "confidence", keep="first")
    assert len(answers) == home_page._IN_STRIP
    assert answers == [(row.label, row.answer) for row in plain.itertuples()]
    disputed |= dict.fromkeys(wrong["index"], votes)
    assert "Every misread digit" in said(visit("home"))


def test_without_mnist_no_epoch_is_promised(fresh, visit):
    """One epoch of the offline sample is next to nothing: its recipes run for more."""
    labels = " ".join(link.proto.label for link in visit("home").get("page_link"))
    assert "learn to read in half a minute" in labels
    assert "epoch" not in labels


def test_with_mnist_one_epoch_is(home, mnist_folder, visit):
    labels = " ".join(link.proto.label for link in visit("home").get("page_link"))
    assert "learn to read in one epoch" in labels


def test_a_choice_of_a_model_that_cannot_be_kept_is_told_as_it_stands(with_model, visit):
    make_model(with_model / "models" / "other")
    (with_model / "active-model.txt").mkdir()
    app = visit("home")
    app.selectbox("model").set_value("other").run()
    app.button("first-model").click().run()
    assert not app.exception
    assert "The choice of a model cannot be kept" in told(app)[0]
    assert r"\'" in app.toast[0].value  # nothing of it is Markdown


def test_the_links_of_ten_minutes_lead_to_what_there_is(fresh, visit):
    links = [link.proto for link in visit("home").get("page_link")]
    assert "recipe=dense-starter" in " ".join(link.query_string for link in links)


def test_each_try_opens_draw_with_its_drawing_in_place(with_model, visit):
    """Draw was opened empty, and what to do there was forgotten on the way."""
    links = [link.proto for link in visit("home").get("page_link")]
    addresses = [link.query_string for link in links]
    predictor = registry.find("linear").predictor()
    for name, one in TRIES.items():
        assert f"example={name}" in addresses
        app = visit("draw", example=name)
        assert one.task in said(app)
        drawing = app.session_state[state.CANVAS]["digit"].current
        assert len(drawing.strokes["objects"]) == len(one.strokes)
        found = read(drawing.picture, predictor, load())
        assert answer(app) == live_answer.content(found)
        app.button("undo-digit").click().run()  # takes back one stroke, as if a person had drawn it
        left = app.session_state[state.CANVAS]["digit"].strokes
        assert len((left or {"objects": []})["objects"]) == len(one.strokes) - 1


def test_an_address_that_names_no_try_opens_an_empty_canvas(with_model, visit):
    app = visit("draw", example="../../etc/passwd")
    assert not app.error
    assert "Draw a digit with the mouse" in said(app)


def test_the_sidebar_names_model_and_data_on_every_page(with_model, visit):
    for page in ("home", "draw", "train", "inspect"):
        app = visit(page)
        assert app.sidebar.selectbox[0].value == "linear", page
        sidebar = " ".join(element.value for element in app.sidebar.markdown)
        assert "Offline sample" in sidebar, page
        assert any("not on MNIST" in note.value for note in app.sidebar.caption), page
