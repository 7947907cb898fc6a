"""Make an empty virtual environment: ``python tools/make_venv.py FOLDER``.

Called by the Makefile before anything is installed, so it needs the standard library alone and
says in a sentence when the Python it runs on is one that TensorFlow has no build for.
"""

import sys
import venv

OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> None:
    """Replace the folder named on the command line by a new environment with pip."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            "Digit Lab needs Python 3.11, 3.12 or 3.13, and {} is {}.{}; name one that fits, "
            "for example: make run PYTHON=python3.12".format(sys.executable, *sys.version_info[:2])
        )
    venv.create(sys.argv[1], clear=True, with_pip=True, symlinks=True)


if __name__ == "__main__":
    main()
