"""Benchmark of explanations: how quickly the views of Inspect, an image and Draw show them.

    python -m bench.explain

Measures in a real Chromium, on a fresh server, from the click to the page at rest with all its
pictures. "First" includes what is cached afterwards. "Again" is the same click later; on Draw and
for images it is with another digit each time.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import click
from playwright.sync_api import Browser, Locator, Page

from bench import machine, runs, tables
from bench.app import DIGITS, give, page_of, stroke
from bench.browser import Server, open_browser, serve, timed
from core import registry
from ui.draw import explain
from ui.inspect import views

HEADER = ("click on", "first", "again, median", "min–max", "n", "1 s first, 400 ms again")
FIRST_MS, AGAIN_MS = 1000, 400
# All that the page says, once its script has run to the end and every picture is there.
SETTLED = """(() => {
  const main = document.querySelector('[data-testid=stMain]');
  const pictures = [...main.querySelectorAll('img')];
  const done = document.querySelector('[data-test-script-state=notRunning]')
    && !main.querySelector('[data-stale=true]') && pictures.every(p => p.complete);
  return done && main.innerText + pictures.map(p => p.src).join();
})()"""
EVIDENCE = "document.querySelector('[alt^=Evidence]')?.src"
_EVIDENCE = "the end of a stroke, to the evidence"  # the answer is there before
Times = dict[str, list[float]]


@click.command()
@click.option("--rounds", default=6, show_default=True, help="How often everything is clicked.")
def main(rounds: int) -> None:
    """Print how long each click takes."""
    model = registry.active()
    if model is None:
        raise click.ClickException("There is no model: `python -m core train sprint` makes one.")
    took: Times = defaultdict(list)
    with runs.temporary_home() as home, open_browser() as browser:
        give(model, home)
        print(machine.describe("streamlit", "plotly", Chromium=browser.version))
        print(f"model '{model.name}'; MNIST, 10,000 test images; 1280 x 900 pixels\n", flush=True)
        with serve(home) as server:
            for part in (_views, _images, _drawings):
                part(browser, server, rounds, took)
    print(tables.markdown(HEADER, [_row(what, times) for what, times in took.items()]))


def _row(what: str, times: list[float]) -> list[str]:
    first, *again = times
    middle = statistics.median(again)
    kept = (first <= FIRST_MS, middle <= AGAIN_MS)
    met = {(True, True): "yes", (True, False): "first", (False, True): "again"}.get(kept, "no")
    spread = f"{min(again):,.0f}–{max(again):,.0f}"
    return [what, f"{first:,.0f} ms", f"{middle:,.0f} ms", spread, str(len(again)), met]


def _views(browser: Browser, server: Server, rounds: int, took: Times) -> None:
    with page_of(browser, server, "/inspect", "Inspect a model") as page:
        page.wait_for_function(SETTLED)
        groups = list(views.GROUPS.items())
        for _ in range(rounds):
            # The first group last: it is open when the page is.
            for name, group in [*groups[1:], groups[0]]:
                first, *others = (title for title, _ in group.values())
                _click(page, page.get_by_role("radio", name=name, exact=True), first, took)
                for title in others:
                    _click(page, page.get_by_role("radio", name=title, exact=True), title, took)


def _images(browser: Browser, server: Server, rounds: int, took: Times) -> None:
    with page_of(browser, server, "/inspect", "Inspect a model") as page:
        page.wait_for_function(SETTLED)
        for number in range(rounds):
            picture = page.locator("[class*=st-key-picture-] button").nth(number)
            _click(page, picture, "a misread image", took)
            back = page.get_by_role("button", name="Back to", exact=False)
            _click(page, back, "back to the images", took)
        page.goto("/inspect?image=0")
        page.get_by_role("button", name="Next").wait_for()
        page.wait_for_function(SETTLED)
        for _ in range(2 * rounds):
            _click(page, page.get_by_role("button", name="Next"), "the next test image", took)


def _drawings(browser: Browser, server: Server, rounds: int, took: Times) -> None:
    names = (explain.STEPS, explain.STROKES, explain.CHANGE, explain.MODELS, explain.KNOWN)
    with page_of(browser, server, "/draw", "Draw a digit") as page:
        for number in range(rounds):
            # Each time another digit: a little to the right.
            *strokes, last = [
                [(x + 2 * number, y) for x, y in points] for points in DIGITS[number % len(DIGITS)]
            ]
            for points in strokes:
                stroke(page, points)
            page.wait_for_function(SETTLED)
            took[_EVIDENCE] += timed(page, "pointerup", partial(stroke, page, last), EVIDENCE)
            page.get_by_text("Why this answer").wait_for()
            page.wait_for_function(SETTLED)
            for name in names:
                _click(page, page.get_by_role("radio", name=name, exact=True), name, took)
            _click(page, page.get_by_role("radio", name=names[-1], exact=True), "closing it", took)
            page.get_by_role("button", name="Clear").click()
            page.get_by_text("Draw a digit with the mouse").wait_for()


def _click(page: Page, where: Locator, what: str, took: Times) -> None:
    page.wait_for_function(SETTLED)
    act: Callable[[], None] = where.click
    took[what] += timed(page, "click", act, SETTLED)


if __name__ == "__main__":
    main()
