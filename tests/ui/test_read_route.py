"""The route that reads while the pen moves: the reader's own answer, and nothing for strangers."""

import asyncio
import json
import zlib
from typing import Any, NamedTuple

import numpy as np
import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from starlette.applications import Starlette
from streamlit import config

from core import registry
from core.reading import reader
from core.reading.canvas_strokes import Stroke, drawing
from tests.waiting import result_of
from ui import cache, canvas, live_answer, read_route

HEADERS = {
    "host": "lab.example.org:8501",
    "origin": "http://lab.example.org:8501",
    "content-type": read_route.CONTENT,
}
QUERY = "model=tiny&width=336&height=336"
SEVEN = Stroke((np.array([(80.0, 80.0), (250.0, 80.0), (160.0, 280.0)]),), 22.0)


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    content: Any


async def ask(
    body: bytes,
    query: str | bytes = QUERY,
    method: str = "POST",
    arrives: str = "whole",
    path: str = "/api/read",
    **changed: str | None,
) -> Answered:
    """Send a request to the route as a server does; ``None`` leaves a header out."""
    given = HEADERS | {name.replace("_", "-"): value for name, value in changed.items()}
    headers = [(k.encode(), v.encode("latin-1")) for k, v in given.items() if v is not None]
    query = query if isinstance(query, bytes) else query.encode()
    scope = {"type": "http", "method": method, "path": path, "query_string": query}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if arrives == "never":
            await asyncio.Event().wait()
        return {"type": "http.request", "body": body, "more_body": arrives == "without end"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    app = Starlette(routes=[read_route.route()])
    await app(scope | {"headers": headers}, receive, send)
    content = json.loads(b"".join(part["body"] for part in sent[1:]))
    got = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return Answered(sent[0]["status"], got, content)


def asked(*arguments: Any, **options: Any) -> Answered:
    return result_of(ask(*arguments, **options))


def packed(picture: np.ndarray) -> bytes:
    return zlib.compress(picture.tobytes())


def a_seven() -> np.ndarray:
    return drawing([SEVEN], 336, 336)


def test_the_answer_is_the_one_at_pen_up():
    """At pen up the reader gets the canvas in colours, here in grey."""
    model = registry.find("tiny")
    found = reader.read(a_seven(), cache.predictor(model), cache.gate())
    answered = asked(packed(a_seven()[..., 0]))
    assert answered.status == 200
    assert answered.content == live_answer.content(found)
    assert answered.content["headline"] == "7"
    assert answered.headers["cache-control"] == "no-store"


def test_the_canvas_for_a_number_is_read_whole():
    lines = [SEVEN.lines[0] * 0.6 + (left, 20) for left in (20.0, 320.0)]
    picture = drawing([Stroke((line,), 14.0) for line in lines], 700, 240)[..., 0]
    answered = asked(packed(picture), f"model=tiny&width={canvas.NUMBER.width}&height=240")
    assert answered.content["headline"] == "77"


def test_nothing_drawn_has_no_answer():
    assert asked(packed(np.zeros((336, 336), np.uint8)))[::2] == (200, None)


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (403, {"origin": None}),
        (403, {"origin": "http://elsewhere.example"}),
        (403, {"origin": "http://lab.example.org"}),  # another port is another origin
        (403, {"origin": "null"}),
        (403, {"origin": "http://["}),
        (403, {"host": None}),
        (405, {"method": "GET"}),
        (405, {"method": "PUT"}),
        (405, {"method": "OPTIONS"}),
        (415, {"content_type": "text/plain"}),
        (415, {"content_type": None}),
        (400, {"content_length": "many"}),
        (413, {"content_length": str(read_route.MOST_BYTES + 1)}),
        (404, {"query": "model=none&width=336&height=336"}),
        (404, {"query": "model=../models/tiny&width=336&height=336"}),
        (404, {"query": "width=336&height=336"}),
        (400, {"query": "model=tiny&width=336&height=335"}),
        (400, {"query": "model=tiny&width=336&height=337"}),
        (400, {"query": "model=tiny&width=9999&height=9999"}),
        (400, {"query": "model=tiny&width=0&height=336"}),
        (400, {"query": "model=tiny&width=-1&height=336"}),
        (400, {"query": "model=tiny&width=²&height=336"}),
        (400, {"query": "model=tiny"}),
    ],
)
def test_what_is_not_asked_properly_is_refused(status, options):
    answered = asked(packed(a_seven()[..., 0]), **options)
    assert answered.status == status
    assert list(answered.content) == ["error"]


@pytest.mark.parametrize(
    "body", [b"", b"no zlib", zlib.compress(b"short"), packed(a_seven()[..., 0])[:-1]]
)
def test_what_is_no_drawing_is_refused(body):
    assert asked(body).status == 400


def test_a_drawing_that_unpacks_to_gigabytes_is_not_unpacked():
    one, zeros = zlib.compressobj(9), bytes(2**20)
    bomb = b"".join(one.compress(zeros) for _ in range(64)) + one.flush()
    assert len(bomb) < read_route.MOST_BYTES
    assert asked(bomb).status == 400


def test_a_body_without_end_is_cut_off():
    assert asked(bytes(10_000), arrives="without end").status == 413


def test_a_body_that_never_comes_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(read_route, "_PATIENCE_S", 0.01)

    assert asked(b"", arrives="never").status == 408


def test_only_hosts_that_streamlit_lets_in_are_answered(monkeypatch):
    """Streamlit's own check guards its WebSocket alone."""
    allowed = {"server.allowedHosts": ["lab.example.org"]}
    look = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: allowed.get(name) or look(name))
    assert asked(packed(a_seven()[..., 0])).status == 200
    other = {"host": "rebound.example", "origin": "http://rebound.example"}
    assert asked(packed(a_seven()[..., 0]), **other).status == 403


def test_an_origin_that_the_server_was_told_of_is_answered(monkeypatch):
    there = "https://school.example"
    look = st.get_option
    monkeypatch.setattr(
        st,
        "get_option",
        lambda name: [there] if name == "server.corsAllowedOrigins" else look(name),
    )
    assert asked(packed(a_seven()[..., 0]), origin=there).status == 200


def test_below_a_path_of_its_own_the_app_has_its_route_there(monkeypatch):
    look = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "/lab/" if name == "server.baseUrlPath" else look(name)
    )
    assert asked(packed(a_seven()[..., 0]), path="/lab/api/read").status == 200


def test_a_damaged_model_is_a_short_sentence(monkeypatch):
    def damaged(model: registry.Model) -> None:
        raise read_route.DigitLabError("model.onnx is damaged.")

    monkeypatch.setattr(cache, "predictor", damaged)
    answered = asked(packed(a_seven()[..., 0]))
    assert answered[::2] == (500, {"error": "model.onnx is damaged."})


def test_the_event_loop_is_free_while_a_drawing_is_read_and_the_queue_has_an_end(monkeypatch):
    monkeypatch.setattr(read_route, "_MOST_WAITING", 1)
    body = packed(a_seven()[..., 0])

    async def two_at_once() -> list[int]:
        # The second would not even begin before the first is done if reading held the loop up.
        both = await asyncio.gather(ask(body), ask(body))
        return [answered.status for answered in [*both, await ask(body)]]

    assert sorted(result_of(two_at_once())) == [200, 200, 503]


sides = some.integers(-2, 600).map(str) | some.text(max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    model=some.sampled_from(["tiny", "flagship", "", "gate", "/etc"]) | some.text(max_size=60),
    width=sides,
    height=sides,
    body=some.binary(max_size=300) | some.binary(max_size=3000).map(zlib.compress),
    origin=some.just(HEADERS["origin"]) | some.text(some.characters(max_codepoint=255)),
)
def test_hostile_requests_get_json_and_never_a_fault_of_ours(model, width, height, body, origin):
    query = f"model={model}&width={width}&height={height}".encode("utf-8", "surrogatepass")
    answered = asked(body, query, origin=origin)
    assert answered.status in (200, 400, 403, 404)


@settings(max_examples=30, deadline=None)
@given(some.integers(1, 60), some.integers(1, 60), some.integers(0, 2**32 - 1), some.floats(0, 1))
def test_any_picture_of_the_right_size_is_answered(width, height, seed, inked):
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (height, width)) * (rng.random((height, width)) < inked)
    query = f"model=tiny&width={width}&height={height}"
    answered = asked(packed(noise.astype(np.uint8)), query)
    assert answered.status == 200
    assert answered.content is None or len(answered.content["bars"]) == 10
