"""`python -m core cluster serve` with real processes: served, secured, killed, started again."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.cli.cluster import _lines
from core.cluster import address, programs, server
from core.errors import DigitLabError
from core.paths import PROJECT
from tests.cluster.caller import Caller, RefusedError
from tests.cluster.postgres import free_port, open_folder
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and rights of files as on Unix")

COUNT = "SELECT count(*) FROM digit_lab.kept"


class Serving:
    """One `cluster serve`, and the home that it serves from."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "core", "cluster", "serve", "--json"]
        command += ["--listen", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | {"DIGIT_LAB_HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = self.process.stdout.readline()
        if not said:
            raise DigitLabError(self.process.stderr.read())
        self.facts: dict[str, Any] = json.loads(said)
        self.address: str = self.facts["address"]

    def again(self) -> None:
        """Start it anew, after it has ended."""
        self._start()

    def end(self, number: int) -> int:
        """Send a signal to it and return how it ended."""
        self.process.send_signal(number)
        return self.process.wait(120)

    def postgres(self) -> list[psutil.Process]:
        """Return the processes that work in its data."""
        found = []
        for one in psutil.process_iter(["cwd"]):
            if one.info["cwd"] == str(self.folder / "cluster" / "database"):
                found.append(one)
        return found

    def remove(self) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        for one in self.postgres():
            with suppress(psutil.NoSuchProcess):
                one.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def served(postgres_programs: programs.Programs) -> Iterator[Callable[[], Serving]]:
    """Start a `cluster serve` in a home of its own."""
    with ExitStack() as ending:

        def start() -> Serving:
            made = Serving(open_folder(), free_port())
            ending.callback(made.remove)
            return made

        yield start


@pytest.fixture(scope="module")
def serving(served: Callable[[], Serving]) -> Serving:
    """Return one that runs, with a table in it; a test that ends it starts it again."""
    one = served()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DIGIT_LAB_HOME", str(one.folder))
        with Caller(one.address) as caller:
            caller.execute("CREATE SCHEMA digit_lab")
            caller.execute("CREATE TABLE digit_lab.kept AS SELECT generate_series(1, 7)")
    return one


def refused(place: str) -> str:
    with pytest.raises(DigitLabError) as caught:
        Caller(place)
    assert "\n" not in str(caught.value)
    assert not caught.value.passing
    return str(caught.value)


def test_others_reach_it_by_its_address_over_tls(serving: Serving, home: Path) -> None:
    with Caller(serving.address) as caller:
        assert caller.tls
        assert caller.execute(COUNT) == [[7]]
        rights = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
        assert caller.execute(rights) == [[False, False, False]]
        with pytest.raises(RefusedError, match="InsufficientPrivilege"):
            caller.execute("COPY digit_lab.kept FROM PROGRAM 'echo 1'")
    assert [one.name for one in (home / "cluster" / "certificates").iterdir()] == [
        serving.facts["fingerprint"].removeprefix("sha256:") + ".pem"
    ]


def test_nothing_of_it_is_open_to_others(serving: Serving) -> None:
    folder = serving.folder / "cluster"
    assert folder.stat().st_mode & 0o066 == 0
    for name in ("password", "certificate.pem", "database", "start.log"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name
    listening, users = set(), set()
    for process in serving.postgres():
        with suppress(psutil.NoSuchProcess):  # one that vacuumed, or served a test that is over
            users.add(process.username())
            listening |= {
                connection.laddr.ip
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            }
    assert listening == {"127.0.0.1"}
    assert not any("root" in user for user in users)


def test_a_wrong_password_is_refused(serving: Serving, home: Path) -> None:
    assert "does not accept" in refused(serving.address.replace("digit_lab:", "digit_lab:x"))


def test_the_administrator_cannot_come_by_the_network(serving: Serving, home: Path) -> None:
    assert "admits nobody" in refused(serving.address.replace("//digit_lab:", "//administrator:"))
    assert "admits nobody" in refused(serving.address.replace("/digit_lab?", "/postgres?"))


def test_without_tls_nobody_is_heard(serving: Serving, home: Path) -> None:
    place = serving.address.partition("?")[0]
    assert "takes only connections with TLS" in refused(f"{place}?sslmode=disable")


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    serving: Serving, home: Path, tmp_path: Path
) -> None:
    place = serving.address.partition("?")[0]
    assert "is not trusted" in refused(f"{place}?sslmode=verify-full")
    other = tmp_path / "other.pem"
    other.write_bytes(server._made_certificate("127.0.0.1"))
    assert "is not trusted" in refused(f"{place}?sslmode=verify-ca&sslrootcert={other}")


def test_another_fingerprint_is_refused_before_anything_is_sent(
    serving: Serving, home: Path
) -> None:
    place = serving.address.partition("?")[0]
    said = refused(f"{place}?fingerprint=sha256:{'0' * 64}")
    assert "another server answers" in said
    assert "certificate was renewed" in said


def test_a_second_one_says_that_it_runs_already(serving: Serving) -> None:
    with pytest.raises(DigitLabError, match="is served already"):
        Serving(serving.folder, free_port())
    assert serving.process.poll() is None


def test_a_taken_port_is_said(served: Callable[[], Serving], serving: Serving) -> None:
    folder = open_folder()
    with pytest.raises(DigitLabError, match="choose another with --port") as caught:
        Serving(folder, serving.port)
    assert str(caught.value).count("\n") == 1
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_in_good_order(serving: Serving, home: Path, number: int) -> None:
    before = serving.address
    with Caller(serving.address) as caller:
        assert serving.end(number) == 0
        with pytest.raises(RefusedError) as caught:
            caller.execute(COUNT)
    assert caught.value.passing
    assert not serving.postgres()
    assert not (serving.folder / "cluster" / "database" / "postmaster.pid").exists()
    serving.again()
    assert serving.address == before
    with Caller(serving.address) as caller:
        assert caller.execute(COUNT) == [[7]]


@pytest.mark.parametrize("also", ["alone", "with PostgreSQL"])
def test_killed_it_starts_again_and_has_kept_everything(
    serving: Serving, home: Path, also: str
) -> None:
    with Caller(serving.address) as caller:
        caller.execute("INSERT INTO digit_lab.kept VALUES (8)")
        serving.end(signal.SIGKILL)
    left = serving.postgres()
    assert left  # it runs on, and nobody reaches it
    with pytest.raises(DigitLabError, match="Nothing answers"):
        Caller(serving.address)
    if also == "with PostgreSQL":
        for process in left:
            process.kill()
        wait_for(lambda: not serving.postgres(), "PostgreSQL is dead")
    serving.again()
    with Caller(serving.address) as caller:
        assert caller.execute(COUNT) == [[8]]
        caller.execute("DELETE FROM digit_lab.kept WHERE generate_series = 8")


def test_if_postgresql_ends_by_itself_that_is_said(served: Callable[[], Serving]) -> None:
    one = served()
    first = min(one.postgres(), key=lambda process: process.create_time())
    first.kill()
    assert one.process.wait(120) == 2
    said = one.process.stderr.read()
    assert "PostgreSQL ended by itself" in said
    assert said.count("\n") == 1


def test_secrets_that_are_taken_away_are_made_anew(
    served: Callable[[], Serving], home: Path
) -> None:
    one = served()
    before = one.address
    Caller(before).close()
    assert one.end(signal.SIGTERM) == 0
    for name in ("password", "certificate.pem"):
        (one.folder / "cluster" / name).unlink()
    one.again()
    Caller(one.address).close()
    # The one who knows the old certificate meets another, and the old password is worth nothing.
    assert "is not trusted" in refused(before)
    fingerprint = one.facts["fingerprint"]
    assert "does not accept" in refused(f"{before.partition('?')[0]}?fingerprint={fingerprint}")


def test_an_old_certificate_does_not_pass_for_a_new_connection(
    serving: Serving, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the certificate and the connection somebody else may take the port."""
    found = address.parse(serving.address)
    found.pin()
    kept = home / "cluster" / "certificates"
    (file,) = kept.iterdir()
    file.write_bytes(
        server._made_certificate("127.0.0.1")
        .partition(b"-----BEGIN CERT")[2]
        .join([b"-----BEGIN CERT", b""])
    )
    # At once, without another look at the certificate; in a process of its own, see `Caller`.
    program = "import psycopg, sys; psycopg.connect(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, found.conninfo], capture_output=True, text=True
    )
    assert done.returncode
    assert "certificate verify failed" in done.stderr


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff", b"two\nlines"])
def test_a_file_without_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(DigitLabError, match="holds no password"):
        server._password(file)
    assert file.read_bytes() == content


def test_an_own_password_is_printed_as_an_address_needs_it(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("a/b é'@\n", "utf-8")
    password = server._password(file)
    served = server.Served(("127.0.0.1",), 5480, "ab" * 32, password, "here", tmp_path)
    found = conninfo_to_dict(address.parse(served.address("127.0.0.1")).conninfo)
    assert found["password"] == "a/b é'@"


def test_what_is_printed_can_be_pasted() -> None:
    served = server.Served(("10.0.0.7", "fd00::1"), 5480, "ab" * 32, "pass", "here", Path("there"))
    first, *others = map(served.address, served.hosts)
    lines = _lines(served, first, others, "")
    at = f"digit_lab:pass@10.0.0.7:5480/digit_lab?fingerprint=sha256:{'ab' * 32}"
    assert f"export DIGIT_LAB_CLUSTER='postgresql://{at}'" in lines
    assert f"$env:DIGIT_LAB_CLUSTER = 'postgresql://{at}'" in lines
    assert lines.count("python -m core work") == 2
    assert any("all networks" in line for line in lines)
    assert any("@[fd00::1]:5480/" in line for line in lines)
    assert (
        address.parse(f"postgresql://{at}").shown
        == "postgresql://digit_lab@10.0.0.7:5480/digit_lab"
    )
