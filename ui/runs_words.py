"""What people write, shown as they wrote it and never as Markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")


def plain(words: str) -> str:
    """Return words as Markdown that reads as they stand."""
    return _MARKS.sub(r"\\\1", words)
