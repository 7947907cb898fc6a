"""Arenas of the system's allocator: two, so that memory is used again instead of kept by threads.

Streamlit runs each script in a thread, and glibc gives threads up to eight arenas a core. What is
freed in one stays in it, so the app grew with every visitor by what all of their scripts had ever
needed at most, though nothing of them was kept.
"""

import ctypes

_M_ARENA_MAX = -8  # malloc.h
_MOST = 2


def bound() -> None:
    """Let this process have two arenas; does nothing where the allocator is another."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _MOST)
    except (OSError, AttributeError, TypeError):  # Windows, macOS, musl
        return
