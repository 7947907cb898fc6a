"""The app on a server of its own, and a real Chromium that opens it.

Times are taken inside the browser, from the time stamp of the input to the first frame that shows
the expected change. Playwright's own way to the page and back is therefore not counted.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from core import paths
from tools import chromium

AT_MOST_S = 120.0  # beside a training on two slow cores

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
    """A running app.

    Attributes
    ----------
    url : str
        Where it answers.
    home : Path
        Where it keeps what people make.
    process : subprocess.Popen
    log_file : Path
    began : float
        When it was started (monotonic).
    """

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    log_file: Path
    began: float

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self.log_file.read_text(errors="replace")

    def stop(self) -> None:
        """End the server alone, as Ctrl-C does: trainings continue."""
        _end(self.process)


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


def start(
    home: Path,
    script: Path | str = "streamlit_app.py",
    environment: dict[str, str] | None = None,
    program: Sequence[str] = ("streamlit",),
) -> Server:
    """Start the app, or another, by ``streamlit run``; return as soon as it takes connections.

    ``program`` is the module that does so, with what it is told before ``run``.

    Its log lies in its home.

    Raises
    ------
    click.ClickException
        It ended instead, or took too long; its log is shown.
    """
    command = [sys.executable, "-m", *program, "run", str(script)]
    with tempfile.NamedTemporaryFile(
        dir=home, prefix="server-", suffix=".log", delete=False
    ) as log:
        began = time.monotonic()
        process = subprocess.Popen(
            # Port 0: the system gives one that is free, and nobody can take it in between.
            [*command, "--server.port", "0"],
            cwd=paths.PROJECT,
            env=os.environ | {"DIGIT_LAB_HOME": str(home)} | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    log_file = Path(log.name)
    try:
        while (port := _port(process)) is None:
            if process.poll() is not None or time.monotonic() - began > AT_MOST_S:
                said = log_file.read_text(errors="replace")
                raise click.ClickException(f"The app did not start:\n{said}")
            time.sleep(0.02)
    except BaseException:
        _end(process)
        raise
    return Server(f"http://localhost:{port}", home, process, log_file, began)


@contextmanager
def serve(home: Path, script: Path | str = "streamlit_app.py") -> Iterator[Server]:
    """Start a server as `start` does, and end it afterwards."""
    server = start(home, script)
    try:
        yield server
    finally:
        server.stop()


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


def _port(process: subprocess.Popen[bytes]) -> int | None:
    """Return the port on which this very process takes connections, if it does yet."""
    try:
        connections = psutil.Process(process.pid).net_connections("tcp")
    except psutil.Error:  # it has ended, or is about to
        return None
    return next((c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN), None)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
