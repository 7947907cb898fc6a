"""Looks into a model with real clicks, and what is taken along opened without a network."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect


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
    with page.expect_download() as found:
        page.get_by_role("button", name=button).first.click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def loaded(page: Page) -> list[str]:
    return [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))]


def test_around_some_points_lie_their_images(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=map")
    chart = page.locator(".nsewdrag").first
    expect(chart).to_be_visible()
    expect(page.get_by_text("Click a point")).to_be_visible()
    page.locator('[data-title="Lasso Select"]').click()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    left, top = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    right, bottom = left + box["width"] * 0.4, top + box["height"] * 0.4
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.get_by_role("heading", name="The images you chose")).to_be_visible()
    page.get_by_role("button", name="Why?").first.click()
    expect(page).to_have_url(re.compile(r"image=\d+"))


def test_the_buttons_of_a_chart_do_not_lie_on_its_lines(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=certainty")
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    buttons, axes = chart.locator(".modebar"), chart.locator(".nsewdrag").first
    expect(buttons.locator(".modebar-btn").first).to_be_visible()
    end = buttons.evaluate("element => element.getBoundingClientRect().bottom")
    assert end <= axes.evaluate("element => element.getBoundingClientRect().top")


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


def test_the_digit_under_the_pointer_is_seen(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=map")
    expect(page.locator(".nsewdrag").first).to_be_visible()
    page.locator(".nsewdrag").first.scroll_into_view_if_needed()
    shown = page.locator(".digit-under-pointer")
    expect(shown).to_be_attached()
    expect(shown).to_be_hidden()
    x, y = page.evaluate(A_POINT)
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y, steps=5)
    expect(shown).to_be_visible()
    page.wait_for_function(THE_SAME_IMAGE)
    page.get_by_role("heading", name="Inspect a model").hover()
    expect(shown).to_be_hidden()


def test_no_digit_stays_behind_when_the_map_is_left(page, mnist_folder):
    page.goto("/inspect?model=sprint")
    page.get_by_role("radio", name="What looks alike").click()
    shown = page.locator(".digit-under-pointer")
    expect(shown).to_be_attached()
    page.locator(".nsewdrag").first.scroll_into_view_if_needed()
    x, y = page.evaluate(A_POINT)
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y, steps=5)
    expect(shown).to_be_visible()
    page.go_back()
    expect(page.locator(".nsewdrag")).to_have_count(0)
    expect(shown).to_have_count(0)


def test_a_saved_figure_draws_without_the_app(page, mnist_folder, tmp_path, offline):
    """The map, because WebGL needs most: a first version's own policy forbade it."""
    page.goto("/inspect?model=sprint&view=map")
    expect(page.get_by_text("Click a point")).to_be_visible()
    alone = offline(download(page, "Save figure", tmp_path))
    expect(alone.locator("#figure .main-svg").first).to_be_visible()
    expect(alone.locator("#figure canvas").first).to_be_attached()
    expect(alone.get_by_text("WebGL is not supported")).to_have_count(0)
    assert alone.evaluate("figure._fullData.reduce((n, trace) => n + trace.x.length, 0)") == 10_000
    picture = download(alone, "Save as SVG", tmp_path)
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert loaded(alone) == alone.failed == []


def test_the_report_opens_without_the_app(page, mnist_folder, tmp_path, offline):
    page.goto("/inspect?model=sprint&view=take")
    file = download(page, "Download the report", tmp_path)
    assert file.name == "sprint-report.html"
    assert file.stat().st_size < 3_000_000
    alone = offline(file)
    expect(alone.get_by_role("heading", name="sprint, a model that reads digits")).to_be_visible()
    expect(alone.get_by_role("img", name="Map of 10,000 test images")).to_be_visible()
    widths = alone.evaluate(
        "[...document.images].map((picture) => picture.complete && picture.naturalWidth)"
    )
    assert len(widths) == 48
    assert set(widths) == {28}
    assert loaded(alone) == alone.failed == []
    alone.set_viewport_size({"width": 390, "height": 844})
    assert alone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_number_inside_is_explained_by_keyboard(page, mnist_folder):
    page.goto("/inspect?model=tiny&view=inside")
    page.get_by_role("radio", name="1 convolution").click()
    expect(page.get_by_role("heading", name="comes about")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.locator("canvas").first.bounding_box()
    page.mouse.click(box["x"] + 44 + 26, box["y"] + 36 + 15)
    expect(page.get_by_role("heading", name="row 0, column 0")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="row 0, column 1")).to_be_visible()
    expect(page.get_by_text("Sum and bias")).to_be_visible()
