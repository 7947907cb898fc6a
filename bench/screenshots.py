"""The README's screenshots, taken again: ``python -m bench.screenshots``.

Operates the app in a real Chromium, in a home of its own with the shipped model in use. It draws a
digit, trains a run and selects a confused pair. Needs MNIST and a few minutes.
"""

import re
from pathlib import Path

from playwright.sync_api import Page

from bench.browser import open_browser, serve, visit
from bench.runs import temporary_home
from core import paths

FOLDER = paths.PROJECT / "docs" / "screenshots"
SEVEN = ((92, 84), (248, 80), (150, 285))
TRAINING_S = 180
HALF_WAY = """() => {
    const said = document.body.innerText.match(/step ([\\d,]+) of ([\\d,]+)/) ?? [0, "0", "1"];
    const [step, steps] = said.slice(1).map(number => Number(number.replaceAll(",", "")));
    return step > steps / 2;
}"""


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with temporary_home() as home, serve(home) as server, open_browser() as browser:
        page = visit(browser, server)
        _draw(page)
        _inspect(page)
        _train(page)
        page.goto("/")
        page.get_by_text("read as").first.wait_for()
        _save(page, "home")


def _draw(page: Page) -> None:
    page.goto("/draw")
    canvas = page.locator("canvas.upper-canvas")
    canvas.hover()
    box = canvas.bounding_box()
    first, *rest = ((box["x"] + x, box["y"] + y) for x, y in SEVEN)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=12)
    page.mouse.up()
    page.get_by_role("heading", name="7", exact=True).wait_for()
    page.wait_for_function("document.querySelector('.digit-lab-answer .announced').textContent")
    page.get_by_alt_text(re.compile("^Evidence for 7")).wait_for()
    _save(page, "draw")


def _inspect(page: Page) -> None:
    page.goto("/inspect?model=sprint")
    page.get_by_role("button", name="9 read as 4:").click()
    page.get_by_role("heading", name="9 read as 4").wait_for()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.mouse.move(0, 0)
    _save(page, "inspect")


def _train(page: Page) -> None:
    page.goto("/train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(HALF_WAY, timeout=1000 * TRAINING_S)
    _save(page, "train")
    page.get_by_text("it had never seen").wait_for(timeout=1000 * TRAINING_S)


def _save(page: Page, name: str) -> None:
    page.locator("[data-stale=true]").first.wait_for(state="detached")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=Path(FOLDER, f"{name}.png"), animations="disabled")


if __name__ == "__main__":
    main()
