"""A PostgreSQL for the tests of the cluster, and in it a database for each test."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest

from core.cluster import connection, programs, sending
from core.cluster.address import configured
from core.errors import DigitLabError
from tests.cluster.machines import mirrors
from tests.cluster.postgres import Postgres
from tests.toy.start import MIRROR
from tests.working import kill

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_programs(lacking: Callable[[str, str], None]) -> programs.Programs:
    """Return PostgreSQL's programs on this machine."""
    try:
        return programs.find()
    except DigitLabError as fault:
        lacking("postgresql", str(fault))
        raise


@pytest.fixture(scope="session")
def postgres(postgres_programs: programs.Programs) -> Iterator[Postgres]:
    """Return a running server; a test that stops or kills it starts it again."""
    server = Postgres(postgres_programs)
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def cluster_url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a new, empty database, which DIGIT_LAB_CLUSTER names as well."""
    name = f"lab_{next(_NUMBERS)}"
    address = postgres.create(name)
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", address)
    yield address
    with suppress(Exception):  # The test may have left it stopped.
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def cluster(cluster_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a database to which runs of the test's own home are sent."""
    monkeypatch.setattr(sending, "MIRROR", MIRROR)
    yield cluster_url
    kill(mirrors(home))


@pytest.fixture
def base(cluster_url: str) -> Iterator[connection.Connection]:
    """Return a connection to the tables of an empty cluster."""
    address = configured()
    assert address is not None
    with closing(connection.connect(address)) as base:
        yield base
