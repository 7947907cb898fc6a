"""A real Chromium against a real server.

``page`` and ``phone`` show the app that all browser tests share; ``new_page`` opens more, on other
servers or in the dark theme; ``start_app`` starts a server that a test has to itself, whose
trainings are toys where asked. Pages of one size and theme share what a browser keeps for a
visitor who comes again, the app's scripts above all; what a test leaves there is cleared after it,
and its page serves the next test. When a test fails, its report names a screenshot of every page
and ends with the log of every server of its own. A server whose log holds a trace fails its tests.
"""

import contextlib
import re
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import click
import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from bench.browser import Server, Starter
from bench.browser import start as start_server
from tests.browser import copies
from tools import chromium as chromium_finder

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# How quick a page is, is for bench/ to say: this long is waited on a machine that is slow and busy.
PATIENCE_MS = 180_000
expect.set_options(timeout=PATIENCE_MS)
ARGUMENTS = [
    *chromium_finder.ARGUMENTS,
    "--process-per-site",  # Pages share a process and with it what is compiled, see `context_of`.
    "--js-flags=--no-opt --no-maglev",  # A page is gone before it pays that its code is optimised.
]

# What stays with a page when it opens another address: such a page is closed after its test.
LASTING = ("add_init_script", "on", "route", "set_viewport_size")

PAGES = pytest.StashKey[list[Page]]()
APPS = pytest.StashKey[list[Server]]()


@pytest.fixture(scope="session")
def chromium(lacking: Callable[[str, str], None]) -> Iterator[Browser]:
    path = chromium_finder.find(shell_first=True)
    if path is None:
        lacking("browser", "no Chromium was found: see tools/chromium.py")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            lacking("browser", f"{path} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context_of(chromium: Browser) -> Iterator[Callable[[Server, bool, bool], BrowserContext]]:
    """Call as ``context_of(app, phone, dark)``: what all pages of that size and theme share.

    A page of one word stays open in it. With the last page its window and its process would go,
    and a test's page would cost more than twice the processor time.
    """
    contexts: dict[tuple[bool, bool], BrowserContext] = {}

    def find(app: Server, phone: bool, dark: bool) -> BrowserContext:
        if (phone, dark) not in contexts:
            context = chromium.new_context(
                color_scheme="dark" if dark else "light", **(PHONE if phone else DESKTOP)
            )
            context.set_default_timeout(PATIENCE_MS)
            context.new_page().goto(urljoin(app.url, "_stcore/health"))
            contexts[phone, dark] = context
        return contexts[phone, dark]

    yield find
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="session")
def app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server that tests share."""
    home = tmp_path_factory.mktemp("home")
    app = _start(home, {})
    yield app
    _stop_with_training(app)
    _check_log(app)


@pytest.fixture(scope="session")
def ports() -> Iterator[list[socket.socket]]:
    """Return sockets that keep ports for servers of the tests, one after another.

    At an address that it knows the browser has the app's scripts, loaded and compiled: with a port
    of their own for each server, the first page of each cost it twice the processor time.
    """
    kept: list[socket.socket] = []
    yield kept
    for port in kept:
        port.close()


@pytest.fixture
def start_app(
    chromium: Browser,
    ports: list[socket.socket],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Server]]:
    """Call as ``start_app(NAME="value")`` for a server with these environment variables.

    ``home`` makes it take over the folder of a server that was stopped; with ``toys`` nothing that
    it trains needs TensorFlow, see `tests.toy.worker`; ``process`` is how `bench.browser.start` may
    start it.
    """
    apps = request.node.stash.setdefault(APPS, [])
    taken: list[socket.socket] = []

    def start(
        home: Path | None = None,
        toys: bool = False,
        process: Starter = copies.start,
        **environment: str,
    ) -> Server:
        home = home or tmp_path_factory.mktemp("home")
        apps.append(_start(home, environment, toys, process, _take_port(ports, taken)))
        return apps[-1]

    yield start
    for app in apps:
        _stop_with_training(app)
    ports += reversed(taken)
    for app in apps:
        _check_log(app)


@pytest.fixture(scope="session")
def idle(chromium: Browser) -> dict[BrowserContext, list[Page]]:
    """Return the pages that tests have left: to open one costs as much as half of what it shows."""
    return defaultdict(list)


@pytest.fixture
def new_page(
    context_of: Callable[[Server, bool, bool], BrowserContext],
    idle: dict[BrowserContext, list[Page]],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Page]]:
    """Call as ``new_page(app, phone=True, dark=True)``: a visitor of their own, nothing opened."""
    pages = request.node.stash.setdefault(PAGES, [])
    changed: set[Page] = set()

    def open_page(app: Server, *, phone: bool = False, dark: bool = False) -> Page:
        context = context_of(app, phone, dark)
        page = idle[context].pop() if idle[context] else context.new_page()
        # Not the context's base_url: servers share the context.
        go = page.goto
        page.goto = lambda address, **options: go(urljoin(app.url, address), **options)
        for name in LASTING:
            setattr(page, name, _noted(getattr(page, name), changed, page))
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        for name in ("goto", *LASTING):
            delattr(page, name)  # the method itself is seen again
        with contextlib.suppress(Error):  # It is closed, or opened nothing and is as new.
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
            if page not in changed:
                page.mouse.move(0, 0)
                page.goto("about:blank")
                idle[page.context].append(page)
                continue
        page.close()
    for context in {page.context for page in pages}:
        context.clear_cookies()


def _noted(call: Callable[..., Any], changed: set[Page], page: Page) -> Callable[..., Any]:
    def noted(*arguments: Any, **options: Any) -> Any:
        changed.add(page)
        return call(*arguments, **options)

    return noted


@pytest.fixture
def page(app: Server, new_page: Callable[..., Page]) -> Page:
    """Return a page of 1280x900 that has opened nothing yet: ``page.goto("/draw")``."""
    return new_page(app)


@pytest.fixture
def phone(app: Server, new_page: Callable[..., Page]) -> Page:
    """Return a touch page of 390x844 that has opened nothing yet."""
    return new_page(app, phone=True)


@pytest.fixture
def own(start_app: Callable[..., Server], new_page: Callable[..., Page]) -> tuple[Server, Page]:
    """Return a server of the test's own, and a page on it."""
    app = start_app()
    return app, new_page(app)


@pytest.fixture
def with_toys(
    start_app: Callable[..., Server], new_page: Callable[..., Page]
) -> tuple[Server, Page]:
    """Return a server of the test's own whose trainings are toys, and a page on it."""
    app = start_app(toys=True)
    return app, new_page(app)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        folder = item.config._tmp_path_factory.mktemp("screenshots")
        for number, page in enumerate(item.stash.get(PAGES, [])):
            path = folder / f"{item.name}-{number}.png"
            with contextlib.suppress(Error):  # a page that crashed is shown by the test's own error
                page.screenshot(path=path, full_page=True)
                report.sections.append(("Screenshot", f"{path} of {page.url}"))
        shared = item.funcargs.get("app")
        for app in [*item.stash.get(APPS, []), *([shared] if shared else [])]:
            report.sections.append((f"Log of {app.url}", app.log))
    return report


def _take_port(ports: list[socket.socket], taken: list[socket.socket]) -> int:
    """Return a port that was kept, or that is from now on; 0, any that is free, outside Linux.

    On Linux a server may have the port of a socket that listens to nothing, and the system gives it
    to nobody who does not ask for it.
    """
    if sys.platform != "linux":
        return 0
    if not ports:
        ports.append(socket.socket())
        ports[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ports[0].bind(("127.0.0.1", 0))
    taken.append(ports.pop())
    return int(taken[-1].getsockname()[1])


def _start(
    home: Path,
    environment: dict[str, str],
    toys: bool = False,
    process: Starter = copies.start,
    port: int = 0,
) -> Server:
    program = ["tests.toy.start", "streamlit"] if toys else ["streamlit"]
    try:
        return start_server(
            home, environment=environment, program=program, process=process, port=port
        )
    except click.ClickException as error:
        pytest.fail(error.message, pytrace=False)


def _stop_with_training(app: Server) -> None:
    app.stop()
    workers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(part.startswith(str(app.home)) for part in process.info["cmdline"] or [])
    ]
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
    psutil.wait_procs(workers, timeout=10)


def _check_log(app: Server) -> None:
    """Fail where a page met a fault that nothing explains, whatever the test looked at."""
    log = re.sub(r"\x1b\[[\d;]*m", "", app.log)
    if "Traceback" in log:
        fault = log.rpartition("─\n")[2].strip()  # below the frame that the trace stands in
        pytest.fail(f"The app raised {fault}\n{log}", pytrace=False)
