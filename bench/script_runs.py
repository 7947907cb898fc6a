"""The app's script without a browser, to measure the server's own time.

`AppTest` calls the script as Streamlit's server does. Its own work, such as decoding the messages
to the browser, is not counted.
"""

import time
from dataclasses import replace
from typing import ClassVar, NamedTuple
from unittest.mock import patch

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, app_test
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from core import paths

_AT_MOST_S = 60.0


class Took(NamedTuple):
    """What a run of the script took: seconds on the clock, and of the processor."""

    wall: float
    cpu: float


class _Runner(LocalScriptRunner):
    """Times what it runs, the whole script or the fragments that it is told."""

    fragments: ClassVar[list[str]] = []
    took = Took(0.0, 0.0)
    pages: ClassVar[dict] = {}  # a server keeps them from one run to the next
    looking: ClassVar[dict[str, float]] = {}  # by fragment, the seconds between two looks

    def _run_script(self, rerun_data: RerunData) -> None:
        # A server that had a visitor before: see `ui.navigation.enter`.
        PagesManager.uses_pages_directory = False
        if _Runner.fragments:
            self._pages_manager._set_pages(_Runner.pages)
        start, worked = time.perf_counter(), time.thread_time()
        super()._run_script(replace(rerun_data, fragment_id_queue=list(_Runner.fragments)))
        _Runner.took = Took(time.perf_counter() - start, time.thread_time() - worked)
        _Runner.pages = self._pages_manager.get_pages()
        found = (m.auto_rerun for m in self.forward_msgs() if m.WhichOneof("type") == "auto_rerun")
        if not _Runner.fragments:
            _Runner.looking = {one.fragment_id: one.interval for one in found}


class OpenPage:
    """A page that somebody has open; made by `open_page`."""

    def __init__(self, app: AppTest) -> None:
        self._app = app

    def rerun(self) -> Took:
        """Run the whole script, as a click does; returns what it took."""
        return self._run([])

    def tick(self, interval: float | None = None) -> Took:
        """Run what looks by itself; returns what it took.

        Parameters
        ----------
        interval : float, optional
            Only what looks as often as this, in seconds; everything by default.
        """
        looking = _Runner.looking
        due = [one for one, seconds in looking.items() if interval in (None, seconds)]
        assert due, "nothing looks by itself"
        return self._run(due)

    def _run(self, fragments: list[str]) -> Took:
        _Runner.fragments = fragments
        with patch.object(app_test, "LocalScriptRunner", _Runner):
            self._app.run()
        assert not self._app.exception, self._app.exception[0].message
        return _Runner.took


def open_page(name: str) -> OpenPage:
    """Open a page, named as its file is, and run it once."""
    app = AppTest.from_file(str(paths.PROJECT / "router.py"), default_timeout=_AT_MOST_S)
    app.switch_page(f"pages/{name}.py")
    page = OpenPage(app)
    page.rerun()
    return page
