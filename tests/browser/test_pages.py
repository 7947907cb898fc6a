"""What holds for every page: cold deep links, both themes, a phone, and no TensorFlow."""

import re

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.test_draw import stroke as draw

TITLES = {
    "/": "Digit Lab",
    "/draw": "Draw a digit",
    "/train": "Train a network",
    "/runs": "Runs",
    "/inspect": "Inspect a model",
}


@pytest.mark.parametrize("path", TITLES)
def test_a_cold_deep_link_arrives_with_navigation_and_sidebar(start_app, new_page, path):
    page = new_page(start_app())
    page.goto(path)
    expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("link", name="Inspect")).to_be_visible()
    expect(sidebar.get_by_text("Model in use")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_cold_deep_link_keeps_its_query(start_app, new_page):
    page = new_page(start_app())
    page.goto("/train?recipe=cnn-deep")
    expect(page.get_by_role("radio", name="cnn-deep")).to_be_checked()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", TITLES)
def test_nothing_is_wider_than_a_phone(app, new_page, path, dark):
    page = new_page(app, phone=True, dark=dark)
    page.goto(path)
    expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_the_app_never_imports_tensorflow(start_app, new_page):
    """Over a whole session: its libraries would be mapped into the process."""
    app = start_app()
    page = new_page(app)
    for path, title in TITLES.items():
        page.goto(path)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.goto("/draw")
    draw(page, [(168, 50), (168, 290)])
    expect(page.get_by_text(re.compile("% sure"))).to_be_visible()
    page.goto("/train")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(re.compile(r"step \d+ of"))).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Stop training").click()
    expect(page.get_by_text("it had never seen")).to_be_visible(timeout=120_000)
    mapped = {part.path for part in psutil.Process(app.process.pid).memory_maps()}
    assert any("onnxruntime" in path or "numpy" in path for path in mapped)
    heavy = ("/tensorflow/", "/keras/", "/sklearn/")
    assert [path for path in mapped if any(name in path for name in heavy)] == []
