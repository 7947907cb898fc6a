"""Python's garbage collector, which rests while libraries are loaded.

A library makes hundreds of thousands of objects and no garbage. To look at all of them again and
again takes an eighth of the time in which the app's are loaded, and a seventh of TensorFlow's.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Collect no garbage within a block, in any thread; afterwards as before.

    Examples
    --------
    >>> with resting():
    ...     gc.isenabled()
    False
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
