"""Looks into a model with real clicks, and what is exported opened offline."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.settle import downloaded, settled, still, until_there


@pytest.fixture
def offline(chromium: Browser) -> Iterator[Callable[[Path], Page]]:
    """Open a file where nothing can be loaded; a page that tries, or whose script fails, fails."""
    context = chromium.new_context(offline=True)

    def open_file(path: Path) -> Page:
        page, asked, failed = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.asked, page.failed = asked, failed
        page.goto(path.as_uri())
        return page

    yield open_file
    context.close()


def download(page: Page, button: str, folder: Path) -> Path:
    found = downloaded(page.get_by_role("button", name=button).first)
    path = folder / found.suggested_filename
    found.save_as(path)
    return path


def loaded(page: Page) -> list[str]:
    return [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))]


def test_around_some_points_lie_their_images(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=map")
    chart = page.locator(".nsewdrag").first
    expect(chart).to_be_visible()
    expect(page.get_by_text("Click a point")).to_be_visible()
    chosen = page.get_by_role("heading", name="Chosen images")
    until_there(lambda: draw_around_some(page), chosen)
    expect(chosen).to_be_visible()
    settled(page)
    page.locator("[class*=st-key-picture-] button").first.click()
    expect(page).to_have_url(re.compile(r"image=\d+"))


def draw_around_some(page: Page) -> None:
    """Draw a lasso over the middle of the chart."""
    settled(page)
    page.locator('[data-title="Lasso Select"]').click()
    box = still(page.locator(".nsewdrag").first)
    left, top = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    right, bottom = left + box["width"] * 0.4, top + box["height"] * 0.4
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


BUTTONS_ABOVE_AXES = """chart => {
  const box = part => chart.querySelector(part).getBoundingClientRect();
  return box(".modebar").bottom <= box(".nsewdrag").top;
}"""


def test_the_buttons_of_a_chart_do_not_lie_on_its_lines(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=certainty")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".nsewdrag").first).to_be_visible()
    settled(page)
    still(chart)
    chart.hover()
    expect(chart.locator(".modebar .modebar-btn").first).to_be_visible()
    assert chart.evaluate(BUTTONS_ABOVE_AXES)


A_POINT = """() => {
  const chart = document.querySelector("[class*=st-key-map-] .js-plotly-plot");
  const area = chart.querySelector(".nsewdrag").getBoundingClientRect();
  const { xaxis, yaxis } = chart._fullLayout, points = chart._fullData[7];
  return [area.x + xaxis.l2p(points.x[0]), area.y + yaxis.l2p(points.y[0])];
}"""

# On its way the pointer crosses other points; where it stays, words and picture are of one image.
THE_SAME_IMAGE = """() => {
  const place = document.querySelector(".digit-under-pointer").dataset.place;
  return document.querySelector(".hoverlayer").textContent.endsWith("image " + place);
}"""


def point_at_one(page: Page) -> None:
    settled(page)
    still(page.locator(".nsewdrag").first)
    x, y = page.evaluate(A_POINT)
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y, steps=5)


def test_the_digit_under_the_pointer_is_seen(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=map")
    expect(page.locator(".nsewdrag").first).to_be_visible()
    shown = page.locator(".digit-under-pointer")
    expect(shown).to_be_attached()
    expect(shown).to_be_hidden()
    until_there(lambda: point_at_one(page), shown.locator("visible=true"))
    page.wait_for_function(THE_SAME_IMAGE)
    page.get_by_role("heading", name="Inspect a model").hover()
    expect(shown).to_be_hidden()


def test_no_digit_stays_behind_when_the_map_is_left(page, mnist_folder):
    page.goto("/inspect?model=sprint")
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="Inside").click()  # its first view is the map
    shown = page.locator(".digit-under-pointer")
    expect(shown).to_be_attached()
    expect(page.locator(".nsewdrag").first).to_be_visible()
    until_there(lambda: point_at_one(page), shown.locator("visible=true"))
    page.go_back()
    expect(page.locator(".nsewdrag")).to_have_count(0)
    expect(shown).to_have_count(0)


def test_a_saved_figure_draws_without_the_app(page, mnist_folder, tmp_path, offline):
    """The map, because WebGL needs most: a first version's own policy forbade it."""
    page.goto("/inspect?model=sprint&view=map")
    expect(page.get_by_text("Click a point")).to_be_visible()
    settled(page)
    alone = offline(download(page, "Save figure", tmp_path))
    expect(alone.locator("#figure .main-svg").first).to_be_visible()
    expect(alone.locator("#figure canvas").first).to_be_attached()
    expect(alone.get_by_text("WebGL is not supported")).to_have_count(0)
    points = "figure._fullData.reduce((n, trace) => n + trace.x.length, 0)"
    assert alone.evaluate(points) == 10_000
    picture = download(alone, "Save as SVG", tmp_path)
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert loaded(alone) == alone.failed == []


def test_the_report_opens_without_the_app(page, mnist_folder, tmp_path, offline):
    page.goto("/inspect?model=sprint&view=take")
    expect(page.get_by_role("button", name="Download the report").first).to_be_visible()
    settled(page)
    file = download(page, "Download the report", tmp_path)
    assert file.name == "sprint-report.html"
    assert file.stat().st_size < 3_000_000
    alone = offline(file)
    expect(alone.get_by_role("heading", name="sprint, a model that reads digits")).to_be_visible()
    expect(alone.get_by_role("img", name="Map of 10,000 test images")).to_be_visible()
    alone.wait_for_function("[...document.images].every(picture => picture.complete)")
    widths = alone.evaluate("[...document.images].map(picture => picture.naturalWidth)")
    assert len(widths) == 48
    assert set(widths) == {28}
    assert loaded(alone) == alone.failed == []
    alone.set_viewport_size({"width": 390, "height": 844})
    alone.wait_for_function("document.documentElement.scrollWidth === 390")


def click_first_cell(page: Page) -> None:
    settled(page)
    box = still(page.get_by_test_id("stDataFrame").first.locator("canvas").first)
    page.mouse.click(box["x"] + 44 + 26, box["y"] + 36 + 15)


def test_a_number_inside_is_explained_by_keyboard(page, mnist_folder):
    page.goto("/inspect?model=tiny&view=inside")
    layer = page.get_by_role("radio", name="1 convolution", exact=True)
    expect(layer).to_be_visible()
    settled(page)
    layer.click()
    expect(page.get_by_role("heading", name="Calculation of")).to_be_visible()
    first = page.get_by_role("heading", name="row 0, column 0")
    until_there(lambda: click_first_cell(page), first)
    expect(first).to_be_visible()
    settled(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="row 0, column 1")).to_be_visible()
    expect(page.get_by_text("Sum and bias")).to_be_visible()
