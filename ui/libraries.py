"""Libraries and modules of the app, loaded once a server, by threads of their own.

Python needs as long to load them as a browser to open an empty page. What Home needs is loaded
while the first browser opens it, the rest of what pages need behind that page. A session waits for
the thread: two threads that load pandas at once meet a half-loaded one inside Plotly.
"""

import inspect
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from threading import Thread, Timer

import streamlit as st

from core import collector

# For which the thread keeps the interpreter while the server sends the first browser its scripts:
# at Python's own 5 ms each of some hundred answers would wait for that long.
_GIVE_WAY_S = 0.0005
_FIRST_PAINT_S = 1.0  # after the script, the browser still asks the server for the canvas


@asynccontextmanager
async def loading(_app: st.App) -> AsyncIterator[None]:
    """Begin to load what Home needs, when the server starts."""
    for_home()
    yield


@cache
def for_home() -> Thread:
    """Begin to load what Home needs, and return the thread to wait for."""
    return _begun(_load_home)


@cache
def for_pages() -> Thread:
    """Begin to load what the other pages need besides, and return the thread to wait for."""
    return _begun(_load_pages)


@cache
def soon_for_pages() -> None:
    """Have `for_pages` begin once the first page is on the screen."""
    timer = Timer(_FIRST_PAINT_S, for_pages)
    timer.daemon = True
    timer.start()


def _begun(load: Callable[[], None]) -> Thread:
    thread = Thread(target=load, name="libraries", daemon=True)
    thread.start()
    return thread


def _load_home() -> None:
    patience = sys.getswitchinterval()
    sys.setswitchinterval(_GIVE_WAY_S)
    try:
        with collector.resting():
            from ui import home, layout, navigation, sidebar  # noqa: F401

            _load_pandas()
    finally:
        sys.setswitchinterval(patience)
    # Before a server's first element Streamlit asks where each loaded module came from, to see
    # whether it was started from a prompt. `inspect` remembers the answers.
    inspect.stack()


def _load_pandas() -> None:
    """Load what only Home's canvas needs: Streamlit looks for tables in what it begins with."""
    import pandas  # noqa: F401


def _load_pages() -> None:
    for_home().join()
    with collector.resting():
        import onnxruntime  # noqa: F401
        import plotly.graph_objects  # noqa: F401
        import scipy.ndimage  # noqa: F401
