"""Waiting for a condition, never for a time; and times, where they are the subject."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def shortest(call: Callable[[], object], times: int = 30) -> float:
    """Return the least of several durations, in seconds: to be set against that of a peer."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return min(taken)


def wait_for(condition: Callable[[], T], what: str, at_most_s: float = 600.0) -> T:
    """Return the first true value of a condition; fails where it stays false."""
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"after {at_most_s:.0f} s still not: {what}")


def result_of(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, run in a thread of its own.

    Playwright keeps an event loop going in the thread of the tests, where no other can be started.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
