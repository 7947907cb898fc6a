"""Sessions: visitors who walk over all pages at the same time, and leave."""

import re

from bench import browser
from bench.faulty import homes
from bench.faulty.homes import Trials

_PAGES = {
    "/": "Digit Lab",
    "/draw": "Draw a digit",
    "/train": "Train a network",
    "/runs": "Runs",
    "/inspect": "Inspect a model",
}
_AT_ONCE = 5


def visits(often: int) -> Trials:
    """Open every page for each visitor, some at once; none meets a fault, nor does the log."""
    with homes.home() as home, browser.open_browser() as chromium:
        homes.put_run()
        server = browser.start(home)
        for first in range(0, often, _AT_ONCE):
            pages = [browser.visit(chromium, server) for _ in range(min(_AT_ONCE, often - first))]
            wrong = [""] * len(pages)
            for path, title in _PAGES.items():
                for page in pages:
                    page.goto(path, wait_until="commit")
                for number, page in enumerate(pages):
                    page.get_by_role("heading", name=title, exact=True).wait_for()
                    page.wait_for_function(_AT_REST)
                    if page.get_by_test_id("stException").count():
                        wrong[number] = f"a fault on {path}"
            for page, said in zip(pages, wrong, strict=True):
                page.close()
                yield "all pages", said
        server.stop()
        if found := re.findall(r"^\w+Error.*", server.log, re.MULTILINE):
            yield "the log", found[0]


_AT_REST = "document.querySelector('[data-test-script-state=notRunning]')"
