"""Doing several things at once, as several people or pages do."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

_ENOUGH_S = 0.5  # for another thread to come, if nothing keeps it away
_PATIENCE_S = 600.0


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls in a thread each, all begun at once, and return what they return, in order."""
    begin = threading.Barrier(len(calls))

    def call(one: Callable[[], Any]) -> Any:
        begin.wait(_PATIENCE_S)
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(call, one) for one in calls]
        return [one.result(_PATIENCE_S) for one in running]


def meet_after(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, count: int = 2) -> None:
    """Make a function wait for the others to come out of it too, where nothing keeps them away.

    Then all have looked before any of them writes: what a lock has to rule out happens for certain.
    """
    looked = threading.Barrier(count)
    look = getattr(where, name)

    def look_and_wait(*arguments: Any) -> Any:
        seen = look(*arguments)
        with suppress(threading.BrokenBarrierError):  # They take turns.
            looked.wait(_ENOUGH_S)
        return seen

    monkeypatch.setattr(where, name, look_and_wait)
