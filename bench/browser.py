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
from contextlib import contextmanager, suppress
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

# Starts ``python -m`` with arguments, in an environment; what it prints is added to a file.
Starter = Callable[[list[str], dict[str, str], Path], psutil.Process]


@dataclass(frozen=True)
class Server:
    """A running app.

    Attributes
    ----------
    url : str
        Where it answers.
    home : Path
        Where it keeps what people make.
    process : psutil.Process
    log_file : Path
    began : float
        When it was started (monotonic).
    """

    url: str
    home: Path
    process: psutil.Process
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


def new_process(arguments: list[str], environment: dict[str, str], log: Path) -> psutil.Process:
    """Start ``python -m`` with these arguments in a process of its own: a `Starter`."""
    with log.open("ab") as output:
        return psutil.Popen(
            [sys.executable, "-m", *arguments],
            cwd=paths.PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def start(
    home: Path,
    script: Path | str = "streamlit_app.py",
    environment: dict[str, str] | None = None,
    program: Sequence[str] = ("streamlit",),
    process: Starter = new_process,
    port: int = 0,
) -> Server:
    """Start the app, or another, by ``streamlit run``; return as soon as it takes connections.

    ``program`` is the module that does so, with what it is told before ``run``. ``process``
    starts ``python -m`` with arguments, in an environment, what it prints added to a file. Port 0:
    the system gives one that is free, and nobody can take it in between.

    Its log lies in its home.

    Raises
    ------
    click.ClickException
        It ended instead, or took too long; its log is shown.
    """
    arguments = [*program, "run", str(script), "--server.port", str(port)]
    variables = os.environ | {"DIGIT_LAB_HOME": str(home)} | (environment or {})
    with tempfile.NamedTemporaryFile(
        dir=home, prefix="server-", suffix=".log", delete=False
    ) as log:
        began = time.monotonic()
    log_file = Path(log.name)
    running = process(arguments, variables, log_file)
    try:
        while (listening := _port(running)) is None:
            if _has_ended(running) or time.monotonic() - began > AT_MOST_S:
                said = log_file.read_text(errors="replace")
                raise click.ClickException(f"The app did not start:\n{said}")
            time.sleep(0.02)
    except BaseException:
        _end(running)
        raise
    return Server(f"http://localhost:{listening}", home, running, log_file, began)


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


def _port(process: psutil.Process) -> int | None:
    """Return the port on which this very process takes connections, if it does yet."""
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:  # it has ended, or is about to
        return None
    return next((c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN), None)


def _has_ended(process: psutil.Process, within: float = 0) -> bool:
    try:
        process.wait(timeout=within)
    except psutil.TimeoutExpired:
        return False
    return True


def _end(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        if not _has_ended(process, within=10):
            process.kill()
            process.wait()
