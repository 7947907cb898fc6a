"""Inspect: whether a model can be trusted as a whole."""

import shutil

import numpy as np
import pytest
import streamlit as st

from core import registry
from core.cards import read_card
from core.data import load_test
from core.evaluation import disputed_labels, label_errors
from core.people import label_decisions
from core.recipes.shipped import RECIPES
from tests.app.conftest import captions, said
from tests.models import finished_run, make_model
from tests.runs.epochs import write_epoch


@pytest.fixture
def card(with_model):
    return read_card(with_model / "models" / "linear" / "card.json")


@pytest.fixture
def doubted(card):
    return label_errors.find(*registry.find("linear").predictions())


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def decision_pills(app) -> list:
    return [pills for pills in app.pills if pills.label.startswith("What is image")]


def test_the_fifteen_labels_stand_with_their_votes(home, mnist_folder, visit):
    st.cache_resource.clear()
    app = visit("inspect", model="sprint", view="labels")
    labels, probabilities = registry.find("sprint").predictions()
    answers = probabilities.argmax(axis=1)
    right = answers == labels
    assert figures(app)["Accuracy with all labels"] == f"{100 * right.mean():.2f} %"
    apart = np.delete(right, list(disputed_labels.DISPUTED))
    assert figures(app)["Accuracy without the fifteen"] == f"{100 * apart.mean():.2f} %"
    votes = [words for words in captions(app) if words.startswith("label **")]
    assert len(votes) == 15
    colour = "blue" if right[947] else "orange"
    assert votes[0] == (
        f"label **8**  \n0 say 8  \n5 say 9  \n0 neither  \nread as :{colour}[**{answers[947]}**]"
    )


def test_another_test_set_has_no_fifteen(card, visit):
    app = visit("inspect", view="labels")
    assert "Fifteen" not in said(app)
    assert "Labels that may be wrong" in said(app)


def test_the_most_doubtful_label_comes_first(doubted, visit):
    app = visit("inspect", view="labels")
    assert f"For **{len(doubted.places)}** images" in said(app)
    assert decision_pills(app)[0].label == f"What is image {doubted.places[0]}?"


def test_a_decision_is_kept_and_taken_back(card, doubted, visit):
    place, digit = int(doubted.places[0]), int(doubted.digits[0])
    app = visit("inspect", view="labels")
    decision_pills(app)[0].set_value("other").run()
    kept = label_decisions.read(card.data.test_digest)
    assert (kept[place].says, kept[place].other) == ("other", digit)
    assert f"right on {card.test.correct + 1:,} of {card.test.n:,}" in said(app)

    later = visit("inspect", view="labels")
    later.segmented_control("doubt-list").set_value("decided").run()
    assert [pills.label for pills in decision_pills(later)] == [f"What is image {place}?"]
    assert decision_pills(later)[0].value == "other"
    next(button for button in later.button if button.label == "Undo").click().run()
    assert label_decisions.read(card.data.test_digest) == {}
    assert "You decided" not in said(later)


def test_damaged_decisions_are_one_sentence_and_none_can_be_lost(card, with_model, visit):
    file = with_model / "verdicts" / f"{card.data.test_digest}.json"
    file.parent.mkdir()
    file.write_bytes(b"{")
    app = visit("inspect", view="labels")
    assert [warning.value for warning in app.warning if "move it away" in warning.value]
    assert not decision_pills(app)
    assert file.read_bytes() == b"{"


def test_a_threshold_says_what_it_comes_to(card, visit):
    labels, probabilities = registry.find("linear").predictions()
    sure = probabilities.max(axis=1)
    wrong = probabilities.argmax(axis=1) != labels
    app = visit("inspect", view="certainty")
    for threshold in (0.9, 0.5):
        if threshold != 0.9:
            app.select_slider("accept-above").set_value(threshold).run()
        taken = sure >= threshold
        shown = figures(app)
        assert shown["Left to a person"] == f"{(~taken).sum():,}"
        assert shown["Accepted mistakes"] == f"{(wrong & taken).sum()} of {wrong.sum()}"
        share = f"{100 * (1 - wrong[taken].mean()):.2f} %" if taken.any() else "–"
        assert shown["Right (accuracy)"] == share


def test_the_worst_slice_is_open_and_another_can_be(card, visit):
    app = visit("inspect", view="slices")
    table = app.dataframe[0].value
    assert len(table) == 25
    assert table["right"].is_monotonic_increasing
    assert app.subheader[0].value.startswith(table["images"][0])
    app.query_params["slice"] = "slant-5"
    app.run()
    mistakes = table[table["images"] == "Slant: most to the right"]["mistakes"].item()
    assert app.subheader[0].value == f"Slant: most to the right: {mistakes} mistakes"
    assert f"{mistakes} image" in said(app)
    app.segmented_control("slice-shows").set_value("all").run()
    n = len(load_test("sample").y)
    counts = (f"{n // 5} images. ", f"{n // 5 + 1} images. ")
    assert any(m.value.startswith(counts) for m in app.caption)


def test_an_address_that_names_no_slice_is_passed_over(card, visit):
    app = visit("inspect", view="slices", slice="thickness-9")
    assert app.subheader[0].value.startswith(app.dataframe[0].value["images"][0])


def test_without_an_opponent_the_duel_says_so(card, visit):
    assert "A comparison needs another model" in said(visit("inspect", view="duel"))


def test_a_duel_shows_what_only_one_reads_right(card, with_model, visit):
    """The opponent's answers are those of the first, but for three that it gets right."""
    folder = make_model(with_model / "models" / "rival")
    labels, probabilities = registry.find("linear").predictions()
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    better = probabilities.copy()
    better[wrong[:3]] = np.eye(10)[labels[wrong[:3]]]
    np.savez(folder / "predictions.npz", labels=labels, probabilities=better)
    app = visit("inspect", model="linear", view="duel", against="rival")
    assert (
        "linear alone reads 0 images correctly, rival 3. The difference may well be chance"
        in said(app)
    )
    assert "p = 0.250" in said(app)  # twice the chance of three heads
    counts = [one.value for one in app.caption if one.value.startswith(("0 images", "3 images"))]
    assert counts == ["0 images", "3 images. Choose one to see why."]


def test_a_duel_begins_with_another_model_and_never_with_a_copy(with_model, visit):
    """The model of a run that was kept met itself: the two had the same card."""
    run = finished_run(RECIPES["sprint"].config_for("sample"))
    kept = with_model / "models" / "a-copy"
    shutil.copytree(run.folder, kept)
    app = visit("inspect", model=run.id, view="duel")
    assert [option.split(" · ")[0] for option in app.selectbox("against-None").options] == [
        "linear"
    ]
    app = visit("inspect", model="a-copy", view="duel", against=run.id)
    assert app.selectbox("against-None").value == "linear"


def test_a_model_without_its_run_has_no_trends(card, visit):
    assert "is not on this machine, so there is nothing" in said(visit("inspect", view="digits"))


def test_trends_of_a_run_that_is_here(card, with_model, visit):
    run = with_model / "runs" / card.run
    run.mkdir(parents=True)
    (run / "config.json").write_text(card.config.model_dump_json(), encoding="utf-8")
    before = np.eye(10, dtype=int) * 10
    before[3] = 5  # five of fifty 3s read right
    write_epoch(run, 1, before)
    app = visit("inspect", view="digits")
    assert "fewer than two epochs" in said(app)
    after = np.eye(10, dtype=int) * 10
    after[7, 1] = 10
    write_epoch(run, 2, after)
    app = visit("inspect", view="digits")
    assert "**7** worst (50.00 %)" in said(app)
    assert "longest to settle on **3**" in said(app)


def test_every_table_of_these_views_can_be_downloaded(card, visit):
    for view in ("labels", "certainty", "slices"):
        app = visit("inspect", view=view)
        assert [b for b in app.get("download_button") if b.proto.label == "Download CSV"]
