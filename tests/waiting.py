"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str, at_most_s: float = 90.0) -> T:
    """Return the first true value of a condition; fails where it stays false."""
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"after {at_most_s:.0f} s still not: {what}")
