"""The ledger: the state of each run that a home has sent, one row in the table ``run``.

::

    waiting -> training -> over        a machine has written its last status
       ^          |
       +----------+                    it was given back, or the machine or its trainer was lost
                  +----> lost          for the third time
    waiting -> withdrawn               the home asked for it no more

A machine has a run by its attempt, a number that rises each time one takes it. Whatever it writes
is refused once another has the run, or nobody: so what was thought dead, and comes back, changes
nothing. procrastinate's jobs decide who is next, see `line`; this table decides what holds.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import BaseModel

from core.cluster.connection import Connection
from core.cluster.pieces import MOST_BYTES, NOTHING, Changes, Piece
from core.data.files import plain
from core.runs import checkpoint_files
from core.runs.contract import Status
from core.runs.requests import Requests

SILENT_S = 30  # since when a machine counts as lost with its runs
MOST_FAILURES = 3
_KEPT_DAYS = 30
LONGEST_NAME = 40  # characters, of a machine


@dataclass(frozen=True)
class Row:
    """A run's row, as its home sees it.

    Attributes
    ----------
    key, state, machine, wants : str
    attempt, failures : int
    status : dict or None
        The machine's last word, unchecked.
    silent_s : float
        Seconds since the machine was heard of.
    """

    key: str
    state: str
    attempt: int
    failures: int
    machine: str
    status: dict[str, Any] | None
    wants: str
    silent_s: float


@dataclass(frozen=True)
class Claim:
    """A run that a machine has taken.

    Attributes
    ----------
    key : str
    attempt : int
    config : dict
        Of a TrainConfig, unchecked.
    parcels : dict of str to str
        Digests of what it needs besides, unchecked.
    """

    key: str
    attempt: int
    config: dict[str, Any]
    parcels: dict[str, str]


def post(
    connection: Connection,
    key: str,
    owner: str,
    config: dict[str, Any],
    parcels: dict[str, str],
    pieces: Iterable[Piece] = (),
) -> None:
    """Enter a run that waits, with the files that it begins with; one that is there stays.

    Its turn comes after those of the same owner, and beside the first of every other: so a sweep of
    fifty does not keep somebody else's single run waiting.
    """
    home = key.partition("/")[0]
    with connection.transaction():
        entered = connection.execute(
            """
            INSERT INTO run (key, home, owner, config, parcels, turn)
            SELECT %(key)s, %(home)s, %(owner)s, %(config)s, %(parcels)s, greatest(
                (SELECT max(turn) + 1 FROM run
                 WHERE home = %(home)s AND owner = %(owner)s AND state IN ('waiting', 'training')),
                (SELECT min(turn) FROM run WHERE state = 'waiting' AND NOT front),
                0)
            ON CONFLICT DO NOTHING RETURNING key
            """,
            {
                "key": key,
                "home": home,
                "owner": owner,
                "config": Jsonb(config),
                "parcels": Jsonb(parcels),
            },
        ).fetchone()
        if entered is not None:
            _write(connection, key, pieces)


def rows(connection: Connection, home: str) -> dict[str, Row]:
    """Return the runs of a home, by key."""
    found = connection.execute(
        """
        SELECT key, state, attempt, failures, machine, status, wants,
               coalesce(extract(epoch FROM now() - contact), 0)::float AS silent_s
        FROM run WHERE home = %s
        """,
        [home],
    )
    return {row["key"]: Row(**row | {"machine": _name(row["machine"])}) for row in found}


def ask(connection: Connection, key: str, requests: Requests) -> None:
    """Pass on what the home asks of a run."""
    connection.execute("UPDATE run SET requests = %s WHERE key = %s", [_json(requests), key])


def to_the_front(connection: Connection, key: str) -> bool:
    """Let a waiting run go before all others; return whether it does from now on."""
    moved = connection.execute(
        "UPDATE run SET front = true WHERE key = %s AND state = 'waiting' AND NOT front", [key]
    )
    return moved.rowcount == 1


def withdraw(connection: Connection, key: str) -> bool:
    """Ask no more for a run that waits; return whether nobody will train it."""
    return _moved(
        connection,
        "UPDATE run SET state = 'withdrawn' WHERE key = %s AND state = 'waiting'",
        [key],
    )


def forget(connection: Connection, key: str) -> None:
    """Take a run's row and pieces away, once its home has them or wants them no more.

    So go, after a month, runs whose home has never come for them, and parcels that nobody used.
    """
    connection.execute("DELETE FROM run WHERE key = %s", [key])
    connection.execute(
        """
        DELETE FROM run WHERE state NOT IN ('waiting', 'training')
                          AND contact < now() - make_interval(days => %s)
        """,
        [_KEPT_DAYS],
    )
    connection.execute(
        "DELETE FROM parcel WHERE used < now() - make_interval(days => %s)", [_KEPT_DAYS]
    )


def claim(connection: Connection, key: str, machine: str) -> Claim | None:
    """Take a run for a machine; ``None`` if it waits no more."""
    row = connection.execute(
        """
        UPDATE run SET state = 'training', attempt = attempt + 1, machine = %s, contact = now(),
                       wants = '', front = false
        WHERE key = %s AND state = 'waiting' RETURNING key, attempt, config, parcels
        """,
        [machine, key],
    ).fetchone()
    return None if row is None else Claim(**row)


def report(
    connection: Connection,
    claim: Claim,
    status: Status | None,
    changes: Changes = NOTHING,
    *,
    is_over: bool = False,
) -> Requests | None:
    """Write what a machine has of a run, all of it or nothing; return what its home asks.

    Parameters
    ----------
    connection : Connection
    claim : Claim
    status : Status or None
        The trainer's last; ``None`` before the first.
    changes : Changes
        Of the run's files.
    is_over : bool
        Whether this is the last word.

    Returns
    -------
    Requests or None
        ``None`` if the machine has the run no more: nothing was written.
    """
    with connection.transaction():
        row = connection.execute(
            """
            UPDATE run SET contact = now(), status = coalesce(%s, status), state = %s
            WHERE key = %s AND attempt = %s AND state = 'training' RETURNING requests
            """,
            [
                None if status is None else _json(status),
                "over" if is_over else "training",
                claim.key,
                claim.attempt,
            ],
        ).fetchone()
        if row is None:
            return None
        if changes.gone:
            connection.execute(
                "DELETE FROM piece WHERE key = %s AND name = ANY(%s)",
                [claim.key, list(changes.gone)],
            )
        _write(connection, claim.key, changes.pieces)
    return Requests.model_validate(row["requests"])


def want(connection: Connection, claim: Claim, parcel: str) -> bool:
    """Ask the home for a parcel; return whether the machine still has the run."""
    return _moved(
        connection,
        """
        UPDATE run SET wants = %s, contact = now()
        WHERE key = %s AND attempt = %s AND state = 'training'
        """,
        [parcel, claim.key, claim.attempt],
    )


def give_back(connection: Connection, claim: Claim, *, failed: bool) -> bool:
    """Let another machine have a run; return whether this one still had it.

    Parameters
    ----------
    connection : Connection
    claim : Claim
    failed : bool
        Whether the trainer was lost, which is not tried again for ever; else the machine stops.
    """
    return _moved(
        connection,
        f"UPDATE run SET {_BACK} WHERE key = %(key)s AND attempt = %(attempt)s "
        "AND state = 'training'",
        {"failed": int(failed), "key": claim.key, "attempt": claim.attempt},
    )


def take_from_the_lost(connection: Connection) -> list[str]:
    """Take the runs from machines that are silent; return the keys of these runs.

    A database that has just started has not heard of anybody yet, and gives them time.
    """
    found = connection.execute(
        f"""
        UPDATE run SET {_BACK}
        WHERE state = 'training' AND contact < now() - make_interval(secs => %(silent)s)
          AND pg_postmaster_start_time() < now() - make_interval(secs => %(silent)s)
        RETURNING key
        """,
        {"failed": 1, "silent": SILENT_S},
    )
    return [row["key"] for row in found]


def pieces_of(
    connection: Connection, key: str, after: int = 0, *, checkpoints: bool = True
) -> list[Piece]:
    """Return the pieces of a run's files that were written after a stamp, in their order.

    The content of one that is too large stays where it is, and so do checkpoints, which are large,
    where they are not wanted.
    """
    found = connection.execute(
        """
        SELECT name, start, stamp, content FROM piece
        WHERE key = %s AND stamp > %s AND length(content) <= %s AND (%s OR NOT name ^@ %s)
        ORDER BY stamp
        """,
        [key, after, MOST_BYTES, checkpoints, f"{checkpoint_files.FOLDER}/"],
        binary=True,
    )
    return [Piece(row["name"], row["start"], bytes(row["content"]), row["stamp"]) for row in found]


def enter_machine(connection: Connection, own_id: str, name: str, places: int) -> None:
    """Say that a machine is here, and how many runs it takes at a time; 0 as it leaves."""
    if places:
        connection.execute(
            """
            INSERT INTO machine (id, name, places) VALUES (%s, %s, %s)
            ON CONFLICT (id) DO UPDATE SET contact = now()
            """,
            [own_id, name, places],
        )
    else:
        connection.execute("DELETE FROM machine WHERE id = %s", [own_id])


@dataclass(frozen=True)
class Machine:
    """A machine that takes runs: its name, its places, and how many of them train."""

    name: str
    places: int
    busy: int


def machines(connection: Connection) -> list[Machine]:
    """Return the machines that were heard of lately, by name."""
    found = connection.execute(
        """
        SELECT name, sum(places)::int AS places,
               (SELECT count(*) FROM run
                WHERE state = 'training' AND run.machine = machine.name) AS busy
        FROM machine WHERE contact > now() - make_interval(secs => %s) GROUP BY name ORDER BY name
        """,
        [SILENT_S],
    )
    return [Machine(_name(row["name"]), row["places"], row["busy"]) for row in found]


# What becomes of a run that its machine has no more.
_BACK = f"""
    state = CASE WHEN failures + %(failed)s >= {MOST_FAILURES} THEN 'lost' ELSE 'waiting' END,
    failures = failures + %(failed)s
"""


def _name(machine: str) -> str:
    """Return a machine's name as pages may show it, whatever it calls itself."""
    return plain(machine)[:LONGEST_NAME]


def _write(connection: Connection, key: str, pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        connection.execute(
            """
            INSERT INTO piece (key, name, start, content) VALUES (%s, %s, %s, %s)
            ON CONFLICT (key, name, start)
            DO UPDATE SET content = excluded.content, stamp = nextval('stamp')
            """,
            [key, piece.name, piece.start, piece.content],
        )


def _moved(connection: Connection, statement: str, values: Any) -> bool:
    return connection.execute(statement, values).rowcount == 1


def _json(model: BaseModel) -> Jsonb:
    return Jsonb(json.loads(model.model_dump_json()))
