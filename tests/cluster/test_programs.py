"""PostgreSQL's programs: found, run as the right account, and their refusals in a sentence."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cluster import address, programs, server
from core.cluster.database import Database
from core.cluster.programs import Programs
from core.errors import DigitLabError
from tests.cluster.caller import Caller
from tests.cluster.postgres import Postgres, open_folder

AS_ROOT = os.name != "nt" and os.geteuid() == 0


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return the programs of a PostgreSQL that is installed, as if the extra were not."""
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    try:
        return programs.find()
    except DigitLabError:
        pytest.skip("only the extra's PostgreSQL is on this machine")


@pytest.fixture
def passable() -> Iterator[Path]:
    """Return a folder that every account can enter."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


def test_an_installed_postgresql_is_used_where_the_extra_is_missing(installed: Programs) -> None:
    assert installed.origin == "this machine's PostgreSQL"
    assert int(installed.version()) >= 13


def test_where_there_is_none_both_ways_to_get_one_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(programs, "_places", list)
    with pytest.raises(DigitLabError, match=r"requirements-server\.txt.*install your system's"):
        programs.find()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no root")
def test_root_without_an_account_for_it_is_told_what_to_do(
    postgres_programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_ORDINARY", "no-such-account")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(DigitLabError, match="run this as an ordinary account") as caught:
        programs.find()
    assert "useradd --system" in str(caught.value)


@pytest.mark.skipif(not AS_ROOT, reason="only root has another account for PostgreSQL")
def test_programs_that_its_account_cannot_reach_are_passed_over(
    postgres_programs: Programs, passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an environment below a folder of root's alone, where an installed one serves."""
    closed = passable / "closed" / "bin"
    closed.parent.mkdir(mode=0o700)
    closed.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        (closed / name).symlink_to(postgres_programs.folder / name)
    places = [(closed, "closed"), (postgres_programs.folder, "open")]
    monkeypatch.setattr(programs, "_places", lambda: places)
    assert programs.find().origin == "open"
    monkeypatch.setattr(programs, "_places", lambda: places[:1])
    with pytest.raises(DigitLabError, match="let that account read the folder"):
        programs.find()


def test_a_refusal_is_one_sentence(postgres_programs: Programs) -> None:
    with pytest.raises(DigitLabError, match="initdb failed, and says") as caught:
        postgres_programs.run("initdb", "--nonsense")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not AS_ROOT, reason="only root has another account for PostgreSQL")
def test_a_home_that_its_account_cannot_enter_is_said(
    postgres_programs: Programs, passable: Path
) -> None:
    passable.chmod(0o700)
    with pytest.raises(DigitLabError, match="set DIGIT_LAB_HOME to a folder that 'postgres' can"):
        Database(passable / "database", postgres_programs).start("password")


def test_variables_of_postgresql_lead_its_programs_nowhere_else(
    postgres_programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    with pytest.raises(DigitLabError, match="or set the PGDATA environment variable"):
        postgres_programs.run("postgres")


def test_data_of_another_version_are_left_alone(
    postgres_programs: Programs, passable: Path
) -> None:
    data = passable / "database"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(DigitLabError, match=r"are of PostgreSQL 9, and this one is \d+"):
        Database(data, postgres_programs).start("password")
    assert [one.name for one in data.iterdir()] == ["PG_VERSION"]


def test_a_password_may_hold_anything_that_a_line_can(
    postgres_programs: Programs, passable: Path
) -> None:
    """A person may write one into the file; a quote in it ended the statement."""
    database = Database(passable / "database", postgres_programs)
    odd = 'it\'s; \\ DROP "x" é'
    database.start(odd)
    try:
        place = f"postgresql://digit_lab@127.0.0.1:{database.port}/digit_lab"
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("DIGIT_LAB_CLUSTER_PASSWORD", odd)
            with address.connect(address.parse(place)) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.stop()
    assert not database.runs()


def test_a_postgresql_with_tls_of_its_own_is_named_by_its_fingerprint(
    installed: Programs, passable: Path, home: Path
) -> None:
    if b"SSL_CTX_new" not in (installed.folder / "postgres").read_bytes():
        pytest.skip("it is built without TLS")
    file = passable / "certificate.pem"
    file.write_bytes(server._made_certificate("127.0.0.1"))
    file.chmod(0o600)
    installed.own(file)
    _, fingerprint = server._secured(file)
    settings = f"ssl=on\nssl_cert_file='{file}'\nssl_key_file='{file}'\n"
    real = Postgres(installed, settings)
    try:
        place = real.create("lab")
        with Caller(f"{place}?fingerprint=sha256:{fingerprint}") as caller:
            assert caller.tls
        with pytest.raises(DigitLabError, match="another server answers"):
            address.connect(address.parse(f"{place}?fingerprint=sha256:{'0' * 64}"))
    finally:
        real.remove()
