"""The virtual environment with all packages: ``python tools/make_venv.py FOLDER [OPTIONS]``.

Called by the Makefile, or by hand on Windows, before anything is installed: it needs the standard
library alone. It installs ``requirements.lock``, or with ``--dev`` ``requirements-dev.lock``; with
``--cluster`` or ``--server`` those of the extras, too. Each lists exact releases, verified by their
hashes. uv takes a fraction of pip's time; where uv is unavailable or fails, pip installs the
same lock.

The folder contains the file ``installed`` only while its installation is complete, and
``installed-dev`` once that of ``--dev`` is. An interrupted installation is started over.
"""

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
PROJECT = Path(__file__).resolve().parent.parent
LOCKED_FROM = "#   "  # begins each line of a lock's header that repeats a requirement

# pip's options about where packages come from, and the variables that tell uv the same. Constraints
# are not among them: a lock leaves nothing to choose, and uv takes none without hashes beside one.
UV_VARIABLES = {
    "index-url": ["UV_DEFAULT_INDEX"],
    "extra-index-url": ["UV_INDEX"],
    "find-links": ["UV_FIND_LINKS"],
    "no-index": ["UV_OFFLINE"],
    "trusted-host": ["UV_INSECURE_HOST"],
    "proxy": ["HTTP_PROXY", "HTTPS_PROXY"],
    "cert": ["SSL_CERT_FILE"],
    "client-cert": ["SSL_CLIENT_CERT"],
    "timeout": ["UV_HTTP_TIMEOUT"],
    "default-timeout": ["UV_HTTP_TIMEOUT"],
}


def main(arguments: list[str] | None = None) -> None:
    """Bring the environment in the named folder up to date, or make it anew."""
    parser = argparse.ArgumentParser(description="Make Digit Lab's environment and install into it")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--dev", action="store_true", help="also what tests and lint need")
    parser.add_argument("--cluster", action="store_true", help="also what several machines need")
    parser.add_argument("--server", action="store_true", help="and their database, to run it here")
    options = parser.parse_args(arguments)
    installed = options.folder / "installed"
    python = python_of(options.folder)
    if not installed.exists() or not _works(python):
        make(options.folder)
    installed.unlink(missing_ok=True)
    requirements = "requirements-dev.txt" if options.dev else "requirements.txt"
    install(python, PROJECT / requirements, for_tests=options.dev)
    if options.cluster or options.server:
        install(python, PROJECT / "requirements-cluster.txt")
    if options.server:
        install(python, PROJECT / "requirements-server.txt")
    installed.touch()
    if options.dev:
        (options.folder / "installed-dev").touch()


def python_of(folder: Path) -> Path:
    """Return the path of an environment's Python."""
    return folder / (r"Scripts\python.exe" if os.name == "nt" else "bin/python")


def make(folder: Path) -> None:
    """Replace the folder by a new environment with pip."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            "Digit Lab needs Python 3.11, 3.12 or 3.13, and {} is {}.{}; name one that fits, "
            "for example: make run PYTHON=python3.12".format(sys.executable, *sys.version_info[:2])
        )
    venv.create(folder, clear=True, with_pip=True, symlinks=os.name != "nt")


def install(python: Path, requirements: Path, for_tests: bool = False) -> None:
    """Install what a requirements file's lock names, with uv or else with pip.

    A requirements file that was edited since it was locked, say for a GPU, is installed itself.
    With ``for_tests`` all packages are compiled at once.
    """
    lock = requirements.with_suffix(".lock")
    if locked_from(lock) == list(required(requirements)):
        what = ["--require-hashes", "-r", str(lock)]
    else:
        print(f"{requirements.name} is not what {lock.name} was made from: no lock is used")
        what = ["-r", str(requirements)]
    if _has_uv(python) and _install_with_uv(python, what, for_tests):
        return
    print("Installing with pip, which takes some minutes", flush=True)
    if _run([python, *_PIP, *what]) != 0:
        sys.exit("The installation failed; pip says why above. The next one starts over.")


def required(requirements: Path) -> Iterator[str]:
    """Yield a requirements file's lines without comments, and those of the files it includes."""
    for line in requirements.read_text(encoding="utf-8").splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if line.startswith("-r "):
            yield from required(requirements.parent / line.removeprefix("-r ").strip())
        elif line:
            yield line


def locked_from(lock: Path) -> list[str]:
    """Return the requirements that a lock was made from, none where there is no lock."""
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.is_file() else []
    return [line.removeprefix(LOCKED_FROM) for line in lines if line.startswith(LOCKED_FROM)]


def locked_uv(lock: str) -> tuple[str, str] | None:
    """Return uv's version and the lines that pin it in the text of a lock, None without them."""
    lines = re.search(r"^uv==(\S+)(.*\\\n)*.*\n", lock, flags=re.MULTILINE)
    return lines and (lines[1], lines[0])


def uv_environment(configuration: str) -> dict[str, str]:
    """Translate what ``pip config list`` prints into variables for uv.

    Schools and companies tell pip where packages come from, and uv does not read that.
    """
    environment = {
        # pip takes the best match of all indexes, and so must uv: the hashes vouch for the files.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "1",  # as pip does: a company's own certificate lies there
    }
    # Each section overrides the ones before it, as in pip.
    for section in ("global", "install", ":env:"):
        settings = re.findall(rf"(?m)^{section}\.([\w-]+)=(.+)$", configuration)
        for option, value in settings:
            parts = ast.literal_eval(value).split()
            separator = "," if option == "find-links" else " "
            for variable in UV_VARIABLES.get(option, []):
                environment[variable] = separator.join(parts)
    return environment


_PIP = ["-m", "pip", "install", "--disable-pip-version-check"]


def _has_uv(python: Path) -> bool:
    """Tell whether the environment has the locked uv, after pip was asked for it if need be."""
    locked = locked_uv((PROJECT / "requirements-dev.lock").read_text(encoding="utf-8"))
    if locked is None:
        return False
    version, pinned = locked
    if _output([python, "-m", "uv", "--version"]).split()[1:2] == [version]:
        return True
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder, "uv.txt")
        requirement.write_text(pinned, encoding="utf-8")
        return _run([python, *_PIP, "-qq", "--require-hashes", "-r", str(requirement)]) == 0


def _install_with_uv(python: Path, what: list[str], for_tests: bool) -> bool:
    configuration = _output([python, "-m", "pip", "config", "list"])
    environment = uv_environment(configuration) | os.environ
    # Else each start of the app would compile everything anew, or the processes of the tests, which
    # begin at once, each all that they import.
    if sys.dont_write_bytecode or for_tests:
        environment.setdefault("UV_COMPILE_BYTECODE", "1")
    return _run([python, "-m", "uv", "pip", "install", "--python", python, *what], environment) == 0


def _works(python: Path) -> bool:
    return _output([python, "-c", "import pip; print('works')"]) == "works\n"


def _run(command: list[str | Path], environment: dict[str, str] | None = None) -> int:
    return subprocess.run(command, env=environment).returncode


def _output(command: list[str | Path]) -> str:
    """Return what a command prints, nothing where it fails or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
