"""The app on a server of its own, and a real Chromium that looks at it.

Times are taken inside the browser: from the time stamp of the input to the first frame that shows
what was waited for, so that Playwright's own way to the page and back is not counted.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, sync_playwright

from core import paths
from tools import chromium

AT_MOST_S = 60.0

# stopwatch(event, sight): milliseconds from the next such input to the first painted frame in which
# sight() is something, and something else than at the input.
STOPWATCH = """
window.stopwatch = (event, sight) => new Promise(resolve => {
  let began = null, before = null;
  const look = () => {
    if (began === null) return;
    const now = sight();
    if (!now || now === before) return;
    observer.disconnect();
    document.removeEventListener("load", look, true);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  };
  const observer = new MutationObserver(look);
  addEventListener(event, input => {
    began = input.timeStamp;
    before = sight();
    observer.observe(document, {
      subtree: true, childList: true, characterData: true, attributes: true });
    // Not on the window: what an image loads is never told there.
    document.addEventListener("load", look, true);
  }, {capture: true, once: true});
});
"""
RESULTS = """
milliseconds => Promise.race([Promise.all(watches), new Promise((_, refuse) =>
  setTimeout(() => refuse(Error("what was waited for was never seen")), milliseconds))])
"""


@dataclass(frozen=True)
class Server:
    """A running app: where it answers, its process, and when that was started (monotonic)."""

    url: str
    process: subprocess.Popen[bytes]
    began: float


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the Chromium that `tools.chromium` finds.

    Raises
    ------
    click.ClickException
        There is none.
    """
    path = chromium.find()
    if path is None:
        raise click.ClickException("There is no Chromium: `python tools/chromium.py` gets one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serve(home: Path, script: Path | str = "streamlit_app.py") -> Iterator[Server]:
    """Start the app, or another, by ``streamlit run``; return as soon as it takes connections.

    Raises
    ------
    click.ClickException
        It ended instead; its log is shown.
    """
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    log_file = home / f"server-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    with log_file.open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=paths.PROJECT,
            env=os.environ | {"DIGIT_LAB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.monotonic() - began > AT_MOST_S:
                raise click.ClickException(f"The app did not start:\n{log_file.read_text()}")
            time.sleep(0.01)
        yield Server(f"http://localhost:{port}", process, began)
    finally:
        process.terminate()
        process.wait()


def visit(browser: Browser, server: Server) -> Page:
    """Return a visitor's page, nothing opened yet, nothing in its cache."""
    page = browser.new_page(base_url=server.url, viewport={"width": 1280, "height": 900})
    page.set_default_timeout(1000 * AT_MOST_S)
    page.add_init_script(STOPWATCH)
    return page


def timed(page: Page, event: str, act: Callable[[], None], *sights: str) -> list[float]:
    """Do something with the page and time what comes of it.

    Parameters
    ----------
    page : Page
        Made by `visit`.
    event : str
        DOM event of the input from which the time runs, such as ``pointerup``.
    act : callable
        Brings that event about.
    *sights : str
        JavaScript expressions: what is looked at, or something false while there is nothing.

    Returns
    -------
    list of float
        Milliseconds until each sight was there, and other than before.
    """
    watches = ", ".join(f"stopwatch({event!r}, () => {sight})" for sight in sights)
    page.evaluate(f"() => {{ window.watches = [{watches}] }}")
    act()
    return page.evaluate(RESULTS, 1000 * AT_MOST_S)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True
