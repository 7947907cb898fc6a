"""A caller of a cluster's database, in a process of its own.

In one that has loaded TensorFlow, as those of tests have, the libpq of psycopg's wheel ends the
process where a connection begins with TLS: both bring functions of the same names.
"""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from core.errors import DigitLabError
from core.paths import PROJECT

_PROGRAM = """
import json, sys
import psycopg
from core.cluster import address
from core.errors import DigitLabError

def tell(**facts):
    print(json.dumps(facts), flush=True)

try:
    connection = address.connect(address.parse(sys.argv[1]), autocommit=True)
except DigitLabError as fault:
    tell(fault=str(fault), passing=address.is_passing(fault))
    sys.exit()
tell(tls=connection.pgconn.ssl_in_use)
for line in sys.stdin:
    try:
        cursor = connection.execute(json.loads(line))
        tell(rows=cursor.fetchall() if cursor.description else [])
    except psycopg.Error as fault:
        tell(error=type(fault).__name__, passing=address.is_passing(fault))
"""


class RefusedError(Exception):
    """A statement was refused, or its connection is gone: ``kind`` is psycopg's class of it."""

    def __init__(self, kind: str, passing: bool) -> None:
        super().__init__(kind)
        self.kind, self.passing = kind, passing


class Caller:
    """Connects as the app does; raises the same DigitLabError, with ``passing``, if that fails."""

    def __init__(self, place: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, place],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self._answer()
        if "fault" in said:
            self.close()
            fault = DigitLabError(said["fault"])
            fault.passing = said["passing"]
            raise fault
        self.tls: bool = said["tls"]

    def execute(self, statement: str) -> list[list[Any]]:
        """Run a statement and return its rows."""
        self._process.stdin.write(json.dumps(statement) + "\n")
        self._process.stdin.flush()
        said = self._answer()
        if "error" in said:
            raise RefusedError(said["error"], said["passing"])
        return said["rows"]

    def close(self) -> None:
        """End the connection."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        return json.loads(self._process.stdout.readline())
