"""The lab book with real clicks: tick, compare, delete, undo, take along and bring back."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.config import with_changes
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.runs.contract import State, Status
from tests.browser.settle import downloaded, settled, still, until_there
from tests.models import make_model
from tests.waiting import wait_for

_ROW_PX = 35  # Streamlit's rows, the header being one


@pytest.fixture
def two(start_app, new_page, monkeypatch):
    """Return a page on a server with two finished runs, the one named Second on top."""
    app = start_app()
    monkeypatch.setenv("DIGIT_LAB_HOME", str(app.home))
    for seed, name in enumerate(("First", "Second")):
        run = store.create(with_changes(RECIPES["sprint"].config_for("sample"), {"seed": seed}))
        make_model(run.folder, run=run.id)
        (run.folder / contract.METRICS).touch()
        store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.8))
        notes.change(run.id, name=name)
    page = new_page(app)
    page.goto("/runs")
    expect(page.get_by_text("2 runs")).to_be_visible()
    return page


def tick(page: Page, row: int) -> None:
    table = page.get_by_test_id("stDataFrame").first.locator("canvas").first
    # What the painted table says to screen readers: a row that has its tick is left alone.
    ticked = table.locator(f"tr[aria-rowindex='{row + 2}'][aria-selected=true]")

    def click() -> None:
        settled(page)
        box = still(table)
        if not ticked.count():
            page.mouse.click(box["x"] + 16, box["y"] + _ROW_PX * (row + 1.5))

    until_there(click, ticked)


def test_ticked_runs_are_compared_below_and_in_the_address(two):
    tick(two, 0)
    expect(two.get_by_role("heading", name="Second")).to_be_visible()
    tick(two, 1)
    expect(two.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(two.get_by_text("Neither is ahead.")).to_be_visible()
    expect(two).to_have_url(re.compile("run=.*run="))
    seed = two.get_by_test_id("stButtonGroup").get_by_role("button", name="seed", exact=True)
    columns = two.get_by_role("button", name="Columns", exact=True)
    columns.click()
    seed.click()
    two.wait_for_function("document.cookie.includes('digit-lab-columns=')")
    two.reload()
    expect(two.get_by_role("heading", name="Side by side")).to_be_visible()
    columns.click()
    expect(seed).to_have_attribute("aria-pressed", "true")


def test_a_deleted_run_comes_back(two):
    tick(two, 0)
    expect(two.get_by_role("heading", name="Second")).to_be_visible()
    settled(two)
    two.get_by_role("button", name="Delete this run").click()
    expect(two.get_by_text("1 run,")).to_be_visible()
    expect(two.get_by_role("heading", name="Second")).to_have_count(0)
    settled(two)
    two.get_by_role("button", name="Restore").click()
    expect(two.get_by_text("2 runs")).to_be_visible()
    expect(two.get_by_role("heading", name="Second")).to_be_visible()


def test_two_that_were_deleted_are_named_and_come_back_together(two):
    """Each had an undo of its own, which called the run by its id."""
    for name in ("Second", "First"):
        tick(two, 0)
        expect(two.get_by_role("heading", name=name)).to_be_visible()
        settled(two)
        two.get_by_role("button", name="Delete this run").click()
        expect(two.get_by_role("heading", name=name)).to_have_count(0)
        settled(two)
    expect(two.get_by_text("First and Second")).to_be_visible()
    two.get_by_role("button", name="Restore all 2").click()
    expect(two.get_by_text("2 runs,")).to_be_visible()


def test_a_tag_is_typed_and_saved(two):
    """The list of tags opened over the button that saves."""
    for row, tag in ((0, "Tags"), (1, "New tags")):
        two.goto("/runs")
        expect(two.get_by_text("2 runs")).to_be_visible()
        tick(two, row)
        edit = two.get_by_role("button", name="Name and notes")
        expect(edit).to_be_visible()
        settled(two)
        edit.click()
        two.get_by_role("textbox", name=tag, exact=True).fill("class 7b")
        two.get_by_role("button", name="Save", exact=True).click()
        run = store.list_runs()[row]
        wait_for(lambda run=run: notes.read(run.folder).tags == ("class 7b",), "the tag is saved")


def test_a_run_is_taken_along_and_brought_back(two, tmp_path):
    tick(two, 1)
    expect(two.get_by_role("heading", name="First")).to_be_visible()
    settled(two)
    download = downloaded(two.get_by_role("button", name="Export the run"))
    path = tmp_path / download.suggested_filename
    download.save_as(path)
    two.get_by_role("button", name="Delete this run").click()
    expect(two.get_by_text("1 run,")).to_be_visible()
    settled(two)
    two.get_by_role("button", name="Import a run").click()
    two.locator("input[type=file]").set_input_files(path)
    expect(two.get_by_text("Imported on")).to_be_visible()
    expect(two.get_by_role("heading", name="First")).to_be_visible()
    expect(two.get_by_test_id("stException")).to_have_count(0)
