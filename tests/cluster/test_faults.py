"""Faults of a real PostgreSQL: each is one sentence, and says whether to try again helps."""

import socket
import threading

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import OperationalError

from core.cluster import address, faults
from core.errors import DigitLabError
from tests.cluster.postgres import PASSWORD, Postgres


def said(value: str) -> tuple[str, bool]:
    """Return why there is no connection to a database, and whether that passes."""
    with pytest.raises(DigitLabError) as caught:
        address.connect(address.parse(value))
    sentence = str(caught.value)
    assert PASSWORD not in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence, address.is_passing(caught.value)


def test_a_connection_works_in_the_schema_of_the_project(cluster_url: str) -> None:
    found = address.configured()
    assert found is not None
    with address.connect(found) as connection:
        connection.execute("CREATE SCHEMA digit_lab")
        connection.execute("CREATE TABLE one (x int)")
        schema = "SELECT schemaname FROM pg_tables WHERE tablename = 'one'"
        assert connection.execute(schema).fetchone() == ("digit_lab",)


def test_a_wrong_password(postgres: Postgres, cluster_url: str) -> None:
    sentence, passing = said(postgres.address("postgres", "wrong"))
    assert "does not accept this user with this password" in sentence
    assert "wrong" not in sentence
    assert not passing


def test_no_password(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    sentence, passing = said(f"postgresql://digit_lab@127.0.0.1:{postgres.port}/postgres")
    assert "asks for a password" in sentence
    assert not passing


def test_no_such_database(postgres: Postgres) -> None:
    sentence, passing = said(postgres.address("nowhere"))
    assert "no database of that name" in sentence
    assert not passing


def test_no_tls(cluster_url: str) -> None:
    sentence, passing = said(f"{cluster_url}?sslmode=require")
    assert "offers no TLS" in sentence
    assert not passing


def test_no_tls_where_a_fingerprint_promises_it(cluster_url: str) -> None:
    sentence, _ = said(f"{cluster_url}?fingerprint=sha256:{'0' * 64}")
    assert "no PostgreSQL with TLS answers" in sentence


def test_no_such_host() -> None:
    assert "cannot be looked up just now" in str(
        faults.explain_at(psycopg.OperationalError("Temporary failure in name resolution"), "x")
    )
    sentence, passing = said("postgresql://me@nowhere.invalid/lab")
    # What a machine without any network says differs.
    assert "no host of the name" in sentence or "cannot be looked up" in sentence
    assert passing == ("just now" in sentence)


def test_nothing_answers(postgres: Postgres, cluster_url: str) -> None:
    postgres.stop()
    try:
        sentence, passing = said(cluster_url)
        pinned = f"{cluster_url}?fingerprint=sha256:{'0' * 64}"
        assert said(pinned) == (sentence, True)
    finally:
        postgres.start()
    assert "Nothing answers at" in sentence
    assert passing


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_database_that_ends_passes(end: str, postgres: Postgres, cluster_url: str) -> None:
    found = address.parse(cluster_url)
    connection = address.connect(found)
    getattr(postgres, end)()
    try:
        with pytest.raises(psycopg.OperationalError) as first:
            connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError) as then:
            connection.execute("SELECT 1")
    finally:
        postgres.start()
    assert all(address.is_passing(one.value) for one in (first, then))
    assert "was lost" in str(address.explain(then.value, found))
    assert address.connect(found).execute("SELECT 1").fetchone() == (1,)


def test_a_missing_right(postgres: Postgres, cluster_url: str) -> None:
    name = cluster_url.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} OWNER TO administrator")
    found = address.parse(cluster_url)
    with (
        address.connect(found) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege) as caught,
    ):
        connection.execute("CREATE SCHEMA digit_lab")
    assert "GRANT CREATE ON DATABASE" in str(address.explain(caught.value, found))
    assert not address.is_passing(caught.value)


def test_too_many_connections(postgres: Postgres, cluster_url: str) -> None:
    postgres.execute("ALTER ROLE digit_lab CONNECTION LIMIT 1")
    try:
        with address.connect(address.parse(cluster_url)):
            sentence, passing = said(cluster_url)
    finally:
        postgres.execute("ALTER ROLE digit_lab CONNECTION LIMIT -1")
    assert "as many connections as it takes" in sentence
    assert passing


def test_a_host_that_is_silent() -> None:
    """Nothing reads what is sent to it, so the connection ends by its own time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/lab"
        found = address.parse(place)
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(make_conninfo(found.conninfo, connect_timeout=2))
    assert "did not answer in time" in str(address.explain(caught.value, found))
    assert address.is_passing(caught.value)


def test_a_server_that_hangs_up_at_once_may_be_starting() -> None:
    """As one whose PostgreSQL starts again: it was taken for none with TLS, and for good."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        hanging_up = threading.Thread(target=lambda: server.accept()[0].close())
        hanging_up.start()
        place = f"postgresql://me@127.0.0.1:{server.getsockname()[1]}/lab"
        sentence, passing = said(f"{place}?fingerprint=sha256:{'0' * 64}")
        hanging_up.join()
    assert "was lost" in sentence
    assert passing


@pytest.mark.parametrize("wrap", ["procrastinate", "sqlalchemy", "pool"])
def test_what_libraries_wrap_is_found(wrap: str) -> None:
    lost = psycopg.errors.AdminShutdown("words of the driver")
    wrapped: Exception = ConnectorException("no words")
    if wrap == "procrastinate":
        wrapped.__cause__ = lost
    elif wrap == "sqlalchemy":
        wrapped = OperationalError("SELECT secret", {"secret": 1}, lost)
    else:
        wrapped = PoolTimeout("couldn't get a connection after 30.00 sec")
    assert address.is_passing(wrapped)
    told = str(faults.explain_at(wrapped, "there"))
    assert "there" in told
    assert "secret" not in told


def test_what_nobody_knows_is_named_by_its_code_alone() -> None:
    odd = psycopg.errors.lookup("22012")("division by zero\nsecret")
    told = faults.explain_at(odd, "there")
    assert str(told) == (
        "The database at there cannot be used (it answers 22012): look into its log."
    )
    assert not faults.is_passing(odd)


def test_a_sentence_stays_as_it_is() -> None:
    known = DigitLabError("One sentence.")
    assert faults.explain_at(known, "there") is known
