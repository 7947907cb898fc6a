"""The database for a room without an administrator: `python -m core cluster serve`.

One process in the foreground: it starts PostgreSQL (`database`), which this machine alone reaches,
and takes the others' connections over TLS (`listener`). In ``DIGIT_LAB_HOME/cluster/`` are

- ``database/``: PostgreSQL's data, kept from start to start;
- ``password``: made once, the truth about it: another one is made where the file is missing;
- ``certificate.pem``: key and self-signed certificate, made once in the same way;
- ``server.lock``: held while it runs.

The address for the others holds the password, and the fingerprint of the certificate, which stands
in for an authority that vouches for it. Killed without warning, it leaves PostgreSQL behind, which
the next start ends in good order before it starts its own.
"""

import asyncio
import hashlib
import secrets
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import psutil
from filelock import FileLock, Timeout

from core import paths
from core.cluster import listener, programs
from core.cluster.database import NAME, Database
from core.disk import atomic, locks
from core.errors import DigitLabError

DEFAULT_PORT = 5480
EVERYWHERE = ("", "0.0.0.0", "::")  # all networks of this machine
_LOOK_EVERY_S = 1.0
_SECRETS = "The database's secrets"
_PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Served:
    """A database that takes connections.

    Attributes
    ----------
    hosts : tuple of str
        The addresses of this machine that it answers on; the likeliest for others is the first.
    port : int
    fingerprint : str
        Of its certificate: the SHA-256, 64 hexadecimal digits.
    password : str
    origin : str
        Where PostgreSQL comes from.
    folder : pathlib.Path
        Where everything is kept.
    """

    hosts: tuple[str, ...]
    port: int
    fingerprint: str
    password: str
    origin: str
    folder: Path

    def address(self, host: str) -> str:
        """Return what others set DIGIT_LAB_CLUSTER to, to come by one of the hosts."""
        place = f"[{host}]" if ":" in host else host
        return (
            f"postgresql://{NAME}:{quote(self.password, safe='')}@{place}:{self.port}/{NAME}"
            f"?fingerprint=sha256:{self.fingerprint}"
        )


def serve(address: str, port: int, tell: Callable[[Served], None]) -> None:
    """Run the database until somebody asks this process to end, by Ctrl-C or SIGTERM.

    Parameters
    ----------
    address : str
        The address of this machine to listen on; empty for all of its networks.
    port : int
    tell : callable
        Called once it takes connections.

    Raises
    ------
    DigitLabError
        It cannot be started, runs already, or PostgreSQL ended by itself.
    """
    found = programs.find()
    if find_spec("cryptography") is None:
        raise DigitLabError(
            "The certificate for TLS takes the package cryptography: run `pip install "
            "'digit-lab[server]'`, or `pip install -r requirements-server.txt` in this folder."
        )
    folder = paths.cluster_folder()
    with _alone(folder), listener.listen(address, port) as listening:
        # PostgreSQL's account has to get through to its data, and reads nothing else here.
        folder.chmod(0o711 if found.account else 0o700)
        password = _password(folder / "password")
        context, fingerprint = _secured(folder / "certificate.pem")
        database = Database(folder / "database", found)
        with _asked_to_end() as end:
            database.start(password)
            try:
                hosts = tuple(_hosts(address))
                tell(Served(hosts, port, fingerprint, password, found.origin, folder))
                asyncio.run(_until(end, database, listening, context))
            finally:
                if database.runs():
                    database.stop()


async def _until(
    end: "_End", database: Database, listening: socket.socket, context: ssl.SSLContext
) -> None:
    taking = asyncio.create_task(listener.Listener(listening, context, database.port).run())
    try:
        while not end.asked:
            if not database.runs():
                raise DigitLabError(
                    "PostgreSQL ended by itself: look into the newest file of "
                    f"'{database.log_folder}', then start this again."
                )
            await asyncio.sleep(_LOOK_EVERY_S)
        # While connections are still passed on: everybody connected is told why it ends.
        await asyncio.to_thread(database.stop)
    finally:
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)


class _End:
    """Whether this process was asked to end."""

    asked = False

    def ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


@contextmanager
def _asked_to_end() -> Iterator[_End]:
    """Take the signals that ask a process to end, for a block."""
    end = _End()
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if "SIGHUP" in dir(signal) and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        wanted.remove(signal.SIGHUP)  # `nohup` wants it to outlive its terminal.
    before = {number: signal.signal(number, end.ask) for number in wanted}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder, for one `cluster serve` at a time."""
    with atomic.keeping("The database", folder):
        locks.check(folder)
        lock = FileLock(folder / "server.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise DigitLabError(
                f"The database in '{folder}' is served already, by another `cluster serve`: use "
                "the address that it printed, or stop that one first."
            ) from None
    with lock:
        yield
        lock.release()


def _password(file: Path) -> str:
    try:
        found = atomic.read_record(file).decode().strip()
    except UnicodeDecodeError:
        found = ""
    except FileNotFoundError:
        made = secrets.token_urlsafe(_PASSWORD_BYTES)
        atomic.write_record(file, f"{made}\n".encode(), _SECRETS, private=True)
        return made
    if not found.isprintable() or not found:
        raise DigitLabError(
            f"'{file}' holds no password: write one line of text into it, or delete it, and a new "
            "one is made."
        )
    return found


def _secured(file: Path) -> tuple[ssl.SSLContext, str]:
    """Return the settings of TLS with the certificate in a file, and its fingerprint."""
    if not file.is_file():
        atomic.write_record(file, _made_certificate(socket.gethostname()), _SECRETS, private=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(file)
        begin = "-----BEGIN CERTIFICATE-----"
        text = begin + file.read_text("ascii").partition(begin)[2]
        der = ssl.PEM_cert_to_DER_cert(text)
    except (OSError, ValueError) as fault:
        raise DigitLabError(
            f"'{file}' holds no key with its certificate: move it away, and a new one is made; "
            "the others then need the new address."
        ) from fault
    return context, hashlib.sha256(der).hexdigest()


def _made_certificate(name: str) -> bytes:
    """Return a new key and a certificate of it for ten years, signed by itself, as PEM."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # It vouches for itself alone, so the name says nothing; 64 letters are the most it may have.
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64] or "digit-lab")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # the others' clocks differ
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem)


def _hosts(address: str) -> Iterator[str]:
    """Yield the addresses by which others reach this machine; IPv6 only where it was asked for."""
    if address not in EVERYWHERE:
        yield address
        return
    states = psutil.net_if_stats()
    found = [
        one.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in states and states[name].isup
        for one in addresses
        if one.family == socket.AF_INET and not one.address.startswith("127.")
    ]
    yield from found or ["127.0.0.1"]
