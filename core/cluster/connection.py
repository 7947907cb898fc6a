"""The connection to the database, and its tables, ``schema.sql``, which the first one makes."""

import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.rows import DictRow, dict_row

from core import paths
from core.cluster import address
from core.cluster.address import SCHEMA, Address
from core.cluster.faults import is_passing
from core.errors import DigitLabError

Connection = psycopg.Connection[DictRow]
Answer = TypeVar("Answer")
Given = ParamSpec("Given")
_TABLES = Path(__file__).with_name("schema.sql")
# Held while the tables are made, as two machines may be the first. Any number, always the same.
_FIRST = 0x0D161
_AGAIN_S = 0.5


def connect(to: Address) -> Connection:
    """Connect to a cluster's database; the first connection ever makes its tables.

    Every statement is a transaction of its own, but within ``connection.transaction()``.

    Raises
    ------
    DigitLabError
        It cannot be reached, its role may not make tables, or another version of Digit Lab made
        them.
    """
    connection = cast(Connection, address.connect(to, autocommit=True, row_factory=dict_row))
    try:
        _prepare(connection)
    except BaseException as fault:
        connection.close()
        if isinstance(fault, psycopg.Error):
            raise address.explain(fault, to) from fault
        raise
    return connection


class UnreachableError(Exception):
    """The database does not answer for now; later it may."""


class Link:
    """A connection that is made again when it breaks; for one thread.

    Parameters
    ----------
    to : Address
    """

    def __init__(self, to: Address) -> None:
        self._to = to
        self._connection: Connection | None = None

    def ask(
        self,
        question: Callable[Concatenate[Connection, Given], Answer],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Answer:
        """Return what a function makes of the connection and the other arguments.

        Raises
        ------
        UnreachableError
            The database does not answer for now. What was asked may be done or not.
        DigitLabError
            It never will as things are: a changed password, say.
        """
        try:
            if self._connection is None:
                self._connection = connect(self._to)
            return question(self._connection, *args, **kwargs)
        except (psycopg.Error, DigitLabError) as fault:
            cause = fault.__cause__ if isinstance(fault, DigitLabError) else fault
            if not isinstance(cause, psycopg.Error | OSError):
                raise
            self.close()
            if is_passing(cause):
                raise UnreachableError from fault
            raise address.explain(cause, self._to) from fault

    def insist(
        self,
        question: Callable[Concatenate[Connection, Given], Answer],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Answer:
        """Ask until there is an answer; raises DigitLabError as `ask` does."""
        while True:
            with suppress(UnreachableError):
                return self.ask(question, *args, **kwargs)
            time.sleep(_AGAIN_S)

    def close(self) -> None:
        """Close the connection, whatever has become of it."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def _prepare(connection: Connection) -> None:
    if not _has_tables(connection):
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST])
            if not _has_tables(connection):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                connection.execute(SchemaManager.get_schema())
                connection.execute(_TABLES.read_bytes())
                connection.execute("INSERT INTO about VALUES (%s)", [own_version()])
    row = connection.execute("SELECT version FROM about").fetchone()
    found = row["version"] if row else "an unknown version"
    if found != own_version():
        raise DigitLabError(
            f"The cluster's database was made by Digit Lab {found[:20]}, and this is "
            f"{own_version()}: use the same version on all machines, or name another database in "
            f"{address.CLUSTER}."
        )


def _has_tables(connection: Connection) -> bool:
    # Asked of a table: functions such as to_regclass answer from a memory that may be old.
    found = connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'about'", [SCHEMA]
    )
    return found.fetchone() is not None


@lru_cache(maxsize=1)
def own_version() -> str:
    """Return the version of Digit Lab, as ``pyproject.toml`` has it."""
    project = tomllib.loads((paths.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
