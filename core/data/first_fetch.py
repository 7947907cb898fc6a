"""First fetch: MNIST comes by itself, so that nobody has to know that it is missing.

The app asks `is_due` when it is opened, and ``python -m core train`` before it trains. Both work on
without MNIST, with the offline sample. A fetch that failed is remembered beside the data sets: for
an hour nobody waits for another one that they did not ask for. ``DIGIT_LAB_OFFLINE=1`` turns all of
this off; what people ask for themselves is fetched all the same.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from core import paths
from core.data import mnist
from core.data.mirrors import Progress
from core.errors import DigitLabError

_FAILED = ".mnist-not-fetched"
_AGAIN_AFTER_S = 3600


def is_due() -> bool:
    """Return whether MNIST should be fetched unasked: it is missing, and no fetch failed lately."""
    if os.environ.get("DIGIT_LAB_OFFLINE", "").strip() not in ("", "0") or mnist.find():
        return False
    failed_before_s = time.time() - paths.changed_at(_mark()) / 1e9
    return not 0 <= failed_before_s < _AGAIN_AFTER_S


def fetch(progress: Progress | None = None) -> Path:
    """Fetch MNIST as `core.data.mnist.fetch` does, and remember how that went."""
    try:
        found = mnist.fetch(progress)
    except DigitLabError:
        with suppress(OSError):  # A folder that cannot be written fails at once the next time, too.
            _mark().touch()
        raise
    _mark().unlink(missing_ok=True)
    return found


def _mark() -> Path:
    return paths.data_folder() / _FAILED
