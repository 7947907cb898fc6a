"""From a number to the images behind it, with real clicks."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settled, still, until_there
from ui.inspect import confusion


@pytest.fixture
def inspect(page, mnist_folder) -> Page:
    """Return the Inspect page of a shipped model, whose test images are here."""
    page.goto("/inspect?model=sprint")
    expect(matrix(page)).to_be_visible()
    return page


def matrix(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first.locator("canvas").first


def place(page: Page, label: int, answer: int) -> tuple[float, float]:
    """Return the middle of a cell; the table is painted, so it has no element to click."""
    settled(page)
    box = still(matrix(page))
    column = confusion.WIDTH / 11
    header = box["height"] - 10 * confusion.ROW_PX
    return (
        box["x"] + (answer + 1.5) * column,
        box["y"] + header + (label + 0.5) * confusion.ROW_PX,
    )


def click_cell(page: Page, label: int, answer: int) -> None:
    until_there(
        lambda: page.mouse.click(*place(page, label, answer)), headline(page, label, answer)
    )


def tap_cell(page: Page, label: int, answer: int) -> None:
    until_there(
        lambda: page.touchscreen.tap(*place(page, label, answer)), headline(page, label, answer)
    )


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
    inspect.get_by_role("button", name="Back to all mistakes").click()
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
    click_cell(inspect, 4, 8)
    expect(inspect.get_by_role("heading", name="4 read as 8")).to_be_visible()
    settled(inspect)
    inspect.keyboard.press("ArrowRight")
    expect(inspect.get_by_role("heading", name="4 read as 9")).to_be_visible()
    settled(inspect)
    inspect.keyboard.press("ArrowUp")
    expect(inspect.get_by_role("heading", name="3 read as 9")).to_be_visible()


def test_a_finger_chooses_the_cell_that_it_taps(phone, mnist_folder):
    """A Plotly chart answered with the cell of the tap before."""
    phone.goto("/inspect?model=sprint")
    expect(matrix(phone)).to_be_visible()
    for label, answer in ((5, 3), (3, 5), (4, 1)):
        tap_cell(phone, label, answer)
        expect(phone.get_by_role("heading", name=f"{label} read as {answer}")).to_be_visible()


def test_right_answers_can_be_looked_at_too(inspect):
    click_cell(inspect, 3, 3)
    expect(inspect.get_by_role("heading", name="3 read correctly")).to_be_visible()
    expect(inspect.get_by_alt_text("A 3, read as 3").first).to_be_visible()


def test_the_scores_download_as_csv(inspect):
    settled(inspect)
    inspect.get_by_role("radio", name="By digit").click()
    scores = inspect.get_by_role("button", name="Download CSV")
    expect(scores).to_be_visible()
    settled(inspect)
    with inspect.expect_download() as download:
        scores.click()
    lines = download.value.path().read_text().splitlines()
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
