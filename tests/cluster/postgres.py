"""A private PostgreSQL for tests: started, stopped and killed at will, always on the same port."""

import os
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from core.cluster.programs import Programs
from tests.waiting import wait_for

USER, PASSWORD = "digit_lab", "of tests / only"
_PREFIX, _OWNER = "digit-lab-test-", "owner"
_ADMINISTRATOR = "administrator"
# What outlives a power cut is nothing to a test.
_QUICK = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n"


class Postgres:
    """One server with its data in a folder of its own, on this machine alone."""

    def __init__(self, programs: Programs, settings: str = "") -> None:
        self.programs = programs
        remove_abandoned()
        self.folder = open_folder()
        (self.folder / _OWNER).write_text(str(os.getpid()))
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        programs.own(self.data)
        self.port = free_port()
        programs.run("initdb", "-D", self.data, "-U", _ADMINISTRATOR, "-A", "trust", "-E", "UTF8",
                     "--locale=C", "--no-sync")  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"port={self.port}\nlisten_addresses='127.0.0.1'\n{_QUICK}{settings}")
            file.write("unix_socket_directories=''\nmax_connections=200\n")
        lines = [f"host all {_ADMINISTRATOR} 127.0.0.1/32 trust"]
        lines += ["host all all 127.0.0.1/32 scram-sha-256"]
        (self.data / "pg_hba.conf").write_text("\n".join(lines) + "\n")
        self.start()
        self.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Start it, also one that was killed; returns when it answers."""
        self.programs.run("pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "start")

    def stop(self) -> None:
        """Stop it, and end all connections."""
        self.programs.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def kill(self) -> None:
        """End all of its processes at once, as a power cut would."""
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        # One that nobody has waited for yet has its number still, and the next one sees that.
        wait_for(
            lambda: not any(psutil.pid_exists(one.pid) for one in processes), "PostgreSQL ends"
        )

    def processes(self) -> list[psutil.Process]:
        """Return its processes, none where it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            first = psutil.Process(pid)
            return [first, *first.children(recursive=True)]
        except (OSError, psutil.NoSuchProcess):
            return []

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement as the administrator; returns its rows."""
        place = f"host=127.0.0.1 port={self.port} dbname={database} user={_ADMINISTRATOR}"
        place += " sslmode=disable"  # see `tests.cluster.caller`
        with psycopg.connect(place, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str) -> str:
        """Create a database and return its address."""
        self.execute(f"CREATE DATABASE {name} OWNER {USER}")
        return self.address(name)

    def address(self, database: str, password: str = PASSWORD) -> str:
        """Return the address of a database, for DIGIT_LAB_CLUSTER."""
        quoted = password.replace(" ", "%20").replace("/", "%2F")
        return f"postgresql://{USER}:{quoted}@127.0.0.1:{self.port}/{database}"

    def remove(self) -> None:
        """End it and delete its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_abandoned() -> None:
    """End the servers of tests that were killed, which nobody else ends."""
    for owner in Path("/tmp").glob(f"{_PREFIX}*/{_OWNER}"):
        with suppress(OSError, ValueError):
            if not psutil.pid_exists(int(owner.read_text())):
                left = owner.parent / "data"
                for process in psutil.process_iter(["cwd"]):
                    if process.info["cwd"] == str(left):
                        process.kill()
                shutil.rmtree(owner.parent, ignore_errors=True)


def open_folder() -> Path:
    """Return a new folder that every account can enter, as those of pytest cannot be.

    PostgreSQL is never root: where the tests are, another account works in the folder.
    """
    elsewhere = "/tmp" if os.name != "nt" and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=elsewhere)).resolve()
    folder.chmod(0o755)
    return folder


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
