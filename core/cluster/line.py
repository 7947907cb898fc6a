"""The line: whose turn it is, as jobs of procrastinate.

A job is the key of a run and nothing else. What holds is the run's row, see `ledger`: a job for a
run that waits no more is done at once. So a job may be there twice, or late, and a run that waits
without one is given one again.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from core.cluster import ledger
from core.cluster.address import Address, explain
from core.cluster.connection import Connection
from core.cluster.faults import is_passing

QUEUE, TASK = "runs", "train"
_FRONT = 1_000_000  # the priority of a run that goes before all others
_LOOK_EVERY_S = 0.25
_HEARTBEAT_S = 10.0
_AGAIN_S = 1.0


def keep(connection: Connection, address: Address) -> None:
    """Give a job to each run that waits and has none, and bring those to the front that shall be.

    Called by homes and machines every few seconds, and by a home that has just sent a run.
    """
    ledger.take_from_the_lost(connection)
    _tidy(connection)
    found = connection.execute(
        """
        SELECT key, turn, front, job.id, job.priority FROM run
        LEFT JOIN procrastinate_jobs AS job ON job.queueing_lock = key AND job.status = 'todo'
        WHERE state = 'waiting' ORDER BY turn, entered
        """
    ).fetchall()
    missing = [row for row in found if row["id"] is None or row["front"] != _is_front(row)]
    if not missing:
        return
    app = procrastinate.App(
        connector=procrastinate.SyncPsycopgConnector(
            conninfo=address.conninfo, min_size=1, max_size=1
        )
    )
    try:
        with app.open():
            for row in missing:
                if row["id"] is not None:
                    app.job_manager.cancel_job_by_id(row["id"], delete_job=True)
                _defer(app, row["key"], _FRONT if row["front"] else -row["turn"])
    except ConnectorException as fault:
        raise fault.__cause__ or fault from None


def _tidy(connection: Connection) -> None:
    """Delete the jobs that machines had which are gone; a run that waits again gets another."""
    connection.execute(
        """
        DELETE FROM procrastinate_jobs AS job WHERE status = 'doing' AND NOT EXISTS (
            SELECT FROM procrastinate_workers AS machine WHERE machine.id = job.worker_id
               AND machine.last_heartbeat > now() - make_interval(secs => %s))
        """,
        [ledger.SILENT_S],
    )


def _is_front(row: dict[str, Any]) -> bool:
    return bool(row["priority"] == _FRONT)


def _defer(app: procrastinate.App, key: str, priority: int) -> None:
    # `queueing_lock`: one job for a run at a time, whoever is quicker.
    job = app.configure_task(TASK, queue=QUEUE, queueing_lock=key, priority=priority)
    with suppress(AlreadyEnqueued):
        job.defer(key=key)


class Turns:
    """The jobs that a machine takes, `places` at a time, each in a thread of its own.

    Parameters
    ----------
    address : Address
    places : int
    train : callable
        Called with the key of the run whose turn it is; returns when that is over.
    until_empty : bool
        End once nobody waits, instead of waiting for the next.
    """

    def __init__(
        self, address: Address, places: int, train: Callable[[str], None], *, until_empty: bool
    ) -> None:
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # The machine says it.
        app = procrastinate.App(
            connector=_Patient(conninfo=address.conninfo, min_size=1, max_size=3)
        )

        @app.task(name=TASK, queue=QUEUE)
        def take(key: str) -> None:
            train(key)

        self._app, self._address = app, address
        self._worker = Worker(
            app,
            queues=[QUEUE],
            concurrency=places,
            wait=not until_empty,
            # A look four times a second needs no connection of its own, and none that breaks.
            listen_notify=False,
            fetch_job_polling_interval=_LOOK_EVERY_S,
            update_heartbeat_interval=_HEARTBEAT_S,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
        )

    def take(self) -> None:
        """Take turns until `stop`, or until nobody waits; returns after the last run.

        Raises
        ------
        DigitLabError
            The database refuses, and not for the moment only.
        """
        try:
            asyncio.run(self._take())
        except (ConnectorException, psycopg.Error) as fault:
            raise explain(fault.__cause__ or fault, self._address) from fault

    async def _take(self) -> None:
        async with self._app.open_async():
            await self._worker.run()

    def stop(self) -> None:
        """Take no more; from any thread."""
        self._worker.stop()


class _GoneError(ConnectorException):
    """A function of procrastinate's refuses: there is no such job."""


class _Patient(procrastinate.PsycopgConnector):
    """Asks again for as long as the database is out of reach, instead of giving up."""

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        # It is said of a job that others deleted who thought this machine dead: it is over.
        with suppress(_GoneError):
            await self._until_it_answers(super().execute_query_async, query, arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        return await self._until_it_answers(super().execute_query_one_async, query, arguments)

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        return await self._until_it_answers(super().execute_query_all_async, query, arguments)

    async def _until_it_answers(self, call: Any, query: Any, arguments: dict[str, Any]) -> Any:
        while True:
            try:
                return await call(query, **arguments)
            except ConnectorException as fault:
                if isinstance(fault.__cause__, psycopg.errors.RaiseException):
                    raise _GoneError from fault
                if not (is_passing(fault) or isinstance(fault.__cause__, psycopg.OperationalError)):
                    raise
            await asyncio.sleep(_AGAIN_S)
