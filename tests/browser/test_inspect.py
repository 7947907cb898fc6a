"""From a number to the images behind it, with real clicks."""

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def inspect(page, mnist_folder) -> Page:
    """Return the Inspect page of a shipped model, whose test images are here."""
    page.goto("/inspect?model=sprint")
    expect(page.locator(".js-plotly-plot .heatmaplayer")).to_be_visible()
    return page


def click_cell(page: Page, label: int, answer: int) -> None:
    """Click a cell of the confusion matrix, by the place that Plotly gave its square."""
    squares = page.locator(".js-plotly-plot .scatterlayer .points path")
    expect(squares).to_have_count(100)
    squares.nth(10 * label + answer).scroll_into_view_if_needed()
    box = squares.nth(10 * label + answer).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()


def test_a_confusion_cell_shows_its_images(inspect):
    click_cell(inspect, 4, 9)
    expect(inspect.get_by_role("heading", name="4 read as 9")).to_be_visible()
    pictures = inspect.get_by_alt_text("A 4, read as 9")
    expect(pictures.first).to_be_visible()
    others = inspect.locator("img[alt*='read as']:not([alt='A 4, read as 9'])")
    expect(others).to_have_count(0)
    inspect.get_by_role("button", name="Back to all mistakes").click()
    expect(inspect.get_by_role("heading", name="What it misreads")).to_be_visible()
    click_cell(inspect, 9, 4)
    expect(inspect.get_by_role("heading", name="9 read as 4")).to_be_visible()


def test_right_answers_can_be_looked_at_too(inspect):
    click_cell(inspect, 3, 3)
    expect(inspect.get_by_role("heading", name="3 read right")).to_be_visible()
    expect(inspect.get_by_alt_text("A 3, read as 3").first).to_be_visible()


def test_the_report_downloads_as_csv(inspect):
    with inspect.expect_download() as download:
        inspect.get_by_role("button", name="Report as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "digit,precision,recall,f1,support"
    assert len(lines) == 11


def test_pages_of_mistakes(inspect):
    first = inspect.locator("img[alt*='read as']").first.get_attribute("src")
    inspect.get_by_role("button", name="Next").or_(
        inspect.get_by_role("button", name="2", exact=True)
    ).first.click()
    expect(inspect.locator("img[alt*='read as']").first).not_to_have_attribute("src", first)
