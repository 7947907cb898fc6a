"""The address of the cluster's database: read, checked, and never shown with its password.

``DIGIT_LAB_CLUSTER`` holds it, as
``postgresql://user[:password]@host[:port]/database[?option=value&...]``. The options are
``sslrootcert`` (a file of certificates), ``fingerprint`` (``sha256:`` and 64 hexadecimal digits:
the one certificate to trust), ``sslmode``, and ``host`` for a folder of Unix sockets. Without a
password there, ``DIGIT_LAB_CLUSTER_PASSWORD`` has it, or the file that
``DIGIT_LAB_CLUSTER_PASSWORD_FILE`` names, or libpq's own ``~/.pgpass``.

Unless the database is on this machine, its certificate is verified; an address that asks for less
is refused. Everything here can be imported without psycopg, and `configured` asks no network.
"""

import ipaddress
import os
import re
import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from core.cluster import certificate
from core.cluster.faults import explain_at, is_passing
from core.disk import atomic, refusals
from core.errors import DigitLabError

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["CLUSTER", "SCHEMA", "Address", "configured", "connect", "explain", "is_passing"]

CLUSTER = "DIGIT_LAB_CLUSTER"
PASSWORD = "DIGIT_LAB_CLUSTER_PASSWORD"
PASSWORD_FILE = "DIGIT_LAB_CLUSTER_PASSWORD_FILE"
SCHEMA = "digit_lab"

_FORM = "postgresql://user:password@host:port/database"
_OPTIONS = {"fingerprint", "host", "sslmode", "sslrootcert"}
_PORT = 5432
_SETTINGS = {
    "connect_timeout": "10",
    "application_name": "digit-lab",
    "options": f"-c search_path={SCHEMA}",
    "gssencmode": "disable",
    # A peer that vanished without a word is noticed within half a minute.
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


@dataclass(frozen=True)
class Address:
    """Where the cluster's database is.

    Attributes
    ----------
    conninfo : str
        For ``psycopg.connect`` and pools, with password and TLS settings. Never to be shown.
    shown : str
        For people, without password.
    """

    conninfo: str = field(repr=False)
    shown: str
    host: str
    port: int
    fingerprint: str | None = None

    def pin(self) -> None:
        """Fetch the server's certificate if it has the fingerprint that the address names.

        Done once for each fingerprint, before the first connection: libpq then verifies each
        connection against exactly this certificate. Does nothing for an address without
        fingerprint.

        Raises
        ------
        DigitLabError
            The server has another certificate, or it cannot be kept.
        OSError
            The server cannot be reached; `explain` says it in a sentence.
        """
        if self.fingerprint is not None:
            certificate.pin(self.host, self.port, self.fingerprint)


def configured() -> Address | None:
    """Return the address that is set, or None.

    Raises
    ------
    DigitLabError
        The address is malformed or unsafe, or the extra ``cluster`` is not installed.
    """
    value = os.environ.get(CLUSTER, "").strip()
    if not value:
        return None
    found = parse(value)
    if find_spec("psycopg") is None or find_spec("procrastinate") is None:
        raise DigitLabError(
            f"{CLUSTER} is set, and what it takes is not installed: run `pip install "
            "'digit-lab[cluster]'`, or `pip install -r requirements-cluster.txt` in this folder."
        )
    return found


def connect(address: Address, **options: Any) -> "Connection":
    """Return a connection to the database.

    Parameters
    ----------
    address : Address
    **options
        As for ``psycopg.connect``, such as ``autocommit``.

    Raises
    ------
    DigitLabError
        There is no connection to be had; it says why. Its ``__cause__`` is for `is_passing`.
    """
    import psycopg

    try:
        address.pin()
        return psycopg.connect(address.conninfo, **options)
    except (OSError, psycopg.Error) as fault:
        raise explain(fault, address) from fault


def explain(fault: BaseException, address: Address) -> DigitLabError:
    """Return a fault of the connection as one sentence for people.

    Parameters
    ----------
    fault : BaseException
        From psycopg, or from procrastinate or SQLAlchemy, which wrap that.
    address : Address

    Returns
    -------
    DigitLabError
        Without the password, and without any text of the driver's.
    """
    return explain_at(fault, address.shown)


def parse(value: str) -> Address:
    """Return what an address says.

    Raises
    ------
    DigitLabError
        It is malformed or unsafe. The sentence repeats nothing of it that could be the password.
    """
    # Passwords that are not percent-encoded end up in any part, so no part is repeated.
    if not value.isprintable() or " " in value:
        raise _malformed("a space or a character that cannot be printed stands in it")
    scheme, separator, _ = value.partition("://")
    if not separator or scheme not in ("postgresql", "postgres"):
        raise _malformed("it does not begin with postgresql://")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _malformed("its host or port cannot be read") from None
    if "@" in parts.path + parts.query or parts.fragment or value.endswith("#"):
        raise _malformed(
            "a special character of its user or password is not percent-encoded: write / as %2F, "
            "? as %3F, # as %23 and @ as %40"
        )
    user, password, host = map(_decoded, (parts.username, parts.password, parts.hostname))
    database = _decoded(parts.path[1:])
    if not database or "/" in parts.path[1:]:
        raise _malformed("it names no database, or more than one")
    options = _options(parts.query)
    folder = options.pop("host", "")
    if folder.startswith("/") and not host:
        host = folder
    elif folder or not re.fullmatch(r"[^/,@]+", host):
        raise _malformed("it names no host, or more than one; host= is for a folder of sockets")
    port = port or _PORT
    login = {"user": user, "password": password or _password()}
    place = {"host": host, "port": str(port), "dbname": database}
    fingerprint, security = _security(host, options)
    filled = {name: text for name, text in (place | login).items() if text}
    conninfo = _conninfo(filled | security | _SETTINGS)
    return Address(conninfo, _shown(user, host, port, database), host, port, fingerprint)


def is_local(host: str) -> bool:
    """Return whether a host is this machine by its name alone, or a folder of Unix sockets.

    Examples
    --------
    >>> [is_local(host) for host in ("localhost", "127.0.0.53", "::1", "/run/postgresql")]
    [True, True, True, True]
    >>> is_local("localhost.example.org")
    False
    """
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        if query:
            raise _malformed("what follows its ? is not option=value") from None
        return {}
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= _OPTIONS or not all(options.values()):
        raise _malformed(f"it may have the options {', '.join(sorted(_OPTIONS))}, each once")
    return options


def _security(host: str, options: dict[str, str]) -> tuple[str | None, dict[str, str]]:
    """Return the fingerprint, and libpq's settings of TLS."""
    mode, authorities = options.get("sslmode"), options.get("sslrootcert")
    if (stated := options.get("fingerprint")) is not None:
        if authorities or host.startswith("/") or mode not in (None, "verify-ca", "verify-full"):
            raise _malformed("a fingerprint goes with a host, and with no other setting of TLS")
        fingerprint = certificate.fingerprint(stated)
        kept = str(certificate.kept(fingerprint))
        return fingerprint, {"sslmode": "verify-ca", "sslrootcert": kept}
    if host.startswith("/"):
        return None, {}  # Nothing of it leaves this machine, and there is no TLS on such a socket.
    if is_local(host):
        chosen = {"sslmode": mode, "sslrootcert": authorities}
        return None, {name: text for name, text in chosen.items() if text}
    if mode not in (None, "verify-full"):
        raise DigitLabError(
            f"{CLUSTER} asks for less than a verified certificate, and the password would be "
            "anybody's who answers in its place: take sslmode away, and name the file of your own "
            "certificates with sslrootcert, or the server's fingerprint."
        )
    if authorities and not Path(authorities).is_file():
        raise DigitLabError(
            f"The sslrootcert of {CLUSTER} is not a file: name one of this machine."
        )
    return None, {"sslmode": "verify-full", "sslrootcert": authorities or _known_authorities()}


def _known_authorities() -> str:
    """Return the file with the certificate authorities that this machine trusts."""
    # The libpq within psycopg's wheel looks where its builder's machine kept them.
    found: str | None = ssl.get_default_verify_paths().cafile
    if found is not None:
        return found
    if find_spec("certifi") is not None:
        import certifi

        return certifi.where()
    return "system"


def _password() -> str:
    if password := os.environ.get(PASSWORD, ""):
        return password
    if not (file := os.environ.get(PASSWORD_FILE, "").strip()):
        return ""
    try:
        content = atomic.read_record(Path(file)).decode()
    except (OSError, UnicodeDecodeError) as fault:
        reason = refusals.reason(fault) if isinstance(fault, OSError) else "it is not UTF-8"
        raise DigitLabError(
            f"{PASSWORD_FILE} names '{file}', which cannot be read ({reason}): "
            "name a file that holds the password alone."
        ) from None
    return content.removesuffix("\n").removesuffix("\r")


def _decoded(text: str | None) -> str:
    try:
        decoded = unquote(text or "", errors="strict")
        decoded.encode()
    except UnicodeError:
        raise _malformed("its percent-encoded characters are not UTF-8") from None
    if "\0" in decoded:
        raise _malformed("a character in it is none")
    return decoded


def _conninfo(settings: dict[str, str]) -> str:
    quoted = {
        name: text.replace("\\", r"\\").replace("'", r"\'") for name, text in settings.items()
    }
    return " ".join(f"{name}='{text}'" for name, text in quoted.items())


def _shown(user: str, host: str, port: int, database: str) -> str:
    login = f"{user}@" if user else ""
    if host.startswith("/"):
        return f"postgresql://{login}/{database}?host={host}"
    return f"postgresql://{login}{f'[{host}]' if ':' in host else host}:{port}/{database}"


def _malformed(why: str) -> DigitLabError:
    return DigitLabError(f"{CLUSTER} is no address of a database ({why}): write it as {_FORM}.")
