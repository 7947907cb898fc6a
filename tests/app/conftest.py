"""Pages run without a browser, each through the router as a visitor gets there."""

import functools
import gc
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Element

from core import paths
from core.config import TrainConfig
from core.runs import store
from core.runs.contract import Run
from tests.models import make_model
from ui import cache, state


@pytest.fixture
def fresh(home: Path, no_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a machine that has nothing: no model, no run, no MNIST."""
    monkeypatch.setattr(paths, "SHIPPED_MODELS", home / "models")
    st.cache_resource.clear()
    return home


@pytest.fixture
def with_model(fresh: Path) -> Path:
    """Return a home with one model, trained on the offline sample."""
    make_model(fresh / "models" / "linear")
    return fresh


@pytest.fixture(autouse=True)
def warm_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go through the router from the first run on, as on a server that had a visitor before.

    AppTest forgets this before every run, so that a click would meet the hand-over of
    `ui.navigation.enter` again and be lost; a real server forgets it only when it is started.
    """
    begin = PagesManager.__init__

    def begin_warm(self: PagesManager, *arguments: object, **options: object) -> None:
        begin(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_warm)


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Look for Streamlit's components once: AppTest reads all that is installed for each page."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def what_is_there_is_no_garbage() -> Iterator[None]:
    """Spare what other tests have loaded: Streamlit collects garbage after every run of a script.

    With TensorFlow's million objects that took a quarter of a second each time.
    """
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load nothing beside the page: it would go on when its test and its folder are gone."""
    monkeypatch.setattr(cache, "prepare", lambda model: None)
    monkeypatch.setattr(cache, "ahead", lambda work: None)


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Call as ``visit("draw", model="linear")``: the page after its first run."""

    def open_page(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(paths.PROJECT / "router.py"), default_timeout=600)
        if page != "home":
            app.switch_page(f"pages/{page}.py")
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception[0].stack_trace
        return app

    return open_page


@pytest.fixture
def clicked_twice(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Call with the key of a button: what its click does is done twice from then on.

    That is a double click whose second one comes before the page is drawn anew.
    """
    button = st.button

    def double(key: str) -> None:
        def twice(*words: object, **options: Any) -> bool:
            click = options.get("on_click")
            if options.get("key") == key and click is not None:
                options["on_click"] = lambda *given: (click(*given), click(*given))
            return button(*words, **options)

        monkeypatch.setattr(st, "button", twice)

    return double


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[TrainConfig]:
    """Return the list of what the page launches; each gets its folder and no worker."""
    configs: list[TrainConfig] = []

    def launch(config: TrainConfig, drawing: object = None, *, owner: str, here: bool) -> Run:
        configs.append(config)
        return store.create(config)

    monkeypatch.setattr("core.launch.process.launch", launch)
    return configs


@pytest.fixture
def fetch(no_mnist: Path) -> Callable[[], object]:
    """Return what makes MNIST be there, as far as a look without reading can tell."""
    return lambda: (no_mnist / "mnist.npz").write_bytes(b"")


def start_button(app: AppTest) -> Button:
    """Return the button that starts what the form says."""
    words = ("Start training", "Add to the queue")
    return next(button for button in app.button if button.label in words)


def fields(app: AppTest) -> dict[str, Any]:
    """Return what stands in the fields of the form, by key."""
    kinds = ("radio", "selectbox", "number_input", "slider", "select_slider", "checkbox", "toggle")
    return {field.key: field.value for kind in kinds for field in app.main.get(kind)}


def said(app: AppTest) -> str:
    """Return all that a page says in words, one element a line."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error")
    words = [str(element.value) for kind in kinds for element in app.get(kind)]
    return "\n".join([*words, *([answer(app)["words"]] if shows_answer(app) else [])])


def answer(app: AppTest) -> dict[str, Any]:
    """Return what stands beside a canvas or a picture, as `ui.live_answer.content` has it.

    Of an empty one, the words of the invitation alone.
    """
    (shown,) = _answers(app)
    return shown["answer"] or {"words": shown["invitation"]}


def shows_answer(app: AppTest) -> bool:
    """Return whether there is a place for an answer on a page."""
    return bool(_answers(app))


def _answers(app: AppTest) -> list[dict[str, Any]]:
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(p.json) for p in protos if p.component_name == "digit-lab-answer"]


def unfold(app: AppTest, key: str) -> None:
    """Open a part of a page that is computed only when it is open."""
    app.session_state[key] = True
    app.run()
    assert not app.exception


def pictured(app: AppTest) -> list[Any]:
    """Return the pictures of a page that are buttons, in their order."""
    return [button for button in app.button if (button.key or "").startswith("picture-")]


def captions(app: AppTest) -> list[str]:
    """Return what stands below the pictures that are buttons, in Markdown."""
    return [button.label.partition(")")[2].strip() for button in pictured(app)]


def unfolded(app: AppTest) -> AppTest:
    """Open the form on Train, if a run is above it, and all of its parts."""
    app.session_state[state.FORM_OPEN] = True
    app.session_state["learning-open"] = True
    unfold(app, "advanced-open")
    return app


def told(app: AppTest) -> list[str]:
    """Return what came of clicks, as people read it."""
    return [plain(toast) for toast in app.toast]


def plain(element: Element | str) -> str:
    """Return words of a page as people read them: without the signs of `verbatim`."""
    words = element if isinstance(element, str) else str(element.value)
    return re.sub(r"\\(\W|_)", r"\1", words)
