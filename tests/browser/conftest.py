"""A real Chromium against a real server.

``page`` and ``phone`` show the app that all browser tests share; ``new_page`` opens more, on other
servers or in the dark theme; ``start_app`` starts a server that a test has to itself. When a test
fails, its report names a screenshot of every page and ends with the log of every server of its own.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psutil
import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from bench.browser import Server
from bench.browser import start as start_server
from tools import chromium as chromium_finder

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# As long for what a page shows: how quick it is, is for bench/ to say.
expect.set_options(timeout=30_000)

PAGES = pytest.StashKey[list[Page]]()
APPS = pytest.StashKey[list[Server]]()


@pytest.fixture(scope="session")
def chromium(lacking: Callable[[str, str], None]) -> Iterator[Browser]:
    path = chromium_finder.find()
    if path is None:
        lacking("browser", "no Chromium was found: see tools/chromium.py")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path, args=chromium_finder.ARGUMENTS
            )
        except Error as error:
            lacking("browser", f"{path} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server that tests share."""
    home = tmp_path_factory.mktemp("home")
    app = _start(home, {})
    yield app
    _stop_with_training(app)


@pytest.fixture
def start_app(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Call as ``start_app(NAME="value")`` for a server with these environment variables.

    ``home`` makes it take over the folder of a server that was stopped.
    """
    apps = request.node.stash.setdefault(APPS, [])

    def start(home: Path | None = None, **environment: str) -> Server:
        apps.append(_start(home or tmp_path_factory.mktemp("home"), environment))
        return apps[-1]

    yield start
    for app in apps:
        _stop_with_training(app)


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Call as ``new_page(app, phone=True, dark=True)``: a visitor of their own, nothing opened."""
    pages = request.node.stash.setdefault(PAGES, [])

    def open_page(app: Server, *, phone: bool = False, dark: bool = False) -> Page:
        scheme = "dark" if dark else "light"
        page = chromium.new_page(
            base_url=app.url, color_scheme=scheme, **(PHONE if phone else DESKTOP)
        )
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


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


def _start(home: Path, environment: dict[str, str]) -> Server:
    try:
        return start_server(home, environment=environment)
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
