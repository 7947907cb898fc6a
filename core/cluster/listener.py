"""The listener: takes connections from the network over TLS alone, and hands them to PostgreSQL.

PostgreSQL as it comes from the package index has no TLS. So it listens on this machine alone, and
whoever comes from elsewhere meets this listener: it speaks the first eight bytes of PostgreSQL's
protocol, then TLS, and passes everything else on unread. Who may connect is PostgreSQL's decision.
"""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from core.disk import refusals
from core.errors import DigitLabError

_MOST_CONNECTIONS = 400
_HANDSHAKE_S = 10.0
_PIECE = 65_536
# First words of PostgreSQL's protocol: a length, and a number that is no version.
_ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)
_ASKS_FOR_GSS = struct.pack("!ii", 8, 80877104)
_LONGEST_START = 10_000
_REFUSAL_FIELDS = b"SFATAL\0VFATAL\0C28000\0MIt takes connections with TLS only\0\0"
_REFUSAL = b"E" + struct.pack("!i", 4 + len(_REFUSAL_FIELDS)) + _REFUSAL_FIELDS
# A machine that vanished is noticed, and with it PostgreSQL lets go of what its session held.
_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


def listen(address: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    address : str
        An address or name of this machine; empty for all of its networks.
    port : int

    Raises
    ------
    DigitLabError
        The port is taken, or the address is none of this machine.
    """
    both = not address and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both or ":" in address else socket.AF_INET
    try:
        made = socket.create_server(
            (address, port), family=family, dualstack_ipv6=both, backlog=128
        )
    except OSError as fault:
        reason = refusals.reason(fault).partition(" (while")[0]
        raise DigitLabError(
            f"Nobody can listen on {address or 'this machine'}, port {port} ({reason}): "
            "choose another with --port, or another address of this machine with --listen."
        ) from fault
    made.setblocking(False)
    return made


class Listener:
    """Connections over TLS to a PostgreSQL of this machine.

    Parameters
    ----------
    listening : socket.socket
        See `listen`.
    context : ssl.SSLContext
        With the server's certificate.
    port : int
        Where PostgreSQL listens, on 127.0.0.1.
    """

    def __init__(self, listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
        self._listening, self._context, self._port = listening, context, port
        self._tasks: set[asyncio.Task[None]] = set()
        # Whoever knocks with something else than TLS is no news.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    async def run(self) -> None:
        """Take connections until this is cancelled; then all of them are closed."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    plain, _ = await loop.sock_accept(self._listening)
                except OSError:  # It went away again, or this process has no file left for it.
                    await asyncio.sleep(0.1)
                    continue
                if len(self._tasks) >= _MOST_CONNECTIONS:
                    plain.close()
                else:
                    self._begin(self._connection(plain))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self, plain: socket.socket) -> None:
        with suppress(OSError, EOFError):  # of either side; TLS's and time's are OSErrors, too
            try:
                plain.setblocking(False)
                _keep_alive(plain)
                async with asyncio.timeout(_HANDSHAKE_S):
                    if not await _asks_for_tls(plain):
                        return
                    reader, writer = await self._secured(plain)
            except BaseException:
                plain.close()
                raise
            try:
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
            except BaseException:
                writer.close()
                raise
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    async def _secured(
        self, plain: socket.socket
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_PIECE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, plain, ssl=self._context, ssl_handshake_timeout=_HANDSHAKE_S
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _asks_for_tls(plain: socket.socket) -> bool:
    """Answer the first words of a client; returns whether TLS begins.

    No byte more than these is read from the bare socket: what somebody slips in behind them is
    taken for TLS, and fails as such.
    """
    loop = asyncio.get_running_loop()
    said = await _exactly(plain, 8)
    if said == _ASKS_FOR_GSS:
        await loop.sock_sendall(plain, b"N")
        said = await _exactly(plain, 8)
    if said == _ASKS_FOR_TLS:
        await loop.sock_sendall(plain, b"S")
        return True
    (length,) = struct.unpack("!i", said[:4])
    if 8 < length <= _LONGEST_START:
        # To close with something unread would take the answer back.
        await _exactly(plain, length - 8)
        await loop.sock_sendall(plain, _REFUSAL)
    plain.close()
    return False


async def _exactly(plain: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    said = b""
    while len(said) < count:
        piece = await loop.sock_recv(plain, count - len(said))
        if not piece:
            raise EOFError
        said += piece
    return said


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Write what is read until one of both ends; then the other is closed."""
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


def _keep_alive(plain: socket.socket) -> None:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ALIVE.items():
        if hasattr(socket, name):  # macOS has them under other names, and its own pace.
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
