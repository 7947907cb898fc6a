"""Waiting for a condition, never for a time; and times, where they are the subject."""

import time
from collections.abc import Callable
from typing import TypeVar

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
