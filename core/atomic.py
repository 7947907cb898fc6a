"""Files that appear whole or not at all.

Whatever another process may read while it is written goes through here: written beside its
place under a temporary name, then moved there in one step by the operating system.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# On Windows a file that somebody is just reading cannot be replaced; readers here are done in
# milliseconds.
_REPLACE_ATTEMPTS = 50
_REPLACE_PAUSE_S = 0.02


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder, and move it to ``path`` if the block succeeds.

    The temporary name keeps the suffixes, which Keras needs to choose a format. A block that
    raises leaves ``path`` as it was and no temporary file.
    """
    name, dot, suffixes = path.name.partition(".")
    # Two sessions of one app may write the same file at once.
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = path.with_name(f".{name}.{writer}{dot}{suffixes}")
    try:
        yield temporary
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, allow_nan=False), encoding="utf-8")


def _replace(source: Path, target: Path) -> None:
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE_S)
