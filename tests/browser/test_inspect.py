"""From a number to the images behind it, with real clicks."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import downloaded, names_of_help, settled, still


@pytest.fixture
def inspect(page, mnist_folder) -> Page:
    """Return the Inspect page of a shipped model, whose test images are here."""
    page.goto("/inspect?model=sprint")
    expect(matrix(page)).to_be_visible()
    return page


def matrix(page: Page) -> Locator:
    return page.get_by_role("table", name="Confusion matrix")


def cell(page: Page, label: int, answer: int) -> Locator:
    """Return the button of a cell of the matrix."""
    shown = "read correctly" if label == answer else f"read as {answer}"
    return matrix(page).get_by_role("button", name=f"{label} {shown}:")


def click_cell(page: Page, label: int, answer: int) -> None:
    settled(page)
    cell(page, label, answer).click()
    expect(headline(page, label, answer)).to_be_visible()


def headline(page: Page, label: int, answer: int) -> Locator:
    """Return what stands above the images of a cell."""
    shown = f"{label} read correctly" if label == answer else f"{label} read as {answer}"
    return page.get_by_role("heading", name=shown, exact=True)


def test_a_confusion_cell_shows_its_images(inspect):
    click_cell(inspect, 4, 9)
    expect(inspect.get_by_role("heading", name="4 read as 9")).to_be_visible()
    pictures = inspect.get_by_alt_text("A 4, read as 9")
    expect(pictures.first).to_be_visible()
    others = inspect.locator("img[alt*='read as']:not([alt='A 4, read as 9'])")
    expect(others).to_have_count(0)
    settled(inspect)
    inspect.get_by_role("button", name="All mistakes").click()
    expect(inspect.get_by_role("heading", name="Misread digits")).to_be_visible()
    click_cell(inspect, 9, 4)
    expect(inspect.get_by_role("heading", name="9 read as 4")).to_be_visible()


def test_back_from_a_cell_shows_the_whole_list_again(inspect):
    """The table remembered its choice and wrote it into the address once more."""
    heading = inspect.get_by_role("heading", name="Misread digits")
    expect(heading).to_be_visible()
    for label, answer in ((4, 9), (4, 9), (5, 3)):
        click_cell(inspect, label, answer)
        expect(inspect.get_by_role("heading", name=f"{label} read as {answer}")).to_be_visible()
        inspect.go_back()
        expect(heading).to_be_visible()
        expect(inspect).to_have_url(re.compile(r"\?model=sprint$"))
    inspect.go_forward()
    expect(inspect.get_by_role("heading", name="5 read as 3")).to_be_visible()


def test_arrow_keys_go_from_cell_to_cell(inspect):
    """Each arrow opened the next cell, and the page jumped; now Enter does."""
    click_cell(inspect, 4, 8)
    settled(inspect)
    expect(cell(inspect, 4, 8)).to_be_focused()
    inspect.keyboard.press("ArrowRight")
    expect(cell(inspect, 4, 9)).to_be_focused()
    inspect.keyboard.press("ArrowDown")
    expect(cell(inspect, 5, 9)).to_be_focused()
    inspect.keyboard.press("ArrowDown")  # past row 6, which has nothing in this column
    expect(cell(inspect, 7, 9)).to_be_focused()
    expect(headline(inspect, 4, 8)).to_be_visible()
    inspect.keyboard.press("Enter")
    expect(headline(inspect, 7, 9)).to_be_visible()


def test_a_finger_reaches_every_column_on_a_phone(phone, mnist_folder):
    """The matrix ended at column 6; a Plotly chart answered with the cell of the tap before."""
    phone.goto("/inspect?model=sprint")
    expect(matrix(phone)).to_be_visible()
    settled(phone)
    box = still(matrix(phone))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    for label, answer in ((5, 3), (4, 9), (4, 1)):
        settled(phone)
        cell(phone, label, answer).tap()
        expect(headline(phone, label, answer)).to_be_visible()
        expect(headline(phone, label, answer)).to_be_in_viewport()


def test_right_answers_can_be_looked_at_too(inspect):
    click_cell(inspect, 3, 3)
    expect(inspect.get_by_role("heading", name="3 read correctly")).to_be_visible()
    expect(inspect.get_by_alt_text("A 3, read as 3").first).to_be_visible()


def test_the_scores_download_as_csv(inspect):
    settled(inspect)
    inspect.get_by_role("radio", name="By digit").click()
    expect(inspect.get_by_text("Precision, recall and F1")).to_be_visible()
    settled(inspect)  # else the view is drawn once more, folded
    inspect.get_by_text("Precision, recall and F1").click()
    scores = inspect.get_by_role("button", name="Download CSV")
    expect(scores).to_be_visible()
    settled(inspect)
    lines = downloaded(scores).path().read_text().splitlines()
    assert lines[0] == "digit,precision,recall,f1,support"
    assert len(lines) == 11


def test_pages_of_mistakes(inspect):
    expect(inspect.locator("img[alt*='read as']").first).to_be_visible()
    settled(inspect)
    first = inspect.locator("img[alt*='read as']").first.get_attribute("src")
    inspect.get_by_role("button", name="Next").or_(
        inspect.get_by_role("button", name="2", exact=True)
    ).first.click()
    expect(inspect.locator("img[alt*='read as']").first).not_to_have_attribute("src", first)


FIRST_SCREEN = """() => {
  const pictures = [...document.querySelectorAll("[class*=st-key-picture-] img")];
  return pictures.map(one => one.getBoundingClientRect().toJSON());
}"""


@pytest.mark.parametrize("width", [1280, 1024, 390])
def test_misread_digits_are_what_is_seen_first(page, mnist_folder, width):
    """The head took 450 px; digits were a narrow column beside the matrix, cut off on a phone."""
    page.set_viewport_size({"width": width, "height": 844 if width == 390 else 800})
    page.goto("/inspect?model=sprint")
    expect(matrix(page)).to_be_visible()
    settled(page)
    boxes = page.evaluate(FIRST_SCREEN)
    assert {(box["width"], box["height"]) for box in boxes} == {(112, 112)}
    first_row = [box for box in boxes if box["top"] == boxes[0]["top"]]
    assert len(first_row) >= 3
    assert boxes[0]["top"] < (500 if width == 390 else 350)
    for place in (*boxes, still(matrix(page))):
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width


def test_pictures_are_buttons_with_names_of_their_own(inspect):
    """Under each picture stood a button "Why?", so that all had one name."""
    settled(inspect)
    pictures = inspect.locator("[class*=st-key-picture-] button")
    expect(pictures).to_have_count(12)
    expect(inspect.get_by_role("button", name="Why?")).to_have_count(0)
    first = inspect.get_by_role("button", name=re.compile("^A 7, read as 1"))
    first.focus()
    first.press("Enter")
    expect(inspect.get_by_role("heading", name=re.compile("label 7, read as 1"))).to_be_visible()
    inspect.get_by_role("button", name="Back to misread digits").click()
    expect(inspect.get_by_role("heading", name="Misread digits")).to_be_visible()


HALVES = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const words = document.querySelector("[data-testid=stMain]").innerText;
    const both = words.includes("How often each digit is misread") && words.includes("99.6 % sure");
    window.seen.push(both);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_nothing_of_the_last_view_stays_while_the_next_loads(inspect):
    """Its lower half stayed below the upper half of the next."""
    settled(inspect)
    inspect.evaluate(HALVES)
    inspect.get_by_role("radio", name="By digit").click()
    expect(inspect.get_by_role("heading", name="How often each digit is misread")).to_be_visible()
    settled(inspect)
    assert inspect.evaluate("seen.length") > 0
    assert not inspect.evaluate("seen.some(Boolean)")


@pytest.mark.parametrize("view", ["mistakes", "labels", "certainty", "robustness", "duel"])
def test_every_help_button_has_a_name_of_its_own(page, mnist_folder, view):
    """Damaged pictures had fifteen buttons named "Help"."""
    page.goto(f"/inspect?model=sprint&view={view}")
    expect(page.get_by_text("Recipe sprint, seed")).to_be_visible()
    settled(page)
    assert names_of_help(page)


def test_what_draws_charts_is_loaded_before_one_is_shown(inspect):
    """The first chart of a visit took five times as long as the page around it."""
    loaded = "performance.getEntriesByType('resource').map(one => one.name.split('/').pop())"
    for part in ("PlotlyChart", "DataFrame"):
        inspect.wait_for_function(f"{loaded}.some(name => name.startsWith('{part}.'))")
    expect(inspect.locator(".js-plotly-plot")).to_have_count(0)
    expect(inspect.get_by_test_id("stDataFrame")).to_have_count(0)
