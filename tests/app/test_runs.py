"""Runs: a lab book that can be searched and written in, and nothing in it is lost by a slip."""

import json

import numpy as np
import pytest
import streamlit as st

from core.cards import read_card
from core.config import with_changes
from core.evaluation.scores import evaluate
from core.export import passport
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, removal, store, trash
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.app.conftest import plain, said, told
from tests.models import make_model
from ui import state

CONFIG = RECIPES["sprint"].config_for("sample")


def finish(seed=0, wrong=0, **words):
    """Make a finished run that misreads so many digits more than a linear network."""
    config = with_changes(CONFIG, {"seed": seed})
    run = store.create(config)
    make_model(run.folder, run=run.id)
    path = run.folder / contract.PREDICTIONS
    with np.load(path) as found:
        labels, probabilities = found["labels"], found["probabilities"].copy()
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)[:wrong]
    probabilities[right] = np.roll(probabilities[right], 1, axis=1)
    np.savez(path, labels=labels, probabilities=probabilities)
    card = read_card(run.folder / contract.CARD)
    scored = {"config": config, "test": evaluate(labels, probabilities)}
    (run.folder / contract.CARD).write_text(card.model_copy(update=scored).model_dump_json())
    writer = MetricsWriter(run.folder / contract.METRICS)
    for epoch in (1, 2):
        figures = {"loss": 1 / epoch, "val_loss": 1 / epoch, "accuracy": 0.5, "val_accuracy": 0.5}
        writer.append({"kind": "epoch", "step": 10 * epoch, "epoch": epoch, **figures})
    writer.close()
    accuracy = scored["test"].accuracy
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=accuracy))
    notes.change(run.id, **words)
    return run


def names(app):
    return app.dataframe[0].value["name"].tolist()


def test_without_runs_it_leads_to_training(fresh, visit):
    app = visit("runs")
    assert "that you train is listed here" in said(app)
    assert not app.dataframe


def test_rows_are_newest_first_with_what_they_reached(fresh, visit):
    finish(seed=3)
    run = finish(seed=4, name="Mine")
    app = visit("runs")
    assert names(app) == ["Mine", "sprint"]
    row = app.dataframe[0].value.iloc[0]
    card = read_card(run.folder / contract.CARD)
    assert row["accuracy"] == pytest.approx(100 * card.test.accuracy)
    low, high = card.test.interval
    assert row["interval"] == f"{100 * low:.2f}–{100 * high:.2f} %"
    assert (row["seed"], row["parameters"], row["cpu"]) == (4, 7850, 1.0)
    assert row["disk"] == sum(path.stat().st_size for path in run.folder.iterdir()) / 1e6


def test_filters(fresh, visit):
    finish(name="One", tags=["blue"], favourite=True)
    finish(name="Two", note="With a NOTE")
    app = visit("runs")
    app.text_input("runs-find").set_value("note with").run()
    assert names(app) == ["Two"]
    app.text_input("runs-find").set_value("").run()
    app.toggle("runs-favourites").set_value(True).run()
    assert names(app) == ["One"]
    app.multiselect("runs-tags").set_value(["blue"]).run()
    assert names(app) == ["One"]
    app.text_input("runs-find").set_value("nowhere").run()
    assert "No run matches" in said(app)
    assert not app.exception


def test_the_address_opens_a_run(fresh, visit):
    run = finish(name="*Mine* <b>$x$")
    app = visit("runs", run=run.id)
    assert app.subheader[0].value == r"\*Mine\* \<b\>\$x\$"
    assert "it had never seen" in said(app)


def test_an_address_of_a_run_that_is_gone_says_so(fresh, visit):
    finish()
    app = visit("runs", run="20260101-000000-000-sprint")
    assert "no longer exists" in app.info[0].value
    assert "run" not in app.query_params


def test_name_notes_and_tags_are_kept(fresh, visit):
    run = finish()
    app = visit("runs", run=run.id)
    app.text_input(f"name-{run.id}").set_value("Better")
    app.text_area(f"note-{run.id}").set_value("More of it")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert names(app) == ["Better"]
    assert notes.read(run.folder).note == "More of it"
    app.button(f"favourite-{run.id}").click().run()
    assert notes.read(run.folder).favourite


def test_a_deleted_run_can_be_had_back(fresh, visit):
    run = finish()
    finish(name="Other")
    app = visit("runs", run=run.id)
    app.button("delete-runs").click().run()
    assert names(app) == ["Other"]
    assert "**Deleted:** sprint" in said(app)
    app.button("undo").click().run()
    assert names(app) == ["Other", "sprint"]
    assert app.query_params["run"] == run.id
    assert not app.exception


def test_two_deletions_are_undone_at_once_and_named_by_their_titles(fresh, visit):
    """Each deletion had an undo of its own, which called the run by its id."""
    first, second = finish(), finish()
    named = finish(name="Mine")
    app = visit("runs", run=first.id)
    app.button("delete-runs").click().run()
    app.query_params["run"] = [second.id, named.id]
    app.run()
    app.button("delete-runs").click().run()
    assert plain(next(m for m in app.markdown if "Deleted" in m.value)).endswith(
        "Mine and sprint (2 runs)"
    )
    app.button("undo").click().run()
    assert sorted(names(app)) == ["Mine", "sprint", "sprint"]
    assert trash.removed() == []
    assert not app.exception


def test_tags_are_chosen_and_typed_without_a_list_over_the_save_button(fresh, visit):
    """The list of a multiselect opened over Save, which could not be clicked."""
    run = finish(tags=["class 7b", "old"])
    app = visit("runs", run=run.id)
    assert [box.key for box in app.multiselect if "tags" in box.key] == ["runs-tags"]

    def save():
        next(button for button in app.button if button.label == "Save").click().run()
        assert not app.exception

    app.button_group(f"tags-{run.id}").set_value(["class 7b"])
    app.text_input(f"new-tags-{run.id}").set_value("fast, with dropout,")
    save()
    assert notes.read(run.folder).tags == ("class 7b", "fast", "with dropout")
    app.text_area(f"note-{run.id}").set_value("More of it")
    save()
    assert notes.read(run.folder).tags == ("class 7b", "fast", "with dropout")


def test_what_was_deleted_goes_by_its_name(fresh, visit):
    run = finish(name="Mine")
    app = visit("runs", run=run.id)
    app.button("delete-runs").click().run()
    assert "**Deleted:** Mine" in said(app)


def test_the_disk_can_be_freed_at_once(fresh, visit):
    run = finish()
    app = visit("runs", run=run.id)
    app.button("delete-runs").click().run()
    assert "that you train is listed here" in said(app)
    app.button("clear-trash").click().run()
    assert trash.removed() == []
    assert not app.exception


def test_an_active_run_cannot_be_deleted(fresh, visit):
    run = store.create(CONFIG)
    app = visit("runs", run=run.id)
    assert app.button("delete-runs").disabled


@pytest.mark.parametrize(("over", "label"), [(1, "Delete 1 run"), (2, "Delete these 2 runs")])
def test_only_runs_that_are_over_are_counted_as_to_be_deleted(fresh, visit, over, label):
    """It said "Delete these 1 runs"."""
    chosen = [finish() for _ in range(over)] + [store.create(CONFIG)]
    app = visit("runs", run=[run.id for run in chosen])
    assert app.button("delete-runs").label == label


def test_repeats_are_queued_and_shown_as_a_group(fresh, visit, monkeypatch):
    run = finish(seed=1)
    monkeypatch.setattr(
        "core.launch.process.launch",
        lambda config, *, here: finish(config.seed, wrong=10 * config.seed),
    )
    app = visit("runs", run=run.id)
    app.number_input(f"seeds-{run.id}").set_value(2).run()
    app.button(f"repeat-{run.id}").click().run()
    assert not app.exception
    accuracies = [
        100 * read_card(r.folder / contract.CARD).test.accuracy for r in store.list_runs()
    ]
    mean, deviation = np.mean(accuracies), np.std(accuracies, ddof=1)
    assert f"With 3 seeds: {mean:.2f} ± {deviation:.2f} % (n = 3)" in said(app)
    assert app.dataframe[1].value["seed"].tolist() == [1, 2, 3]


def test_a_double_click_queues_the_repeats_once(fresh, visit, monkeypatch, clicked_twice):
    """Every click took new seeds: a double click on "Train 3 more" queued six runs."""
    run = finish(seed=1)
    monkeypatch.setattr("core.launch.process.launch", lambda config, *, here: store.create(config))
    clicked_twice(f"repeat-{run.id}")
    app = visit("runs", run=run.id)
    app.button(f"repeat-{run.id}").click().run()
    assert sorted(one.config.seed for one in store.list_runs()) == [1, 2, 3, 4]
    assert told(app) == ["3 runs are queued."]
    assert app.dataframe[1].value["seed"].tolist() == [1, 2, 3, 4]


def test_two_runs_are_compared(fresh, visit):
    good, bad = finish(seed=1, name="Good"), finish(seed=2, wrong=40, name="Bad")
    app = visit("runs", run=[good.id, bad.id])
    assert not app.exception
    words = said(app)
    assert "A (Good) alone reads 40 images correctly, B (Bad) 0. A (Good) is better" in words
    assert "Only the seed" in words
    assert "40 of" in words
    assert app.table[0].value.loc["seed"].tolist() == ["1", "2"]
    assert len(app.get("plotly_chart")) == 2


def test_a_setting_that_is_a_file_is_called_by_its_name(own_file, fresh, visit):
    """The table showed whole paths, and read them as Markdown."""
    own = with_changes(CONFIG, {"data": str(own_file), "start_from": "/no/_such_/a*b*.keras"})
    app = visit("runs", run=[store.create(CONFIG).id, store.create(own).id])
    assert app.table[0].value.loc["data"].tolist() == ["sample", "digits"]
    assert app.table[0].value.loc["start from"].tolist() == ["", r"a\*b\*\.keras"]


def steer(run):
    card = json.loads((run.folder / contract.CARD).read_text())
    card["training"]["learning_rates"] = {"161": 0.01}
    (run.folder / contract.CARD).write_text(json.dumps(card))


def test_a_rate_that_was_changed_by_hand_is_a_difference(fresh, visit):
    """Two runs of one configuration were said to be trained with the same settings."""
    as_planned, steered = finish(), finish(wrong=40)
    steer(steered)
    app = visit("runs", run=[as_planned.id, steered.id])
    changes = app.table[0].value.loc["changed during training"].tolist()
    assert sorted(map(plain, changes)) == ["", "rate 0.01 after step 161"]
    assert "the same settings" not in said(app)


def test_a_steered_run_is_shown_among_its_repeats_and_not_counted(fresh, visit):
    runs = [finish(seed=seed, wrong=10 * seed) for seed in (1, 2, 3)]
    for run in runs:
        notes.change(run.id, group=runs[0].id)
    steer(runs[2])
    app = visit("runs", run=runs[0].id)
    assert "With 3 seeds: " in said(app)
    assert "(n = 2 of 3)" in said(app)
    assert "are not counted" in said(app)
    assert app.dataframe[1].value["not as planned"].tolist() == ["", "", "rate 0.01 after step 161"]


def test_runs_without_results_are_compared_as_far_as_they_go(fresh, visit):
    good, bare = finish(), store.create(with_changes(CONFIG, {"epochs": 9}))
    store.write_status(bare.folder, Status(state=State.FAILED, reason="x"))
    (malformed := store.create(CONFIG).folder / contract.CONFIG).write_text("{")
    app = visit("runs", run=[good.id, bare.id, malformed.parent.name])
    assert not app.exception
    assert "has no result. Its state is failed" in said(app)
    assert "not tested on the same digits" in said(app)


def test_more_than_eight_are_too_many(fresh, visit):
    runs = [store.create(CONFIG).id for _ in range(9)]
    assert "9 are chosen" in visit("runs", run=runs).info[0].value


def test_a_passport_is_imported_and_another_file_refused(fresh, visit):
    run = finish(name="From afar")
    finish(name="Here")
    content = passport.pack(run.id)
    removal.remove(run.id)
    app = visit("runs")
    app.file_uploader("passport-file").set_value(("x.zip", b"PK", "application/zip")).run()
    assert "'x.zip' cannot be imported" in told(app)[0]
    assert r"x\.zip" in app.toast[0].value  # nothing of it is Markdown
    app.file_uploader("passport-file").set_value(("y.zip", content, "application/zip")).run()
    assert not app.exception
    assert told(app) == []
    assert sorted(names(app)) == ["From afar", "Here"]
    assert app.query_params["run"] == run.id
    assert any("Imported on" in caption.value for caption in app.caption)
    for page, name in (("train", "run"), ("inspect", "model")):
        assert not visit(page, **{name: run.id}).exception


def test_a_damaged_card_costs_its_row_its_figures(fresh, visit):
    run = finish()
    (run.folder / contract.CARD).write_text(json.dumps({"run": run.id}))
    app = visit("runs", run=run.id)
    assert not app.exception
    assert app.dataframe[0].value["interval"].tolist() == [""]


def test_it_reads_like_a_lab_book_and_remembers_the_columns(fresh, visit):
    run = finish(note="With a\nlarger batch")
    writer = MetricsWriter(run.folder / contract.METRICS)
    for step in range(1, 51):
        writer.append({"kind": "batch", "step": step, "loss": 1.0, "accuracy": step / 100})
    writer.close()
    app = visit("runs")
    usual = ["favourite", "started", "name", "curve", "accuracy", "data", "state", "note"]
    assert list(app.dataframe[0].proto.column_order) == usual
    row = app.dataframe[0].value.iloc[0]
    assert row["note"] == "With a larger batch"
    curve = list(row["curve"])
    assert 10 <= len(curve) <= 24
    assert curve == sorted(curve)
    assert curve[-1] == 0.5
    app.button_group("runs-columns").set_value(["name", "seed", "cpu"]).run()
    assert list(app.dataframe[0].proto.column_order) == ["name", "seed", "cpu"]
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/runs.py").run()
    assert list(app.dataframe[0].proto.column_order) == ["name", "seed", "cpu"]
    assert not app.exception


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("name%7Cseed", ["name", "seed"]),
        ("seed%7Cgone%7C%3Cb%3E%7Cseed", ["seed"]),
        ("", ["favourite", "started", "name", "curve", "accuracy", "data", "state", "note"]),
    ],
)
def test_the_chosen_columns_outlive_the_session(fresh, visit, monkeypatch, cookie, shown):
    finish()
    kept = property(lambda _: {"digit-lab-columns": cookie})
    monkeypatch.setattr(type(st.context), "cookies", kept)
    app = visit("runs")
    assert list(app.dataframe[0].proto.column_order) == shown
    app.button_group("runs-columns").set_value(["data", "name"]).run()
    assert list(app.dataframe[0].proto.column_order) == ["name", "data"]
    assert set(app.session_state[state.CHOSEN]["columns"].split("|")) == {"name", "data"}
