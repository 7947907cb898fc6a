"""Snapshot: the runs and models on this machine, looked up once per rerun and handed down.

The router takes one for each run of the script, so that a page, its sidebar and its lists agree,
and a thousand runs are listed once. It ends with that run: callbacks come before it, and a
fragment that reruns alone is outside it and looks again, as does every other session. The whole
page shares the results: nobody changes them.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from core import registry
from core.runs import contract, store, summary
from core.runs.summary import Summary
from ui import visitor

_Found = TypeVar("_Found")
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def taken() -> Iterator[None]:
    """Look up each thing at most once while the block runs, when it is first asked for."""
    before = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(before)


def once(look: Callable[[], _Found]) -> _Found:
    """Return the result of a function; within `taken` the function is called only once."""
    seen = _seen.get()
    if seen is None:
        return look()
    if look not in seen:
        seen[look] = look()
    return seen[look]


def runs() -> list[contract.Run]:
    """Return every run, newest first."""
    return once(store.list_runs)


def summaries() -> list[Summary]:
    """Return a summary of each run, newest first."""
    return once(_summaries)


def models() -> list[registry.Model]:
    """Return the models in ``models/``, sorted by name."""
    return once(registry.list_models)


def active_model() -> registry.Model | None:
    """Return the model that this visitor uses, if there is one."""
    return once(_active_model)


def _summaries() -> list[Summary]:
    return summary.summarise_all(runs())


def _active_model() -> registry.Model | None:
    return visitor.model(models())
