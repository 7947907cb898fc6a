"""Connections of a socket like Streamlit's send at once."""

import socket
import threading
from urllib.request import urlopen

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.waiting import result_of, wait_for
from ui.send_at_once import SendAtOnce


def test_a_connection_does_not_wait_for_acknowledgements():
    """Each answer over HTTP came 40 ms late: asyncio does not know Streamlit's socket for TCP."""
    found: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        connection = receive.__self__.transport.get_extra_info("socket")
        found.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    config = uvicorn.Config(SendAtOnce(app), lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    with socket.socket(socket.AF_INET) as listening:  # names no protocol, as Streamlit's
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_for(lambda: server.started, "the server runs")
            assert urlopen(f"http://127.0.0.1:{port}/", timeout=60).read() == b"fine"
        finally:
            server.should_exit = True
            thread.join()
    assert found
    assert all(found)


def test_a_server_that_hides_its_connection_is_left_alone():
    passed = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def receive() -> None: ...

    result_of(SendAtOnce(app)({"type": "http"}, receive, receive))
    assert passed == ["http"]
