"""Snapshot: the runs and models on this machine, looked at once a rerun and handed down.

The router takes one for each run of the script, so that a page, its sidebar and its lists agree,
and a thousand runs are listed once. It lives no longer than that run: callbacks come before it,
and a fragment that runs again by itself is outside it and looks anew, as does every other session.
What is handed out is shared by the whole page: nobody changes it.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from core import registry
from core.runs import store, summary
from core.runs.summary import Summary

_Found = TypeVar("_Found")
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def taken() -> Iterator[None]:
    """Look at each thing once while the block runs, at the moment when it is first asked for."""
    before = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(before)


def once(look: Callable[[], _Found]) -> _Found:
    """Return what a function returns; within `taken` it is called for the first who asks only."""
    seen = _seen.get()
    if seen is None:
        return look()
    if look not in seen:
        seen[look] = look()
    return seen[look]


def runs() -> list[store.Run]:
    """Return every run, newest first."""
    return once(store.list_runs)


def summaries() -> list[Summary]:
    """Return one summary a run, newest first."""
    return once(_summaries)


def models() -> list[registry.Model]:
    """Return the models in ``models/``, sorted by name."""
    return once(registry.list_models)


def active_model() -> registry.Model | None:
    """Return the model in use, if there is any."""
    return once(_active_model)


def _summaries() -> list[Summary]:
    return summary.summarise_all(runs())


def _active_model() -> registry.Model | None:
    return registry.active(models())
