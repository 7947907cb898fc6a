"""A page at rest: waiting for it, and clicks that have no auto-wait of their own.

A script at rest may be one that has not begun. Just after an action, first wait for something that
only its outcome shows, then call `settled`.
"""

from collections.abc import Callable

from playwright.sync_api import Download, FloatRect, Locator, Page, expect
from playwright.sync_api import TimeoutError as LateError

_LOOKS = 5  # at what an action shows, before it is done again
_LOOK_MS = 6_000
_POLLING_MS = 50  # to look before each frame, as Playwright does, has frames painted for nothing

# "initial" until the first script has begun. What is drawn late has a skeleton in its place; a
# picture that did not arrive is complete, too, but has no width.
_AT_REST = """() =>
  document.querySelector("[data-test-script-state=notRunning]")
  && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")
  && [...document.images].every(picture => picture.complete && picture.naturalWidth)
"""

# The box, if it is the same at three looks, one frame apart, and the element was not replaced.
_STILL = """async element => {
  element.scrollIntoViewIfNeeded();
  const look = () => new Promise(resolve => requestAnimationFrame(() => {
    const { x, y, width, height } = element.getBoundingClientRect();
    resolve({ x, y, width, height });
  }));
  const boxes = [await look(), await look(), await look()];
  const same = new Set(boxes.map(box => JSON.stringify(box))).size === 1;
  return element.isConnected && same ? boxes[0] : null;
}"""


def settled(page: Page) -> None:
    """Wait until the script is at rest, nothing is left of an earlier run, all pictures are in."""
    page.wait_for_function(_AT_REST, polling=_POLLING_MS)


def still(element: Locator) -> FloatRect:
    """Scroll to an element; return where it is, in pixels of the window, once it stays there."""
    box = None
    while box is None:
        box = element.evaluate(_STILL)
    return box


def until_there(act: Callable[[], None], sight: Locator) -> None:
    """Do what a page may miss, though it looks at rest, until something comes of it.

    Only for what does no harm when it is done twice.
    """
    for _ in range(_LOOKS):
        act()
        try:
            expect(sight).to_be_attached(timeout=_LOOK_MS)
        except AssertionError:
            settled(sight.page)
        else:
            return
    expect(sight).to_be_attached()


def downloaded(button: Locator) -> Download:
    """Click a button until its file comes: a click on a page that is drawn anew is lost."""
    page = button.page
    for _ in range(_LOOKS):
        try:
            with page.expect_download(timeout=_LOOK_MS) as download:
                button.click()
        except LateError:
            settled(page)
        else:
            return download.value
    with page.expect_download() as download:
        button.click()
    return download.value


def names_of_help(page: Page) -> list[str]:
    """Return the names of all help buttons; expect that each has one of its own."""
    buttons = page.locator("button[aria-label^=Help]")
    names = buttons.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert "Help" not in names
    assert len(set(names)) == len(names)
    return names


def fits(page: Page, width: int) -> None:
    """Expect that nothing of the page, once at rest, is wider than so many pixels."""
    settled(page)
    page.wait_for_function(
        "width => document.documentElement.scrollWidth <= width", arg=width, polling=_POLLING_MS
    )
