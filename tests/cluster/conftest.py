"""A PostgreSQL for the tests of the cluster, and in it a database for each test."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest

from core.cluster import programs
from core.errors import DigitLabError
from tests.cluster.postgres import Postgres

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
