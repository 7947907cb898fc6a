"""The address of the cluster: read, refused where it is unsafe, its password never shown."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from core.cluster import address
from core.errors import DigitLabError

HEX = "0123456789abcdef" * 4
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
REFUSED = {
    "postgresql://me@host": "names no database",
    "postgresql://me@host/one/two": "names no database, or more than one",
    "postgresql:///one": "names no host",
    "postgresql://me@%2Frun/one": "names no host",
    "postgresql://me@here/one?host=/run": "names no host",
    "postgresql://me@a,b/one": "names no host, or more than one",
    "mysql://me@host/one": "does not begin with postgresql://",
    "host": "does not begin with postgresql://",
    "postgresql://me@host:port/one": "host or port",
    "postgresql://me@host:99999/one": "host or port",
    "postgresql://me@[::1/one": "host or port",
    "postgresql://me@host/one two": "a space",
    "postgresql://me%00@host/one": "character",
    "postgresql://me%ff@host/one": "UTF-8",
    "postgresql://me@host/one?service=x": "may have the options",
    "postgresql://me@host/one?sslmode=": "may have the options",
    "postgresql://me@host/one?sslmode=verify-full&sslmode=disable": "each once",
    "postgresql://me@host/one?nonsense": "option=value",
    "postgresql://me@host/one?fingerprint=md5:00": "fingerprint",
    f"postgresql://me@host/one?fingerprint=sha256:{HEX}0": "fingerprint",
    f"postgresql://me@host/one?fingerprint=sha256:{HEX}&sslrootcert=x": "no other setting",
    f"postgresql://me@host/one?fingerprint=sha256:{HEX}&sslmode=require": "no other setting",
    "postgresql://me@host/one?sslrootcert=/nowhere/ca.pem": "is not a file",
    **{
        f"postgresql://me@host/one?sslmode={mode}": "less than a verified certificate"
        for mode in ("disable", "allow", "prefer", "require", "verify-ca")
    },
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DIGIT_LAB_CLUSTER")]:
        monkeypatch.delenv(name)


def settings(value: str) -> dict[str, object]:
    """Return what libpq understands of the connection string that an address becomes."""
    return conninfo_to_dict(address.parse(value).conninfo)


def refusal(value: str) -> str:
    with pytest.raises(DigitLabError) as caught:
        address.parse(value)
    return str(caught.value)


def test_without_an_address_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address.configured() is None
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", " ")
    assert address.configured() is None


def test_every_part_reaches_the_driver() -> None:
    found = settings("postgresql://me:secret@db.example.org:6000/lab")
    expected = {"user": "me", "password": "secret", "host": "db.example.org", "port": "6000"}
    assert found.items() >= (expected | {"dbname": "lab", "sslmode": "verify-full"}).items()
    assert found["options"] == "-c search_path=digit_lab"
    assert found["application_name"] == "digit-lab"
    assert found["connect_timeout"] == "10"
    assert Path(str(found["sslrootcert"])).is_file()


@pytest.mark.parametrize("value", REFUSED)
def test_what_is_malformed_or_unsafe_is_refused_in_a_sentence(value: str) -> None:
    said = refusal(value)
    assert REFUSED[value] in said
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_needs_no_tls(host: str) -> None:
    assert "sslmode" not in settings(f"postgres://me@{host}/lab")
    assert settings(f"postgres://me@{host}/lab?sslmode=disable")["sslmode"] == "disable"


@pytest.mark.parametrize(
    "host", ["localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "0.0.0.0", "[::2]"]
)
def test_what_only_looks_like_this_machine_needs_it(host: str) -> None:
    assert settings(f"postgresql://me@{host}/lab")["sslmode"] == "verify-full"
    assert "less than a verified" in refusal(f"postgresql://me@{host}/lab?sslmode=disable")


def test_a_folder_of_sockets_is_a_place() -> None:
    value = "postgresql://me@/lab?host=/run/PostgreSQL"
    assert settings(value).items() >= {"host": "/run/PostgreSQL", "dbname": "lab"}.items()
    assert address.parse(value).shown == value


def test_a_fingerprint_stands_for_one_certificate(home: Path) -> None:
    spelled = ":".join(HEX.upper()[i : i + 2] for i in range(0, 64, 2))
    found = settings(f"postgresql://me@host/lab?fingerprint=SHA256:{spelled}")
    assert found["sslmode"] == "verify-ca"
    assert found["sslrootcert"] == str(home / "cluster" / "certificates" / f"{HEX}.pem")
    # TLS to this machine, too: the fingerprint says that there is some.
    assert settings(f"postgresql://me@localhost/lab?fingerprint=sha256:{HEX}") == found | {
        "host": "localhost"
    }


def test_an_own_file_of_certificates_is_used(tmp_path: Path) -> None:
    file = tmp_path / "it's ours.pem"
    file.touch()
    found = settings(f"postgresql://me@host/lab?sslrootcert={quote(str(file))}")
    assert found.items() >= {"sslmode": "verify-full", "sslrootcert": str(file)}.items()


def test_the_password_may_stand_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = "postgresql://me@localhost/lab"
    assert "password" not in settings(place)
    file = tmp_path / "secret"
    file.write_text("from a file \n")
    monkeypatch.setenv("DIGIT_LAB_CLUSTER_PASSWORD_FILE", str(file))
    assert settings(place)["password"] == "from a file "
    monkeypatch.setenv("DIGIT_LAB_CLUSTER_PASSWORD", "from the environment")
    assert settings(place)["password"] == "from the environment"
    assert settings("postgresql://me:own@localhost/lab")["password"] == "own"


@pytest.mark.parametrize("content", [None, b"\xff", b"x" * 1_000_000])
def test_a_file_that_holds_no_password_is_refused(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("DIGIT_LAB_CLUSTER_PASSWORD_FILE", str(file))
    assert "name a file that holds the password alone" in refusal("postgresql://me@localhost/lab")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", "postgresql://me@localhost/lab")
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    with pytest.raises(DigitLabError, match=r"requirements-cluster\.txt"):
        address.configured()


@given(ANYTHING, ANYTHING)
def test_any_user_and_password_reach_the_driver_unchanged(user: str, password: str) -> None:
    # The printable parts of an address are ASCII where they are percent-encoded.
    value = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@localhost/lab"
    found = address.parse(value)
    assert conninfo_to_dict(found.conninfo).items() >= {"user": user, "password": password}.items()


@given(ANYTHING, ANYTHING)
def test_what_is_shown_depends_on_no_password(one: str, other: str) -> None:
    """A password of one letter is in every sentence, so two addresses are compared."""
    places = [f"postgresql://me:{quote(word, safe='')}@host/lab" for word in (one, other)]
    first, second = map(address.parse, places)
    assert first.shown == second.shown == "postgresql://me@host:5432/lab"
    assert repr(first) == repr(second)


@given(st.text(min_size=1))
def test_a_password_as_it_is_typed_is_never_repeated(password: str) -> None:
    """It may hold what ends a host, begins an option or is a port: `12/abc`, `a?b=c`, `[`."""
    marked = f"{password}\N{SNOWMAN}secret"  # so that what comes of it can be told
    for value in (
        f"postgresql://me:{marked}@host/lab",
        f"postgresql://me:{password}@host/lab?sslmod={marked}",
        f"postgresql://me:12/{marked}@host/lab",
        f"postgresql://me:12?host={marked}@host/lab",
        f"postgresql://me:12#{marked}@host/lab",
    ):
        assert "secret" not in told_of(value)


def told_of(value: str) -> str:
    """Return all that people can come to see of an address."""
    try:
        found = address.parse(value)
    except DigitLabError as fault:
        return str(fault)
    return found.shown + repr(found)
