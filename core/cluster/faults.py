"""Faults of the database's connection: which there are, in a sentence each, and whether they pass.

They are told by PostgreSQL's codes (SQLSTATE), and where there is none, as before the connection
stands, by libpq's own words, which are English everywhere. Nothing of those words is repeated.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import DigitLabError

_MOST_CAUSES = 10


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes
    ----------
    sentence : str
        For people; ``{at}`` is where the database is.
    passing : bool
        Whether it may be gone when somebody tries again later.
    states : str
        Its SQLSTATE codes, or how those begin, with spaces between them.
    words : str
        A regular expression for what libpq, or the operating system through it, says.
    classes : tuple of type
        Python's exceptions that mean the same.
    """

    sentence: str
    passing: bool
    states: str = ""
    words: str = ""
    classes: tuple[type[BaseException], ...] = ()

    def fits(self, fault: BaseException) -> bool:
        """Return whether a fault is of this kind."""
        state = getattr(fault, "sqlstate", None) or ""
        return (
            (bool(state) and any(state.startswith(one) for one in self.states.split()))
            or isinstance(fault, self.classes)
            or (bool(self.words) and re.search(self.words, str(fault), re.IGNORECASE) is not None)
        )


# The first that fits is the one.
KINDS = {
    "password-missing": Kind(
        "The database at {at} asks for a password, and none is given: write it into "
        "DIGIT_LAB_CLUSTER, or set DIGIT_LAB_CLUSTER_PASSWORD.",
        passing=False,
        words="no password supplied",
    ),
    "password": Kind(
        "The database at {at} does not accept this user with this password: check both in "
        "DIGIT_LAB_CLUSTER, or in DIGIT_LAB_CLUSTER_PASSWORD.",
        passing=False,
        states="28P01",
        words="password authentication failed|peer authentication failed"
        "|(role|user) .+ does not exist|is not permitted to log in",
    ),
    "tls-demanded": Kind(
        "The database at {at} takes only connections with TLS: take sslmode out of "
        "DIGIT_LAB_CLUSTER.",
        passing=False,
        words=r"no pg_hba\.conf entry.*no encryption|takes connections with TLS only",
    ),
    "not-admitted": Kind(
        "The database at {at} admits nobody from this machine with this user and database: ask "
        "whoever runs it to allow it (in PostgreSQL's file pg_hba.conf).",
        passing=False,
        states="28000",
        words=r"no pg_hba\.conf entry|pg_hba\.conf rejects",
    ),
    "tls-missing": Kind(
        "The database at {at} offers no TLS, so the password would be readable on its way: switch "
        "TLS on there, or use `python -m core cluster serve`, which has it.",
        passing=False,
        words="server does not support SSL",
    ),
    "certificate": Kind(
        "The certificate of the database at {at} is not trusted: name the file of the "
        "certificates that you trust with sslrootcert in DIGIT_LAB_CLUSTER, or the server's own "
        "with fingerprint.",
        passing=False,
        words=r"certificate|\bca\b.*file|SSL error: (tlsv1|sslv3) alert|crl",
        classes=(ssl.SSLCertVerificationError,),
    ),
    "database": Kind(
        "The server at {at} has no database of that name: check the name in DIGIT_LAB_CLUSTER, or "
        "create it with `createdb`.",
        passing=False,
        states="3D000",
        words="database .+ does not exist",
    ),
    "rights": Kind(
        "The user of DIGIT_LAB_CLUSTER lacks a right in the database at {at}: make the user its "
        "owner, or GRANT CREATE ON DATABASE to it.",
        passing=False,
        states="42501",
        words="permission denied for (database|schema|table|sequence|function)",
    ),
    "read-only": Kind(
        "The database at {at} is a copy that only answers: name the one that it copies.",
        passing=False,
        states="25006",
    ),
    "full": Kind(
        "The database at {at} has no space left on its disk: make room there.",
        passing=True,
        states="53100",
        words="no space left on device",
    ),
    "crowded": Kind(
        "The database at {at} has as many connections as it takes: wait until some are closed, or "
        "raise max_connections there.",
        passing=True,
        states="53",
        words="too many (clients|connections)|remaining connection slots",
    ),
    "starting": Kind(
        "The database at {at} is starting up or shutting down: try again in a few seconds.",
        passing=True,
        states="57P01 57P02 57P03",
        words="system is (starting up|shutting down|in recovery)|not yet accepting connections"
        "|terminating connection due to administrator|in recovery mode",
    ),
    "host-for-now": Kind(
        "The host of the database at {at} cannot be looked up just now: check this machine's "
        "network.",
        passing=True,
        words="temporary failure in name resolution|try again",
    ),
    "host": Kind(
        "There is no host of the name in {at}: check it in DIGIT_LAB_CLUSTER.",
        passing=False,
        words="could not translate host name|failed to resolve host|name or service not known"
        "|nodename nor servname|getaddrinfo failed|no address associated",
        classes=(socket.gaierror,),
    ),
    "refused": Kind(
        "Nothing answers at {at}: check that the database runs, and the port in DIGIT_LAB_CLUSTER.",
        passing=True,
        words=r"connection refused|\b10061\b|no such file or directory|failed: connection to "
        r"server on socket",
        classes=(ConnectionRefusedError, FileNotFoundError),
    ),
    "unreachable": Kind(
        "There is no way from this machine to {at}: check its network, and firewalls in between.",
        passing=True,
        words="no route to host|network is unreachable|host is (down|unreachable)",
    ),
    "slow": Kind(
        "The database at {at} did not answer in time: check its machine, and firewalls in between.",
        passing=True,
        words=r"time-?out|timed out|couldn't get a connection|\b10060\b",
        classes=(TimeoutError,),
    ),
    "lost": Kind(
        "The connection to the database at {at} was lost: check that it still runs.",
        passing=True,
        states="08 57P05",
        words="closed the connection|connection (is|was) (closed|lost)|connection reset|broken pipe"
        "|consuming input failed|unexpected eof|connection not open|the connection is closed"
        "|ssl (error|syscall)|could not (send|receive) data",
        classes=(ConnectionError, EOFError, ssl.SSLError),
    ),
    "conflict": Kind(
        "The database at {at} was busy with the same for another machine: try again.",
        passing=True,
        states="40 55P03",
    ),
}
_UNKNOWN = Kind(
    "The database at {at} cannot be used (it answers {state}): look into its log.", passing=False
)


def explain_at(fault: BaseException, shown: str) -> DigitLabError:
    """Return a fault as one sentence about the database that is shown so.

    A `DigitLabError` is returned as it is.
    """
    causes = list(_causes(fault))
    for cause in causes:
        if isinstance(cause, DigitLabError):
            return cause
    states = [state for cause in causes if (state := getattr(cause, "sqlstate", None))]
    state = states[0] if states else type(fault).__name__
    return DigitLabError(_kind(causes).sentence.format(at=shown, state=state))


def is_passing(fault: BaseException) -> bool:
    """Return whether to try again later can help, as after a lost connection.

    It cannot where a password is wrong or a certificate is not trusted.

    Examples
    --------
    >>> is_passing(ConnectionRefusedError())
    True
    """
    return _kind(list(_causes(fault))).passing


def _kind(causes: list[BaseException]) -> Kind:
    for cause in causes:
        if isinstance(cause, DigitLabError):
            continue
        for kind in KINDS.values():
            if kind.fits(cause):
                return kind
    return _UNKNOWN


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Yield a fault and those that it was raised from: procrastinate and SQLAlchemy wrap them."""
    waiting, seen = [fault], 0
    while waiting and seen < _MOST_CAUSES:
        one = waiting.pop(0)
        yield one
        seen += 1
        links = (getattr(one, "orig", None), one.__cause__)
        waiting += [link for link in links if isinstance(link, BaseException)]
