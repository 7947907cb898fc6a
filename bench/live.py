"""Benchmark of the live answer: how soon it follows the pen, alone and with a class drawing.

    python -m bench.live

First one person draws in a real Chromium: from each move of the pen to the first frame with an
answer to a picture that was taken after it, answers a second, and from pen up to the final answer.
Then as many people as in a class draw at once over HTTP, each as the page does: one request at a
time, and a pause after each. A health check of the same server and the reader
alone, called in this process, stand beside them.
"""

import asyncio
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

import click
import numpy as np
import psutil
from playwright.sync_api import Page

from bench import machine, runs, tables
from bench.app import DIGITS, give, page_of
from bench.browser import Server, open_browser, serve
from core import registry
from core.reading import gate
from core.reading.canvas_strokes import Paper, Stroke
from core.reading.reader import read
from core.strokes import digits

# --quick does less, to see that it works.
DRAWINGS = 15  # of two strokes
PEOPLE = 30
SECONDS = 20
SIDE, PEN = 336, 22  # of the canvas, in its pixels
MOVES = 60  # of the pen in a stroke

HEADER = ("what", "median", "5 %–95 %", "n", "goal")
# Notes moves, requests and the frames that show what came of them, all on the page's own clock.
WATCH = """
window.watched = { moves: [], ups: [], requests: [] };
addEventListener("pointermove", e => e.buttons && watched.moves.push(e.timeStamp), true);
addEventListener("pointerup", e => watched.ups.push(e.timeStamp), true);
const plain = window.fetch;
window.fetch = (...asked) => {
  if (String(asked[0]).includes("api/read")) watched.requests.push({ began: performance.now() });
  return plain(...asked);
};
new MutationObserver(changes => {
  const seen = changes.some(({ target }) =>
    (target.closest ? target : target.parentElement)?.closest(".digit-lab-answer"));
  const last = watched.requests.at(-1);
  if (seen && last && !last.seen)
    requestAnimationFrame(() => setTimeout(() => { last.seen ??= performance.now() }));
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""


@click.command()
@click.option("--quick", is_flag=True, help="A moment of each, to see that it works.")
def main(quick: bool) -> None:
    """Print what was measured beside its goal."""
    model = registry.active()
    if model is None:
        raise click.ClickException("There is no model: `python -m core train sprint` makes one.")
    with runs.temporary_home() as home, serve(home) as server:
        give(model, home)
        with open_browser() as browser:
            print(machine.describe("streamlit", "starlette", "uvicorn", Chromium=browser.version))
            print(f"model '{model.name}'; canvas of {SIDE} x {SIDE} pixels\n")
            print(tables.markdown(HEADER, []), flush=True)
            with page_of(browser, server, "/draw", "Draw a digit") as page:
                _alone(page, 1 if quick else DRAWINGS)
        _together(server, model, 2 if quick else SECONDS)


def _together(server: Server, model: registry.Model, seconds: float) -> None:
    """Let a class draw, and print what each of its requests took, beside its peers."""
    pictures = [_moments(number) for number in range(PEOPLE)]
    bodies = [[zlib.compress(picture.tobytes(), 6) for picture in one] for one in pictures]
    wanted = f"/api/read?model={model.name}&width={SIDE}&height={SIDE}"
    for what, method, path, goal in (
        (f"{PEOPLE} people at once, over HTTP", "POST", wanted, "95 % within 250 ms"),
        ("the same people, health checks instead", "GET", "/_stcore/health", ""),
    ):
        worked = _cpu_seconds(server)
        took = asyncio.run(_class(server, method, path, bodies, seconds))
        worked = _cpu_seconds(server) - worked
        _print(what, took, "ms", goal)
        _print("answers a second for each of them", [len(took) / seconds / PEOPLE], "", "")
        _print("the server's CPU time for each", [1000 * worked / len(took)], "ms", "")
    predictor, judge = model.predictor(), gate.load_if_there()
    alone = [_milliseconds(partial(read, p, predictor, judge)) for one in pictures for p in one]
    _print("the reader alone, in this process", alone, "ms", "")


def _alone(page: Page, drawings: int) -> None:
    """Draw digits of two strokes, and print what came of the pen's moves."""
    page.evaluate(WATCH)
    page.get_by_text("Draw a digit with the mouse").wait_for()
    page.wait_for_function("document.querySelector('[data-test-script-state=notRunning]')")
    seconds = 0.0
    for drawing in range(drawings):
        for points in DIGITS[drawing % len(DIGITS)]:
            seconds += _stroke(page, points)
        page.get_by_role("button", name="Clear").click()
        page.get_by_text("Draw a digit with the mouse").wait_for()
    watched = page.evaluate("watched")
    requests = [request for request in watched["requests"] if "seen" in request]
    _print("pen's move to the changed answer", _waits(watched["moves"], requests), "ms", "60 ms")
    _print("answers a second while it moves", [len(requests) / seconds], "", "10")
    _print("pen up to the final answer", _waits(watched["ups"], requests), "ms", "150 ms")


def _stroke(page: Page, points: Sequence[tuple[int, int]]) -> float:
    """Draw a line on the canvas; return the seconds from pen down to pen up."""
    box = page.locator("canvas.upper-canvas").bounding_box()
    start, *way = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*start)
    page.mouse.down()
    began = time.perf_counter()
    for point in way:
        page.mouse.move(*point, steps=MOVES // len(way))
    took = time.perf_counter() - began
    page.mouse.up()
    page.wait_for_function("watched.requests.every(request => request.seen)")
    return took


def _waits(events: Sequence[float], requests: Sequence[dict[str, float]]) -> list[float]:
    """Return how long each event waited for the answer to the first picture taken after it."""
    answers = iter(requests)
    answer = next(answers, None)
    waits = []
    for event in events:
        while answer is not None and answer["began"] < event:
            answer = next(answers, None)
        if answer is None:
            break
        waits.append(answer["seen"] - event)
    return waits


def _moments(number: int) -> list[np.ndarray]:
    """Return the canvas after each few points of a digit, uint8 (SIDE, SIDE) each."""
    written = digits.write(number % 10, np.random.default_rng(number))
    paper, moments = Paper(SIDE, SIDE), []
    for line in written:
        line = 0.7 * SIDE * line + SIDE / 2
        for start in range(0, len(line) - 1, 2):
            paper.add(Stroke((line[start : start + 3],), PEN))
            moments.append(paper.grey().copy())
    return moments


def _cpu_seconds(server: Server) -> float:
    times = psutil.Process(server.process.pid).cpu_times()
    return times.user + times.system


async def _class(
    server: Server, method: str, path: str, bodies: Sequence[Sequence[bytes]], seconds: float
) -> list[float]:
    """Let each person draw for some time; return the milliseconds of all their requests."""
    end = time.perf_counter() + seconds
    took = await asyncio.gather(*(_person(server, method, path, own, end) for own in bodies))
    return [one for person in took for one in person]


async def _person(
    server: Server, method: str, path: str, bodies: Sequence[bytes], end: float
) -> list[float]:
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    took = []
    for body in _for_ever(bodies):
        began = time.perf_counter()
        if began > end:
            break
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {server.url}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if " 200 " not in answer.partition("\r\n")[0]:
            raise click.ClickException(f"The server refused a drawing: {answer}")
        await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r")[0]))
        waited = time.perf_counter() - began
        took.append(1000 * waited)
        await asyncio.sleep(_pause_after(1000 * waited) / 1000)
    writer.close()
    return took


def _pause_after(ms: float) -> float:
    """Return the pause in milliseconds that ui/live_answer.js makes after an answer."""
    return min(max(20.0, ms**2 / 50), 500.0)


def _for_ever(bodies: Sequence[bytes]) -> Iterator[bytes]:
    while True:
        yield from bodies


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def _print(what: str, values: Sequence[float], unit: str, goal: str) -> None:
    low, high = np.quantile(values, [0.05, 0.95])
    middle = f"{statistics.median(values):.3g} {unit}".strip()
    spread = f"{low:.3g}–{high:.3g}" if len(values) > 1 else ""
    print(f"| {what} | {middle} | {spread} | {len(values)} | {goal} |", flush=True)


if __name__ == "__main__":
    main()
