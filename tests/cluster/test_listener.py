"""The listener: TLS or nothing, whatever somebody sends; behind it, bytes pass unchanged."""

import asyncio
import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.cluster import certificate, listener, server
from core.errors import DigitLabError
from tests.cluster.postgres import free_port

TLS, GSS = (struct.pack("!ii", 8, number) for number in (80877103, 80877104))
STARTUP = struct.pack("!ii", 8 + 10, 196608) + b"user\0lab\0\0"


class Echo(threading.Thread):
    """A listener in front of a server that sends back what it gets, in a thread of its own."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.port = free_port()
        self.connections = 0
        file.write_bytes(server._made_certificate("here"))
        self._context, self.fingerprint = server._secured(file)
        self._ready = threading.Event()
        self.start()
        assert self._ready.wait(60)

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        inner = await asyncio.start_server(self._echo, "127.0.0.1", 0)
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        with listener.listen("127.0.0.1", self.port) as listening:
            port = inner.sockets[0].getsockname()[1]
            taking = asyncio.create_task(listener.Listener(listening, self._context, port).run())
            self._ready.set()
            await self._end.wait()
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
        inner.close()

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(60)
        assert not self.is_alive()


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Echo]:
    running = Echo(tmp_path / "certificate.pem")
    yield running
    running.end()


def knock(echo: Echo) -> socket.socket:
    return socket.create_connection(("127.0.0.1", echo.port), timeout=60)


def secured(plain: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def all_of(plain: socket.socket) -> bytes:
    """Return what is answered until the connection ends, by a word or without."""
    answered = b""
    try:
        while piece := plain.recv(65536):
            answered += piece
    except ConnectionError:
        pass
    return answered


@pytest.mark.parametrize("first", [TLS, GSS])
def test_what_passes_is_unchanged(echo: Echo, first: bytes) -> None:
    content = os.urandom(5_000_000)
    with knock(echo) as plain:
        if first == GSS:
            plain.sendall(GSS)
            assert plain.recv(1) == b"N"
        plain.sendall(TLS)
        assert plain.recv(1) == b"S"
        with secured(plain) as secure:
            back = bytearray()
            for begin in range(0, len(content), 100_000):
                secure.sendall(content[begin : begin + 100_000])
                while len(back) < min(begin + 100_000, len(content)):
                    back += secure.recv(65536)
    assert bytes(back) == content


def test_its_certificate_is_the_one_of_its_fingerprint(echo: Echo, home: Path) -> None:
    certificate.pin("127.0.0.1", echo.port, echo.fingerprint)
    kept = home / "cluster" / "certificates" / f"{echo.fingerprint}.pem"
    assert kept.read_text().startswith("-----BEGIN CERTIFICATE-----")
    with pytest.raises(DigitLabError, match="another server answers") as caught:
        certificate.pin("127.0.0.1", echo.port, "0" * 64)
    assert "\n" not in str(caught.value)
    assert [one.name for one in kept.parent.iterdir()] == [kept.name]
    certificate.pin("127.0.0.1", 1, echo.fingerprint)  # no need to ask again
    kept.write_text("damaged")
    certificate.pin("127.0.0.1", echo.port, echo.fingerprint)
    assert "CERTIFICATE" in kept.read_text()


def test_without_tls_a_client_is_told_so(echo: Echo) -> None:
    with knock(echo) as plain:
        plain.sendall(STARTUP)
        answered = all_of(plain)
    assert answered[:1] == b"E"
    assert b"It takes connections with TLS only" in answered
    assert echo.connections == 0


def test_what_is_slipped_in_before_tls_is_not_taken_for_secret(echo: Echo) -> None:
    """CVE-2021-23214: words in plain text, right behind the request, counted as encrypted."""
    with knock(echo) as plain:
        plain.sendall(TLS + STARTUP)
        assert plain.recv(1) == b"S"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            secured(plain)
    assert echo.connections == 0


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        struct.pack("!ii", 2_000_000_000, 196608),
        struct.pack("!ii", -1, 196608),
        GSS + GSS,
        TLS + b"\x16\x03\x01nonsense" * 10,
        b"\0" * 8,
    ],
)
def test_nonsense_ends_the_connection_and_nothing_else(echo: Echo, said: bytes) -> None:
    with knock(echo) as plain:
        plain.sendall(said)
        with suppress(OSError):  # The end may have come before.
            plain.shutdown(socket.SHUT_WR)
        all_of(plain)
    assert echo.connections == 0
    certificate.fetch("127.0.0.1", echo.port)  # it still answers


def test_many_at_once(echo: Echo) -> None:
    open_ones = []
    for _ in range(60):
        plain = knock(echo)
        plain.sendall(TLS)
        assert plain.recv(1) == b"S"
        open_ones.append(secured(plain))
    for number, one in enumerate(open_ones):
        one.sendall(b"%d" % number)
    assert [one.recv(100) for one in open_ones] == [b"%d" % number for number in range(60)]
    for one in open_ones:
        one.close()


@pytest.mark.parametrize(("address", "words"), [("127.0.0.1", "port"), ("192.0.2.77", "--listen")])
def test_a_port_that_cannot_be_had_is_said(address: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(DigitLabError, match=words) as caught:
            listener.listen(address, taken.getsockname()[1])
        assert "choose another with --port" in str(caught.value)


def test_all_networks_are_both_kinds() -> None:
    with listener.listen("", port := free_port()):
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
        if socket.has_dualstack_ipv6():
            socket.create_connection(("::1", port), timeout=60).close()
