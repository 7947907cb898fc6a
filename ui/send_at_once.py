"""Middleware that sends every answer at once, instead of 40 ms later.

The system holds a small packet back until the one before it is acknowledged (Nagle's algorithm),
and the other side may take 40 ms to do so. An answer over HTTP is two packets. asyncio switches
this off for sockets that it knows for TCP; it does not know those that come in over Streamlit's,
which names no protocol: https://github.com/python/cpython/blob/3.11/Lib/asyncio/base_events.py
(``_set_nodelay``).
"""

import socket

from starlette.types import ASGIApp, Receive, Scope, Send


class SendAtOnce:
    """Wraps an app; does nothing on a server whose connection is not where uvicorn has it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the connection send at once, and pass the request on."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        connection = transport.get_extra_info("socket") if transport else None
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._app(scope, receive, send)
