"""Bounds of the system's allocator, so that what was freed is used again or given back.

Streamlit runs each script in a thread, and glibc gives threads up to eight arenas a core. What is
freed in one stays in it, so the app grew with every visitor by what all of their scripts had ever
needed at most, though nothing of them was kept. Two arenas are used again instead.

glibc also learns from each large block that is freed to keep ones of that size, up to 32 MB, in the
arenas, where whatever lies behind them holds them. With the size fixed they go back to the system.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_ARENAS = 2
# Above what reading a drawing needs: giving that back each time costs as much as the reading.
_LARGE = 1 << 20  # bytes


def bound() -> None:
    """Set the bounds for this process; does nothing where the allocator is another."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # Windows, macOS, musl
        return
    mallopt(_M_ARENA_MAX, _ARENAS)
    mallopt(_M_MMAP_THRESHOLD, _LARGE)
    mallopt(_M_TRIM_THRESHOLD, 2 * _LARGE)
