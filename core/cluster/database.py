"""The database of `python -m core cluster serve`: a PostgreSQL with its data in a folder.

It listens on this machine alone, and admits one role to one database, by password. That role is no
administrator: whoever has the password can read and write this database and do nothing else on this
machine. The administrator has no password and can only come by ``postgres --single``, from here.
"""

import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil

from core.cluster.programs import Programs
from core.disk import atomic
from core.errors import DigitLabError

NAME = "digit_lab"  # of the database and of its role

_ADMINISTRATOR = "administrator"
_END_S = 60.0
_ADMITTED = f"host {NAME} {NAME} 127.0.0.1/32 scram-sha-256\nhost all all all reject\n"
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 200
password_encryption = 'scram-sha-256'
max_wal_size = '256MB'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# A week of logs, each overwritten by that of the next week.
logging_collector = on
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_size = 0
"""


class Database:
    """A PostgreSQL whose data lie in a folder; made when it is first started.

    Parameters
    ----------
    folder : pathlib.Path
    programs : Programs
    """

    def __init__(self, folder: Path, programs: Programs) -> None:
        self._data, self._programs = folder, programs
        self._log = folder.with_name("start.log")
        self.port = 0

    def start(self, password: str) -> None:
        """Start it, with this password from now on; one that was left running is ended before.

        Raises
        ------
        DigitLabError
            PostgreSQL refuses; it says what PostgreSQL says.
        """
        if not (self._data / "PG_VERSION").is_file():
            self._make()
        self._check_version()
        self._end_what_was_left()
        self.port = _free_port()
        self._write("postgresql.conf", _SETTINGS.format(port=self.port))
        self._write("pg_hba.conf", _ADMITTED)
        quoted = password.replace("'", "''")
        self.tell([f"ALTER ROLE {NAME} LOGIN PASSWORD '{quoted}'"])
        self._log.unlink(missing_ok=True)
        self._write_log()
        self._programs.run("pg_ctl", "-D", self._data, "-w", "-l", self._log, "start")

    def stop(self) -> None:
        """End all connections and stop it; returns when it has ended."""
        self._programs.run("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")

    @property
    def log_folder(self) -> Path:
        """Where PostgreSQL writes what it has to say."""
        return self._data / "log"

    def runs(self) -> bool:
        """Return whether it runs."""
        pid = self._pid()
        return pid is not None and _is_postgres(pid)

    def _make(self) -> None:
        arriving = self._data.with_name(f".{self._data.name}.arriving")
        shutil.rmtree(arriving, ignore_errors=True)  # of a start that was interrupted
        atomic.make_folder(arriving)
        arriving.chmod(0o700)
        self._programs.own(arriving)
        options = ["-U", _ADMINISTRATOR, "-A", "reject", "-E", "UTF8", "--locale=C"]
        self._programs.run("initdb", "-D", arriving, *options)
        made = Database(arriving, self._programs)
        made.tell([f"CREATE ROLE {NAME}", f"CREATE DATABASE {NAME} OWNER {NAME}"])
        atomic.replace(arriving, self._data)

    def tell(self, statements: list[str]) -> None:
        """Carry statements out as the administrator, while the server does not run."""
        said = "".join(f"{one}\n" for one in statements)
        alone = ["--single", "-c", "logging_collector=off"]
        told = self._programs.run("postgres", *alone, "-D", self._data, "postgres", said=said)
        if "ERROR:" in told or "FATAL:" in told:
            fault = next(line for line in told.splitlines() if "ERROR:" in line or "FATAL:" in line)
            raise DigitLabError(
                f"The database in '{self._data}' cannot be prepared, and PostgreSQL says: {fault}"
            )

    def _check_version(self) -> None:
        made = (self._data / "PG_VERSION").read_text().strip()
        runs = self._programs.version()
        if made != runs:
            raise DigitLabError(
                f"The data in '{self._data}' are of PostgreSQL {made}, and this one is {runs}: use "
                f"PostgreSQL {made} again, or move the folder away to begin a new database."
            )

    def _end_what_was_left(self) -> None:
        """End a server whose `cluster serve` was killed, and take its traces away.

        PostgreSQL does not start beside a process that has the number of the one before, be it
        another program by now.
        """
        if self.runs():
            self.stop()
        deadline = time.monotonic() + _END_S
        while self._is_used():  # Without their parent they end by themselves, at once.
            if time.monotonic() > deadline:
                raise DigitLabError(
                    f"PostgreSQL still works in '{self._data}': end its processes, then try again."
                )
            time.sleep(0.1)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _is_used(self) -> bool:
        """Return whether any process of a server works in the folder."""
        for process in psutil.process_iter(["cwd"]):
            if process.info["cwd"] and Path(process.info["cwd"]) == self._data:
                return True
        return False

    def _pid(self) -> int | None:
        with suppress(OSError, ValueError, IndexError):
            return int((self._data / "postmaster.pid").read_text().split()[0])
        return None

    def _write(self, name: str, content: str) -> None:
        file = self._data / name
        atomic.write_record(file, content, "The database's settings")
        self._programs.own(file)

    def _write_log(self) -> None:
        self._log.touch(mode=0o600)
        self._programs.own(self._log)


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
