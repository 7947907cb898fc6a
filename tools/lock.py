"""The locks: ``python -m tools.lock`` makes them from the requirements files.

``requirements.lock``, those of the extras and ``requirements-dev.lock`` name one release of each
package, for Python 3.11 to 3.13 on Linux, macOS and Windows, with the hash of every file that PyPI
has of it. A locked release stays while the requirements allow it; ``--upgrade`` takes the newest
releases.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.make_venv import LOCKED_FROM, OLDEST, PROJECT, required

HEADER = """\
# Made by `make lock`: change {source} and run that, rather than this file.
# Locked from:
"""


def main() -> None:
    """Make all locks."""
    parser = argparse.ArgumentParser(description="Make the locks from the requirements files")
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    make_lock(PROJECT / "requirements.txt", *upgrade)
    # What joins the app's packages changes none of them, and the tests test exactly those.
    known = ["requirements.lock"]
    for name in ("requirements-cluster", "requirements-server", "requirements-dev"):
        constraints = [word for lock in known for word in ("--constraint", lock)]
        make_lock(PROJECT / f"{name}.txt", *upgrade, *constraints)
        known.append(f"{name}.lock")


def make_lock(requirements: Path, *options: str) -> None:
    """Make the lock of one requirements file, beside it."""
    lock = requirements.with_suffix(".lock")
    # Not from a mirror that pip may be set to: one that lacks files would lack their hashes.
    command = [sys.executable, "-m", "uv", "pip", "compile", "--no-config", "--quiet"]
    command += ["--universal", "--python-version", "{}.{}".format(*OLDEST), "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--output-file", lock.name, *options]
    command += [requirements.name]
    if subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit(f"{lock.name} stays as it was: uv says why above.")
    header = HEADER.format(source=requirements.name)
    header += "".join(f"{LOCKED_FROM}{line}\n" for line in required(requirements))
    lock.write_text(header + lock.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
