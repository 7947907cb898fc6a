"""Text of other people is shown and never acts on a page: no link, picture or style of theirs."""

import io
import json
from collections.abc import Iterator

import pandas as pd
import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from core import paths
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.app.conftest import unfolded
from tests.models import make_model
from ui import tables

MARK = "](//e.x/"
LINK = "=![x" + MARK + "p) :red[**y**] <b>"
# What Streamlit reads as Markdown; the content of a table, a text or a field it does not.
_MARKDOWN = {"body", "label", "help", "text", "content", "delta", "options", "captions", "element"}
_PLAIN = {"text", "code", "arrow_data_frame", "selectbox", "multiselect", "bidi_component"}


def foreign_run(state=State.FINISHED, recipe="sprint"):
    """Make a run all of whose free text is someone else's."""
    run = store.create(RECIPES[recipe].config_for("sample"))
    if state is State.FINISHED:
        make_model(run.folder, run=run.id)
        poison_card(run.folder / contract.CARD)
    writer = MetricsWriter(run.folder / contract.METRICS)
    for epoch in (1, 2):
        figures = {"loss": 1 / epoch, "val_loss": 1 / epoch, "accuracy": 0.5, "val_accuracy": 0.5}
        writer.append({"kind": "epoch", "step": 10 * epoch, "epoch": epoch, **figures})
    writer.close()
    said = notes.Notes(
        name=LINK, note=LINK, tags=(LINK[:16],), group=LINK, imported=LINK[:40], favourite=True
    )
    notes.write(run.folder, said)
    status = Status(state=state, phase=LINK, reason=LINK, started=1.0, ended=2.0, accuracy=0.5)
    store.write_status(run.folder, status)
    return run


def poison_card(path):
    card = json.loads(path.read_text())
    card["data"]["title"] = LINK
    card["machine"] |= {"system": LINK, "processor": LINK, "python": LINK}
    card["machine"]["packages"] = {"x" + LINK: LINK}
    card["created"] = LINK
    path.write_text(json.dumps(card))


def texts(app) -> Iterator[tuple[str, str]]:
    """Yield everything on a page that is read as Markdown, with the kind of its element."""
    # Elements and the blocks around them, such as popovers, which have labels as well.
    left = [app._tree]
    while left:
        block = left.pop()
        left.extend(getattr(block, "children", {}).values())
        proto = getattr(block, "proto", None)
        if proto is None or not hasattr(proto, "DESCRIPTOR"):
            continue
        for name, text in strings(MessageToDict(proto, preserving_proto_field_name=True)):
            if name in _MARKDOWN and (block.type not in _PLAIN or name in ("label", "help")):
                yield block.type, text


def strings(value, name="") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from strings(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part, name)


def acting(app):
    return sorted({f"{kind}: {text}" for kind, text in texts(app) if MARK in text})


@pytest.fixture
def poisoned(fresh):
    make_model(fresh / "models" / "linear")
    make_model(fresh / "models" / "other")
    for name in ("linear", "other"):
        poison_card(fresh / "models" / name / contract.CARD)
    runs = [foreign_run(), foreign_run(recipe="tiny"), foreign_run(State.FAILED)]
    (fresh / "recipes").mkdir()
    (fresh / "recipes" / "mine.json").write_text(json.dumps({"recipe": LINK}))
    return runs


def test_the_search_finds_what_acts(poisoned, visit):
    """The test itself: a page that shows a name as Markdown is found."""

    def page(words):
        import streamlit as st

        st.markdown(words)
        st.popover(words)
        st.pills("x", [words])

    found = acting(AppTest.from_function(page, args=(LINK,)).run())
    assert len(found) >= 3


@pytest.mark.parametrize("page", ["home", "draw", "train", "runs", "inspect"])
def test_text_of_other_people_is_no_markdown_on_a_page(poisoned, visit, page):
    """A data set's title, a run's tag or its day of import could be a link or fetch a picture."""
    app = visit(page)
    assert acting(app) == []
    if page == "train":
        assert acting(unfolded(app)) == []


@pytest.mark.parametrize("which", [0, 2])
@pytest.mark.parametrize("page", ["train", "runs"])
def test_the_run_of_other_people_is_no_markdown(poisoned, visit, page, which):
    assert acting(visit(page, run=poisoned[which].id)) == []


def test_a_comparison_of_runs_of_other_people_is_no_markdown(poisoned, visit):
    app = visit("runs", run=[run.id for run in poisoned[:2]])
    assert acting(app) == []


@pytest.mark.parametrize(
    "view", ["mistakes", "digits", "labels", "certainty", "robustness", "duel", "map", "inside"]
)
def test_a_model_of_other_people_is_no_markdown(poisoned, visit, view):
    for name in ("linear", poisoned[0].id):
        assert acting(visit("inspect", model=name, view=view)) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_a_csv_file_is_a_formula(sign, monkeypatch):
    """A spreadsheet runs what begins with = + - @ or a tab: cells of other people's text too."""
    given = []
    monkeypatch.setattr(
        tables.st, "download_button", lambda label, data, *_, **__: given.append(data)
    )
    formula = sign + "HYPERLINK(1)"
    rows = pd.DataFrame({"name": [formula, "plain", "-", "1\r=x"], "figure": [-0.5, 1, 2, 3]})
    tables.csv(rows.rename(columns={"figure": formula}), "x")
    again = pd.read_csv(io.StringIO(given[0]), keep_default_na=False)
    assert list(again.columns) == ["name", "'" + formula]
    assert list(again["name"]) == ["'" + formula, "plain", "-", "1 =x"]
    assert list(again["'" + formula]) == [-0.5, 1, 2, 3]


def test_every_csv_file_is_written_in_one_place():
    written = [
        str(file.relative_to(paths.PROJECT))
        for folder in ("core", "ui", "pages")
        for file in (paths.PROJECT / folder).rglob("*.py")
        if "to_csv(" in file.read_text(encoding="utf-8")
    ]
    assert written == ["ui/tables.py"]
