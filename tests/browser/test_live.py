"""The answer follows the pen; what is drawn right after Clear is not lost."""

import re

from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.browser.settle import settled, still
from tests.browser.test_draw import ONE, SEVEN, answer, invited, open_canvas, open_draw, stroke

HEADLINE = ".digit-lab-answer h2"
# The component's own report, 200 ms after a stroke, is made at the next click; what a frame asks of
# the next one comes when `thaw` is called. So a click meets a report that is still to come, as on a
# busy machine.
BUSY = """
const [wait, forget, frame] = [setTimeout, clearTimeout, requestAnimationFrame];
let report = null, timer = null, inside = false, kept = null;
window.setTimeout = (act, ms, ...rest) => {
  const id = wait(ms === 200 ? () => {} : act, ms, ...rest);
  if (ms === 200) [report, timer] = [act, id];
  return id;
};
window.clearTimeout = id => {
  if (id === timer) report = null;
  forget(id);
};
window.requestAnimationFrame = act => kept && inside ? kept.push(act) : frame(time => {
  inside = true;
  act(time);
  inside = false;
});
window.freeze = () => { kept = []; };
window.thaw = () => { kept.forEach(act => frame(act)); kept = null; };
addEventListener("click", event => {
  if (event.target.closest(".stBidiComponent")) return;  // the stroke's own
  window.metReport = Boolean(report);
  report?.();
  report = null;
}, true);
"""
# All that the answer shows, in one string.
SHOWN = """() => {
  const part = document.querySelector(".digit-lab-answer");
  const widths = [...part.querySelectorAll("b")].map(bar => bar.style.width);
  return [...widths, part.querySelector("figure").ariaLabel, part.innerText].join("|");
}"""


def pen_down(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw as `stroke` does, and leave the pen on the canvas."""
    box = still(open_canvas(page))
    start, *way = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*start)
    page.mouse.down()
    for point in way:
        page.mouse.move(*point, steps=10)


def ink_under_way(page: Page) -> int:
    """Return how many pixels the stroke has that the pen is drawing."""
    return open_canvas(page).evaluate("""surface => {
      const context = surface.getContext("2d");
      const { data } = context.getImageData(0, 0, surface.width, surface.height);
      return data.filter((value, place) => place % 4 === 3 && value > 0).length;
    }""")


def headline(page: Page) -> Locator:
    return page.locator(HEADLINE)


def undo(page: Page) -> Locator:
    """Return what can be pressed once Python knows of a stroke."""
    return page.get_by_role("button", name="Undo")


def test_the_answer_follows_the_pen_and_pen_up_only_confirms_it(page):
    asked = []
    page.on("request", lambda request: "api/read" in request.url and asked.append(request))
    open_draw(page)
    pen_down(page, SEVEN)
    expect(headline(page)).to_have_text("7")
    # Nothing was reported to Python, and nothing is announced before the pen is lifted.
    expect(undo(page)).to_be_disabled()
    expect(page.locator(".announced")).to_be_empty()
    with page.expect_response(lambda response: "api/read" in response.url):
        page.mouse.up()
    expect(page.locator(".announced")).to_have_text(re.compile(r"^7: .*(sure|certain)$"))
    live = page.evaluate(SHOWN)
    expect(undo(page)).to_be_enabled()
    settled(page)
    assert page.evaluate(SHOWN) == live
    assert all(request.method == "POST" for request in asked)


def test_python_says_at_pen_up_what_was_read_live(page, new_page, app):
    """The page with the live answer and one that has none show the same, word for word."""
    other = new_page(app)
    other.route("**/api/read*", lambda route: route.abort())
    shown = []
    for visitor in (page, other):
        open_draw(visitor)
        stroke(visitor, [(100, 60), (90, 200), (250, 200), (120, 280)])
        expect(undo(visitor)).to_be_enabled()
        settled(visitor)
        expect(visitor.locator(".announced")).not_to_be_empty()
        shown.append(visitor.evaluate(SHOWN))
    assert shown[0] == shown[1]


def test_one_request_at_a_time_and_a_stale_answer_is_dropped(page):
    """Clear empties the answer, whatever arrives later of the drawing that was there."""
    held: list[Route] = []
    page.route("**/api/read*", lambda route: held.append(route))
    open_draw(page)
    with page.expect_request("**/api/read*"):
        pen_down(page, SEVEN)
    page.mouse.up()
    expect(undo(page)).to_be_enabled()
    answer(page, 7)  # Python's own, since none has come live
    assert len(held) == 1
    page.get_by_role("button", name="Clear").click()
    invited(page)
    late = {"headline": "8", "words": "late", "bars": [[0, ""]] * 10, "longest": 8}
    with page.expect_response(lambda response: "api/read" in response.url):
        held[0].fulfill(json=late | {"bars_in_words": "", "note": ""})
    stroke(page, ONE)
    for route in held[1:]:
        route.abort()
    answer(page, 1)
    assert "late" not in page.evaluate(SHOWN)


def test_a_canvas_that_cannot_be_listened_to_is_answered_at_pen_up(page):
    """As of another version of the component, whose canvas lies elsewhere."""
    page.add_init_script("""
      const look = Document.prototype.querySelector;
      Document.prototype.querySelector = function (selector) {
        return selector.includes("stBidiComponentIsolated") ? null : look.call(this, selector);
      };
    """)
    asked = []
    page.on("request", lambda request: "api/read" in request.url and asked.append(request))
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    page.get_by_role("button", name="Clear").click()
    invited(page)
    stroke(page, ONE)
    answer(page, 1)
    assert asked == []


def test_a_stroke_begun_right_after_clear_keeps_its_beginning(page):
    """The canvas was emptied under the pen when the server's answer to Clear arrived."""
    late: list[str | bytes] = []
    slow = False

    def from_server(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: late.append(said) if slow else socket.send(said))
        sockets.append(socket)

    sockets: list[WebSocketRoute] = []
    page.route_web_socket("**/_stcore/stream", from_server)
    open_draw(page)
    stroke(page, ONE)
    answer(page, 1)
    expect(undo(page)).to_be_enabled()
    settled(page)
    slow = True
    page.get_by_role("button", name="Clear").click()
    pen_down(page, SEVEN[:2])
    while not late:
        page.wait_for_function("true")
    for said in late:
        sockets[-1].send(said)
    slow = False
    expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, empty")
    box = still(open_canvas(page))
    x, y = SEVEN[2]
    page.mouse.move(box["x"] + x, box["y"] + y, steps=10)
    page.mouse.up()
    expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, 1 stroke")
    settled(page)
    expect(headline(page)).to_have_text("7")


def test_no_stroke_begins_before_the_canvas_has_said_that_it_is_new(page):
    """The answer to Clear had come, the new canvas had not: it took the stroke's brush away."""
    waiting: list[str | bytes] = []
    before = None  # how much the page has still to say before it must wait

    def to_server(socket: WebSocketRoute) -> None:
        servers.append(socket.connect_to_server())
        socket.on_message(hear)

    def hear(said: str | bytes) -> None:
        nonlocal before
        if before == 0:
            waiting.append(said)
        else:
            before = before and before - 1
            servers[-1].send(said)

    servers: list[WebSocketRoute] = []
    page.route_web_socket("**/_stcore/stream", to_server)
    open_draw(page)
    stroke(page, ONE)
    answer(page, 1)
    expect(undo(page)).to_be_enabled()
    settled(page)
    before = 1  # the click; what follows is the canvas' own word
    page.get_by_role("button", name="Clear").click()
    pen_down(page, SEVEN)
    while not waiting:
        page.wait_for_function("true")
    expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, empty")
    assert ink_under_way(page) == 0
    for said in waiting:
        servers[-1].send(said)
    before = None
    while not ink_under_way(page):
        pass
    page.mouse.up()
    expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, 1 stroke")
    settled(page)
    expect(headline(page)).to_have_text("7")


def test_a_click_right_after_a_stroke_is_told_by_itself(page):
    """Both went to the app as one message, about the canvas alone: "Number" was chosen in vain."""
    open_draw(page)
    stroke(page, ONE)
    expect(headline(page)).to_have_text("1")  # live: the canvas reports in these moments
    page.get_by_role("radio", name="Number", exact=True).click()
    expect(page.get_by_text("Draw a number")).to_be_visible()


def test_a_click_before_a_stroke_is_reported_waits_for_the_report(page):
    """Where frames came late, the component's own report and the click were one message again."""
    page.add_init_script(BUSY)
    open_draw(page)
    pen_down(page, ONE)
    expect(headline(page)).to_have_text("1")
    page.evaluate("freeze()")
    page.mouse.up()
    page.get_by_role("radio", name="Number", exact=True).click()
    assert page.evaluate("window.metReport")
    page.evaluate("thaw()")
    expect(page.get_by_text("Draw a number")).to_be_visible()


def test_the_same_stroke_is_answered_again_after_clear(page):
    """It counted as a repetition of what had been cleared."""
    open_draw(page)
    for _ in range(3):
        stroke(page, ONE)
        answer(page, 1)
        expect(undo(page)).to_be_enabled()
        expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, 1 stroke")
        page.get_by_role("button", name="Clear").click()
        invited(page)
        expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, empty")


def test_an_example_digit_is_put_on_the_canvas_by_keyboard(page):
    open_draw(page)
    expect(page.get_by_role("img", name="Canvas for a digit, empty")).to_be_visible()
    page.get_by_role("button", name="Example").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="3", exact=True).focus()
    page.keyboard.press("Enter")
    answer(page, 3)
    undo(page).click()
    invited(page)


def test_the_first_page_reads_a_digit_and_draw_goes_on_with_it(page):
    page.goto("/")
    invited(page)
    pen_down(page, SEVEN)
    expect(headline(page)).to_have_text("7")
    page.mouse.up()
    expect(undo(page)).to_be_enabled()
    page.get_by_role("link", name="Open on Draw").click()
    expect(page.get_by_role("heading", name="Draw a digit")).to_be_visible()
    answer(page, 7)
    expect(open_canvas(page)).to_have_accessible_name("Canvas for a digit, 1 stroke")


def test_on_a_phone_canvas_and_answer_share_the_first_screen(phone):
    for path in ("/", "/draw"):
        phone.goto(path)
        invited(phone)
        box = still(headline(phone))
        phone.evaluate("scrollTo(0, 0)")
        assert box["y"] + box["height"] <= 844
