"""The route ``POST api/read``: reads a drawing while the pen moves, without a run of the script.

    POST api/read?model=flagship&width=336&height=336
    Content-Type: application/octet-stream
    body: the canvas in grey, white ink on black, a byte a pixel, row by row; compressed (zlib)

It answers with `ui.live_answer.content` as JSON, which is ``null`` if nothing is drawn; a fault is
``{"error": "..."}``. The same reader answers as at pen up.

Anybody who reaches the server can call it. So nothing of a visitor or of the machine is in an
answer, and nothing changes through it. Host and Origin must be this app's, the size is checked
before anything is unpacked, and the work is done beside the event loop, by two threads for all.
"""

import asyncio
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.endpoints import HTTPEndpoint
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.errors import DigitLabError

if TYPE_CHECKING:
    import numpy as np

PATH = "api/read"
CONTENT = "application/octet-stream"
MOST_BYTES = 100_000  # of a request; a drawing has about 4,000
MOST_PIXELS = 512 * 512
_MOST_WAITING = 64  # requests: each is another visitor's, whose page asks once at a time
_PATIENCE_S = 5.0  # for a request to arrive

_threads = ThreadPoolExecutor(2, thread_name_prefix="read")
_waiting = 0


class _RequestError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def route() -> Route:
    """Return the route, below the path that the app itself is served from."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{PATH}" if base else f"/{PATH}", Read)


class Read(HTTPEndpoint):
    """Answers a request; see the module."""

    async def post(self, request: Request) -> JSONResponse:
        """Read the drawing in a request."""
        try:
            _check_sender(request)
            model, width, height = _asked(request)
            body = await _body(request)
            return _response(await _beside(model, body, width, height))
        except _RequestError as fault:
            return _response({"error": fault.reason}, fault.status)
        except DigitLabError as fault:
            return _response({"error": str(fault)}, 500)

    async def method_not_allowed(self, request: Request) -> JSONResponse:
        """Refuse every other method."""
        answer = _response({"error": "Only POST is allowed."}, 405)
        answer.headers["Allow"] = "POST"
        return answer


def _check_sender(request: Request) -> None:
    """Let only this app's own pages ask, so that no other site makes a visitor's browser do it."""
    # Streamlit's own check of server.allowedHosts guards its WebSocket alone.
    from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

    host, origin = request.headers.get("host"), request.headers.get("origin")
    if not host or not is_host_allowed(host):
        raise _RequestError(403, "This host name is not allowed.")
    others = [] if origin is None else st.get_option("server.corsAllowedOrigins")
    if origin is None or (_host(origin) != host.lower() and origin not in others):
        raise _RequestError(403, "Only pages of this app may ask.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _asked(request: Request) -> tuple[str, int, int]:
    """Return the model's name, the width and the height in a request."""
    if request.headers.get("content-type") != CONTENT:
        raise _RequestError(415, f"The content type must be {CONTENT}.")
    asked = request.query_params
    width, height = (_side(asked.get(name, "")) for name in ("width", "height"))
    if width * height > MOST_PIXELS:
        raise _RequestError(400, f"A drawing has at most {MOST_PIXELS} pixels.")
    return asked.get("model", ""), width, height


def _side(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text)):
        raise _RequestError(400, "Width and height must be numbers of pixels.")
    return int(text)


async def _body(request: Request) -> bytes:
    """Return the body, unless it is too long or takes too long."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 12):
        raise _RequestError(400, "The content length is not a number.")
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            if int(length) <= MOST_BYTES:
                async for part in request.stream():
                    body += part
                    if len(body) > MOST_BYTES:
                        break
    except (TimeoutError, ClientDisconnect):
        raise _RequestError(408, "The drawing did not arrive.") from None
    if max(int(length), len(body)) > MOST_BYTES:
        raise _RequestError(413, f"A request has at most {MOST_BYTES} bytes.")
    return bytes(body)


async def _beside(model: str, body: bytes, width: int, height: int) -> dict[str, Any] | None:
    """Have a thread read a drawing, unless too many wait already."""
    global _waiting
    if _waiting >= _MOST_WAITING:
        raise _RequestError(503, "Too many drawings are being read. Try again.")
    _waiting += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads, _read, model, body, width, height)
    finally:
        _waiting -= 1


def _read(name: str, body: bytes, width: int, height: int) -> dict[str, Any] | None:
    # Imported here, which is done by then for the page: the server itself starts sooner.
    from core import registry
    from core.reading.reader import read
    from ui import cache, live_answer

    # By name among those listed: `registry.find` also takes paths.
    model = next((model for model in registry.list_models() if model.name == name), None)
    if model is None:
        raise _RequestError(404, "There is no such model.")
    found = read(_picture(body, width, height), cache.predictor(model), cache.gate())
    return live_answer.content(found)


def _picture(body: bytes, width: int, height: int) -> "np.ndarray":
    """Return the drawing in a body, uint8 (height, width); unpacks no more than belongs to it."""
    import numpy as np

    unpacking = zlib.decompressobj()
    try:
        grey = unpacking.decompress(body, width * height + 1)
    except zlib.error:
        raise _RequestError(400, "The drawing is not compressed as zlib does.") from None
    if len(grey) != width * height or not unpacking.eof or unpacking.unused_data:
        raise _RequestError(400, "The drawing has another size than width and height say.")
    return np.frombuffer(grey, np.uint8).reshape(height, width)


def _response(content: dict[str, Any] | None, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, {"Cache-Control": "no-store"})
