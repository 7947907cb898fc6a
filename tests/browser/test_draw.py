"""Drawing with a real mouse and a real touch, as a person does."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settled, still, until_there

SEVEN = [(80, 80), (250, 80), (160, 280)]
ONE = [(168, 50), (168, 290)]


def open_draw(page: Page) -> None:
    page.goto("/draw")
    invited(page)


def invited(page: Page) -> None:
    """Wait until an empty canvas is there to be drawn on."""
    expect(page.get_by_text("Draw a digit with the mouse or a finger")).to_be_visible()
    settled(page)


def read_what(page: Page, name: str, shown: str) -> None:
    """Choose what is read, and wait for words that are seen there alone."""
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.get_by_text(shown)).to_be_visible()
    settled(page)


def stroke(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw a line through points, in pixels of the canvas, with the mouse."""
    box = still(open_canvas(page))
    where = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*where[0])
    page.mouse.down()
    for point in where[1:]:
        page.mouse.move(*point, steps=10)
    page.mouse.up()


def open_canvas(page: Page) -> Locator:
    canvas = page.locator("canvas.upper-canvas")
    expect(canvas).to_have_count(1)  # while one takes the place of another there are two
    return canvas


def touch(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw a line through points with a finger, through the browser's own input."""
    box = still(open_canvas(page))
    session = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(
        ["touchStart", *["touchMove"] * (len(points) - 1)], points, strict=True
    ):
        where = [{"x": box["x"] + x, "y": box["y"] + y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def between(points: list[tuple[int, int]], steps: int = 12) -> list[tuple[int, int]]:
    """Put points on the way from each point to the next."""
    way = [points[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        way += [(x0 + (x1 - x0) * i // steps, y0 + (y1 - y0) * i // steps) for i in range(steps)]
    return [*way, points[-1]]


def answer(page: Page, digit: int) -> None:
    """Wait for an answer, and until all is there that comes with it."""
    expect(page.get_by_role("heading", name=str(digit), exact=True)).to_be_visible()
    settled(page)


def test_two_digits_are_read_without_pressing_anything(page):
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    expect(page.get_by_alt_text("The 28 by 28 picture that the model saw")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    invited(page)
    stroke(page, ONE)
    answer(page, 1)
    expect(page.get_by_role("heading", name="7", exact=True)).to_have_count(0)


GHOST = """shown => {
  const sheet = document.querySelector('[class*="st-key-canvas-digit-"]');
  return sheet && (getComputedStyle(sheet, "::after").content !== "none") === shown;
}"""


def test_an_empty_canvas_shows_what_to_do_there_and_a_drawing_hides_it(page):
    open_draw(page)
    open_canvas(page)
    page.wait_for_function(GHOST, arg=True)
    stroke(page, SEVEN)
    answer(page, 7)
    page.wait_for_function(GHOST, arg=False)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(GHOST, arg=True)


def test_the_answer_stands_beside_the_canvas_on_a_small_laptop(page):
    """It used to stand below canvas, tools and slider there, out of sight."""
    page.set_viewport_size({"width": 1024, "height": 768})
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    drawn = still(open_canvas(page))
    read = still(page.get_by_role("heading", name="7", exact=True))
    assert read["x"] >= drawn["x"] + drawn["width"]
    assert read["y"] + read["height"] <= 768


def test_a_finger_draws_up_to_the_rim_on_a_phone(phone):
    """The component's hidden toolbar used to swallow strokes that began at the top right."""
    open_draw(phone)
    touch(phone, between([(330, 8), (200, 320)]))
    answer(phone, 1)


def test_undo_takes_the_last_stroke_back(page):
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Draw a digit with the mouse or a finger")).to_be_visible()


THREE_FRAMES = """() => new Promise(done => {
  const next = left => left ? requestAnimationFrame(() => next(left - 1)) : done();
  next(3);
})"""


def test_undo_right_after_a_stroke_takes_back_that_one(page):
    """It took back the stroke before, and the new one went with it."""
    open_draw(page)
    stroke(page, ONE)
    answer(page, 1)
    undo = page.get_by_role("button", name="Undo")
    where = still(undo)
    stroke(page, [(60, 50), (168, 50)])
    page.evaluate(THREE_FRAMES)  # sooner than any hand
    page.mouse.click(where["x"] + 20, where["y"] + 20)
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    answer(page, 1)
    expect(page.get_by_label("Canvas for a digit, 1 stroke")).to_be_visible()
    page.get_by_role("button", name="Redo").click()
    answer(page, 7)


def test_the_eraser_rubs_ink_out_and_the_pen_comes_back(page):
    """A 7 whose roof is rubbed out is a 1; a rubbed stroke can be undone like any other."""
    open_draw(page)
    eraser = page.get_by_role("button", name="Eraser")
    expect(eraser).to_be_disabled()  # there is nothing to rub out
    stroke(page, ONE)
    answer(page, 1)
    stroke(page, [(60, 50), (168, 50)])
    answer(page, 7)
    eraser.click()
    expect(page.get_by_role("button", name="Draw again")).to_be_visible()
    settled(page)
    stroke(page, [(52, 50), (140, 50)])
    answer(page, 1)
    expect(page.get_by_label("Canvas for a digit, 3 strokes")).to_be_visible()  # to the app, too
    page.get_by_role("button", name="Undo").click()
    answer(page, 7)
    page.get_by_role("button", name="Clear").click()
    invited(page)
    expect(eraser).to_be_disabled()
    stroke(page, SEVEN)  # with the pen again
    answer(page, 7)


def test_a_drawing_is_still_there_after_another_page(page):
    open_draw(page)
    stroke(page, SEVEN)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()  # The app has the stroke, too.
    answer(page, 7)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Digit Lab")).to_be_visible()
    answer(page, 7)  # on the same canvas
    page.get_by_role("link", name=re.compile("^Draw$|draw Draw")).first.click()
    answer(page, 7)


LEAVE = """async way => {
  const frames = async count => {
    while (count--) await new Promise(requestAnimationFrame);
  };
  const box = document.querySelector('[class*="st-key-canvas-digit-"]').getBoundingClientRect();
  const end = { clientX: box.x + 160, clientY: box.y + 280, bubbles: true };
  document.dispatchEvent(new MouseEvent("mouseup", end));
  if (way.href) return way.click();
  await frames(3);
  way.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  await frames(2);
  way.click();
}"""


@pytest.mark.parametrize(
    ("role", "other", "shown"), [("link", "Runs", "Runs"), ("radio", "Number", "Draw a digit")]
)
def test_a_stroke_goes_with_who_leaves_at_once(page, role, other, shown):
    """The page's run overtook the canvas' report, which was dropped with its canvas."""
    open_draw(page)
    box = still(open_canvas(page))
    where = [(box["x"] + x, box["y"] + y) for x, y in SEVEN]
    page.mouse.move(*where[0])
    page.mouse.down()
    for point in where[1:]:
        page.mouse.move(*point, steps=10)
    page.get_by_role(role, name=other, exact=True).evaluate(LEAVE)
    expect(page.get_by_role("heading", name=shown, exact=True)).to_be_visible()
    expect(page.locator('[class*="st-key-canvas-digit-"]')).to_have_count(0)
    page.mouse.up()
    back = "Draw" if role == "link" else "Digit"
    page.get_by_role(role, name=back, exact=True).click()
    answer(page, 7)


def test_a_picture_of_black_ink_on_white_is_read(page, tmp_path):
    picture = Image.new("RGB", (500, 300), "white")
    ImageDraw.Draw(picture).line([(300, 90), (360, 90), (330, 180)], fill="black", width=9)
    picture.save(tmp_path / "seven.jpg")
    open_draw(page)
    read_what(page, "Picture", "You can also paste")
    page.locator("input[type=file]").set_input_files(tmp_path / "seven.jpg")
    answer(page, 7)


def test_photographs_that_are_cropped_to_the_ink_are_read(page, tmp_path):
    """A tightly cropped digit was blank; and only one picture could be chosen at a time."""
    rng = np.random.default_rng(0)
    light = np.linspace(210, 160, 300) - np.linspace(0, 30, 400)[:, None]  # (400, 300)
    for name, strokes in (
        ("seven", [(20, 0), (280, 0), (120, 400)]),
        ("one", [(150, 0), (140, 400)]),
    ):
        ink = Image.new("L", (300, 400))
        ImageDraw.Draw(ink).line(strokes, fill=255, width=34, joint="curve")
        noise = rng.normal(0, 3, light.shape)
        picture = light * (1 - 0.75 * np.asarray(ink) / 255) + noise
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(tmp_path / f"{name}.jpg")
    open_draw(page)
    read_what(page, "Picture", "You can also paste")
    files = page.get_by_test_id("stFileUploaderDropzoneInput").first
    files.set_input_files(tmp_path / "seven.jpg")
    answer(page, 7)
    files.set_input_files([tmp_path / "seven.jpg", tmp_path / "one.jpg"])
    page.get_by_text("one.jpg: 1").click()
    answer(page, 1)


NUMBER = [
    [(0.08, 0.2), (0.22, 0.2), (0.14, 0.8)],
    [(0.45, 0.2), (0.45, 0.8)],
    [(0.68, 0.2), (0.82, 0.2), (0.74, 0.8)],
]  # 717, in shares of the canvas


def on_canvas(page: Page, points: list[tuple[float, float]]) -> list[tuple[int, int]]:
    box = still(open_canvas(page))
    return [(round(x * box["width"]), round(y * box["height"])) for x, y in points]


def test_a_number_is_read_and_kept_beside_the_digit(page):
    open_draw(page)
    stroke(page, ONE)
    answer(page, 1)
    read_what(page, "Number", "Draw a number")
    for points in NUMBER:
        stroke(page, on_canvas(page, points))
    answer(page, 717)
    expect(page.get_by_alt_text("717 read in it, a box around each digit")).to_be_visible()
    digits = page.get_by_role("radiogroup", name="Digit to look at").get_by_role("radio")
    bars = page.get_by_role("figure", name="Probability of each digit")
    # There and back: one of them is chosen at first, and a click on that one changes nothing.
    for place, read in ((0, 7), (1, 1), (2, 7)):
        digits.nth(place).click()
        expect(bars).to_have_accessible_name(re.compile(f"digit: {read} with"))
        settled(page)
    page.get_by_role("radio", name="Digit", exact=True).click()
    answer(page, 1)
    page.get_by_role("radio", name="Number").click()
    answer(page, 717)


def test_a_wide_canvas_fits_a_phone_and_is_drawn_on_where_it_is_touched(phone):
    open_draw(phone)
    read_what(phone, "Number", "Draw a number")
    box = still(open_canvas(phone))
    assert box["x"] + box["width"] <= 390
    for points in NUMBER:
        touch(phone, between(on_canvas(phone, points)))
    answer(phone, 717)


def test_a_star_is_no_digit(page):
    open_draw(page)
    stroke(page, [(168, 60), (230, 270), (60, 140), (276, 140), (106, 270), (168, 60)])
    expect(page.get_by_text("This does not look like a digit.").first).to_be_visible()
    expect(page.get_by_role("heading", name="?", exact=True)).to_be_visible()


PASTE = """
base64 => {
  const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}
"""


def test_a_picture_can_be_pasted(page):
    file = io.BytesIO()
    picture = Image.new("RGB", (200, 200), "#ffe9c0")
    ImageDraw.Draw(picture).line([(100, 30), (100, 170)], fill="#203060", width=14)
    picture.save(file, "png")
    content = base64.b64encode(file.getvalue()).decode()
    open_draw(page)
    read_what(page, "Picture", "You can also paste")
    expect(page.locator(".listens-for-paste")).to_be_attached()
    said = page.get_by_text("Answer for the pasted picture")
    until_there(lambda: page.evaluate(PASTE, content), said)
    answer(page, 1)


def test_what_is_no_picture_gets_a_sentence_and_the_page_goes_on(page, tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    open_draw(page)
    read_what(page, "Picture", "You can also paste")
    page.locator("input[type=file]").set_input_files(tmp_path / "x.png")
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    settled(page)
    read_what(page, "Digit", "Draw a digit with the mouse or a finger")
    stroke(page, ONE)
    answer(page, 1)
