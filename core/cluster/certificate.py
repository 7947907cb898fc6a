"""The one certificate that a fingerprint names: fetched once, compared, and kept as a file.

A database for a room has a certificate that no authority vouches for. Its fingerprint travels with
the address instead. The certificate that the server shows is fetched without trust, and only one
with that fingerprint is kept; libpq then verifies each real connection against this file.
"""

import errno
import hashlib
import hmac
import re
import socket
import ssl
import struct
from pathlib import Path

from core import paths
from core.disk import atomic
from core.errors import DigitLabError

_TIMEOUT_S = 10.0
# PostgreSQL's protocol, "SSLRequest": its length, and a number that is no version.
_ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)


def fingerprint(stated: str) -> str:
    """Return a fingerprint as 64 lower-case hexadecimal digits.

    Raises
    ------
    DigitLabError
        It is none.

    Examples
    --------
    >>> fingerprint("sha256:" + "AB:" * 31 + "CD")[-6:]
    'ababcd'
    """
    found = re.fullmatch(
        r"sha256:([0-9a-f]{64})", stated.lower().replace(":", "").replace("sha256", "sha256:", 1)
    )
    if found is None:
        raise DigitLabError(
            "The fingerprint in DIGIT_LAB_CLUSTER is none: write sha256: and the 64 hexadecimal "
            "digits that `python -m core cluster serve` prints."
        )
    return found[1]


def kept(fingerprint: str) -> Path:
    """Return the file in which the certificate with a fingerprint is kept, or will be."""
    return paths.cluster_folder() / "certificates" / f"{fingerprint}.pem"


def pin(host: str, port: int, fingerprint: str) -> None:
    """Keep the certificate of a server, if it is the one with this fingerprint.

    Raises
    ------
    DigitLabError
        It is another one, the server has none, or the file cannot be written.
    OSError
        The server cannot be reached.
    """
    file = kept(fingerprint)
    if _is_kept(file, fingerprint):
        return
    shown = fetch(host, port)
    if not hmac.compare_digest(hashlib.sha256(shown).hexdigest(), fingerprint):
        raise DigitLabError(
            f"At {host}:{port} another server answers than the one with the fingerprint in "
            "DIGIT_LAB_CLUSTER, or its certificate was renewed: compare with what "
            "`python -m core cluster serve` prints there."
        )
    atomic.write_record(file, ssl.DER_cert_to_PEM_cert(shown), "The server's certificate")


def fetch(host: str, port: int) -> bytes:
    """Return the certificate that a PostgreSQL server shows, as DER; it is not verified.

    Raises
    ------
    DigitLabError
        The server has none.
    OSError
        It cannot be reached.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # to read it alone: nothing is sent over this connection
    with socket.create_connection((host, port), timeout=_TIMEOUT_S) as plain:
        plain.sendall(_ASK_FOR_TLS)
        answer = plain.recv(1)
        if not answer:
            raise ConnectionResetError(errno.ECONNRESET, "It answered nothing")
        if answer != b"S":
            raise DigitLabError(
                f"At {host}:{port} no PostgreSQL with TLS answers: check host and port in "
                "DIGIT_LAB_CLUSTER."
            )
        with context.wrap_socket(plain, server_hostname=host) as secured:
            return secured.getpeercert(binary_form=True) or b""


def _is_kept(file: Path, fingerprint: str) -> bool:
    """Return whether the file is there and, for it could be damaged, the right one."""
    try:
        content = ssl.PEM_cert_to_DER_cert(atomic.read_record(file).decode("ascii"))
    except (OSError, ValueError):
        return False
    return hmac.compare_digest(hashlib.sha256(content).hexdigest(), fingerprint)
