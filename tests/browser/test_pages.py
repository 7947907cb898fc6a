"""Every page in a real browser: cold deep links, both themes, a phone, and no TensorFlow."""

import re

import psutil
import pytest
from playwright.sync_api import Page, expect

from bench.browser import Server, new_process
from tests.browser.settle import names_of_help, settled
from tests.browser.test_draw import ONE, open_draw
from tests.browser.test_draw import stroke as draw
from tests.browser.test_train import LONG, start
from tests.waiting import wait_for

TITLES = {
    "/": "Digit Lab",
    "/draw": "Draw a digit",
    "/train": "Train a network",
    "/runs": "Runs",
    "/inspect": "Inspect a model",
}
# What stands far below the title: once it is seen, the script that drew it has begun.
BELOW = {
    "/": "not on this machine yet|10,000 for testing",
    "/draw": "cropped and centred",
    "/train": "Latest runs",
    "/runs": "Import a run",
    "/inspect": "Row: the true digit",
}


def open_whole(page: Page, path: str, query: str = "") -> None:
    """Open a page and wait until all of it is there."""
    page.goto(path + query)
    expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(BELOW[path])).first).to_be_visible()
    settled(page)


@pytest.mark.parametrize("path", TITLES)
def test_a_cold_deep_link_arrives_with_its_query_navigation_and_sidebar(start_app, new_page, path):
    page = new_page(start_app())
    open_whole(page, path, "?recipe=cnn-deep" if path == "/train" else "")
    if path == "/train":
        expect(page.get_by_role("radio", name="cnn-deep")).to_be_checked()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("link", name="Inspect")).to_be_visible()
    expect(sidebar.get_by_text("Model in use")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


# Waited for: a chart finds its width a moment after it is drawn.
FITS = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth <= main.clientWidth;
}"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", TITLES)
def test_nothing_is_wider_than_a_phone_and_each_help_button_has_a_name(app, new_page, path, dark):
    page = new_page(app, phone=True, dark=dark)
    open_whole(page, path)
    page.wait_for_function(FITS)
    names_of_help(page)


def test_the_app_never_imports_tensorflow(start_app, new_page):
    """Over a whole session: its libraries would be mapped into the process."""
    # A process of its own, which loads only what it needs; what it trains is another one.
    app = start_app(toys=True, process=new_process)
    page = new_page(app)
    wait_for(lambda: _mapped(app, "pandas"), "what Home needs, before somebody opens it")
    for path in TITLES:
        open_whole(page, path)
    open_draw(page)
    draw(page, ONE)
    expect(page.get_by_text(re.compile("% sure|as good as certain")).first).to_be_visible()
    start(page, **LONG)
    expect(page.get_by_text(re.compile(r"step [\d,]+ of"))).to_be_visible()
    page.get_by_role("button", name="Stop training").click()
    expect(page.get_by_text("it had never seen")).to_be_visible()
    assert _mapped(app, "onnxruntime")
    assert _mapped(app, "tensorflow", "keras", "sklearn") == []


def _mapped(app: Server, *packages: str) -> list[str]:
    """Return the libraries of some packages that the app's process has loaded."""
    paths = {part.path for part in psutil.Process(app.process.pid).memory_maps()}
    return [path for path in paths if any(f"/{name}/" in path for name in packages)]


def test_a_visitors_model_outlives_a_reload_and_is_theirs_alone(page, phone):
    """It was the whole server's: one visitor's choice changed what all others drew with."""
    open_whole(page, "/draw")
    chosen = page.get_by_role("combobox", name="Model in use")
    chosen.click()
    page.get_by_role("option", name="tiny").click()
    page.wait_for_function("document.cookie.includes('digit-lab-model=tiny')")
    page.reload()
    expect(chosen).to_have_value("tiny")
    open_whole(phone, "/draw")
    phone.get_by_test_id("stExpandSidebarButton").click()
    expect(phone.get_by_role("combobox", name="Model in use")).to_have_value("flagship")
