"""MNIST in the sidebar: it comes by itself, and nothing is worse while it does or if it cannot."""

import threading
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.data import mnist
from core.errors import DigitLabError
from core.recipes import link
from core.recipes.shipped import RECIPES
from tests.app.conftest import said
from tests.waiting import wait_for
from ui import cache, downloads

FAILED = "Download failed."


@pytest.fixture
def online(fresh, monkeypatch):
    monkeypatch.delenv("DIGIT_LAB_OFFLINE")
    return fresh


@pytest.fixture
def failing(monkeypatch) -> list[int]:
    """Let every download fail; returns a list with an item for each."""
    calls = []

    def fails(progress):
        calls.append(1)
        raise DigitLabError("No mirror answered; try again.")

    monkeypatch.setattr(mnist, "fetch", fails)
    return calls


def wait_until(state: str) -> None:
    wait_for(lambda: downloads._downloads().state("mnist") == state, f"the download is {state}")


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.sidebar.caption]


def keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


def test_mnist_comes_by_itself_and_shows_how_far_it_is_once(online, visit, monkeypatch):
    """People trained on the sample for want of a click, and Home said the same as the sidebar."""
    calls, go_on, halfway = [], threading.Event(), threading.Event()

    def fetch(progress):
        calls.append(1)
        progress(5_750_000, 11_500_000)
        halfway.set()
        assert go_on.wait(60)

    monkeypatch.setattr(mnist, "fetch", fetch)
    app = visit("home")
    assert halfway.wait(60)
    app.run()
    (bar,) = [bar.proto for bar in app.get("progress")]
    assert (bar.text, bar.value) == ("Downloading MNIST: 5.8 MB", 50)
    assert "fetch-mnist" not in keys(app)
    visit("train")
    go_on.set()
    wait_until("done")
    app.run()
    assert not app.get("progress")
    assert calls == [1]


def test_offline_nobody_is_asked(fresh, visit, failing):
    app = visit("home")
    assert failing == []
    assert app.button("fetch-mnist").label == "Download MNIST (11 MB)"
    assert FAILED not in captions(app)


def test_a_failure_is_one_line_that_goes_and_does_not_come_back(online, visit, failing):
    """The box of a failed download stood on the page and in the sidebar, and never went away."""
    app = visit("home")
    wait_until("failed")
    app.run()
    assert captions(app).count(FAILED) == 1
    assert "No mirror answered" not in said(app)  # the reason is in its tooltip
    app.button("dismiss-mnist").click().run()
    assert FAILED not in captions(app)
    assert app.button("fetch-mnist").label == "Try again"
    another = visit("train")
    assert FAILED not in captions(another)
    assert another.button("fetch-mnist").label == "Try again"
    assert failing == [1]


def test_a_server_started_anew_does_not_try_again_at_once(online, visit, failing):
    visit("home")
    wait_until("failed")
    downloads._downloads.clear()
    visit("home")
    assert downloads._downloads().state("mnist") == "idle"
    assert failing == [1]


def test_a_failed_download_can_be_repeated(fresh, visit, failing):
    app = visit("home")
    for attempt in (1, 2):
        app.button("fetch-mnist").click().run()
        wait_for(lambda n=attempt: len(failing) == n, "the download was tried")
        wait_until("failed")
        app.run()
        assert FAILED in captions(app)
        assert app.button("fetch-mnist").label == "Try again"


def test_a_download_does_not_wait_for_other_work(fresh, visit, monkeypatch):
    fetched, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(mnist, "fetch", lambda progress: fetched.set())
    cache.jobs().start("long", lambda: go_on.wait(60), "The study")
    visit("home").button("fetch-mnist").click().run()
    assert fetched.wait(60)
    go_on.set()


def test_a_download_that_brought_nothing_does_not_keep_the_page_running(fresh, visit, monkeypatch):
    """A page without MNIST, though a download was done, used to run again for ever."""
    monkeypatch.setattr(mnist, "fetch", lambda progress: None)
    app = visit("home")
    app.button("fetch-mnist").click().run()
    wait_until("done")
    app.run()
    assert app.button("fetch-mnist").label == "Download MNIST (11 MB)"


@pytest.fixture
def arrives(fresh, monkeypatch) -> Callable[[], None]:
    """Call to let MNIST be here from then on, without a file."""
    return lambda: monkeypatch.setattr(mnist, "find", lambda: fresh)


def test_the_form_takes_mnist_when_it_arrives(arrives, visit):
    app = visit("train")
    assert app.selectbox("data").value == "sample"
    arrives()
    app.run()
    assert app.selectbox("data").value == "mnist"


def test_data_that_a_person_chose_stay_when_mnist_arrives(arrives, own_file, visit):
    app = visit("train")
    app.selectbox("data").set_value(str(own_file)).run()
    app.selectbox("data").set_value("sample").run()
    arrives()
    app.run()
    assert app.selectbox("data").value == "sample"


def test_data_of_an_opened_link_stay_when_mnist_arrives(arrives, visit):
    config = RECIPES["sprint"].config_for("sample")
    app = visit("train", config=link.encode(config))
    assert app.selectbox("data").value == "sample"
    arrives()
    app.run()
    assert app.selectbox("data").value == "sample"
