"""A person asks why a drawing is read as it is, takes strokes back, and plays the game."""

import re

from playwright.sync_api import Locator, Page, expect

from core.strokes.tries import TRIES
from tests.browser.settle import fits, settled, still
from tests.browser.test_draw import (
    ONE,
    SEVEN,
    answer,
    between,
    invited,
    open_canvas,
    open_draw,
    stroke,
    touch,
)

FOUR = [[(100, 60), (80, 180), (240, 180)], [(190, 90), (180, 300)]]


def draw_a_four(page: Page) -> None:
    open_draw(page)
    for points in FOUR:
        stroke(page, points)
    has_strokes(page, "2 strokes")
    answer(page, 4)


def has_strokes(page: Page, words: str) -> None:
    """Wait until the app has what is on the canvas: the live answer may come earlier."""
    expect(page.get_by_role("img", name=f"Canvas for a digit, {words}", exact=True)).to_be_visible()


def explain_by(page: Page, name: str) -> None:
    page.get_by_role("radiogroup", name="Explain by").get_by_role("radio", name=name).click()


def test_undo_redo_and_clear_by_keyboard_on_the_same_canvas(page):
    draw_a_four(page)
    open_canvas(page).evaluate("canvas => { canvas.dataset.first = 'yes' }")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("heading", name="4", exact=True)).to_have_count(0)
    has_strokes(page, "1 stroke")
    settled(page)
    page.keyboard.press("Control+Shift+Z")
    has_strokes(page, "2 strokes")
    answer(page, 4)
    page.keyboard.press("Control+Backspace")
    invited(page)
    page.keyboard.press("Control+z")
    answer(page, 4)
    # No flicker: the canvas was never made anew.
    assert open_canvas(page).get_attribute("data-first") == "yes"


def test_the_tools_are_large_enough_for_a_thumb(phone):
    open_draw(phone)
    tools = phone.locator("[class*=st-key-canvas-tools]").get_by_role("button")
    names = ("Undo", "Redo", "Eraser", "Clear", "Example", "Pen")
    expect(tools).to_have_text([re.compile(name) for name in names])
    # All in one look: they may still be on their way down the page.
    boxes = tools.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert all(box["height"] >= 44 and box["right"] <= 390 for box in boxes)
    assert len({box["top"] for box in boxes}) == 1  # in one row
    fits(phone, 390)


def test_every_step_to_28_by_28_has_its_picture(page):
    draw_a_four(page)
    explain_by(page, "Steps to 28 x 28")
    for name in ("1. Ink found", "2. Cropped", "3. Scaled", "4. Centred"):
        expect(page.get_by_alt_text(name)).to_be_visible()
    expect(page.get_by_text("with resizing alone")).to_be_visible()


def bottom(part: Locator) -> float:
    box = part.evaluate("part => part.getBoundingClientRect().toJSON()")
    return box["bottom"]


def test_answer_evidence_and_reasons_are_on_the_first_screen_and_nothing_jumps(page):
    """The reasons opened below the fold, and the tools took two rows."""
    page.set_viewport_size({"width": 1280, "height": 800})
    open_draw(page)
    place = page.locator(".st-key-seen-evidence")
    before = still(place)
    stroke(page, SEVEN)
    answer(page, 7)
    evidence = page.get_by_alt_text(re.compile("^Evidence for 7"))
    reasons = page.get_by_role("radiogroup", name="Explain by")
    expect(evidence).to_be_visible()
    expect(reasons).to_be_visible()
    after = still(place)
    assert (after["x"], after["y"]) == (before["x"], before["y"])
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    assert bottom(evidence) < bottom(reasons) <= 800
    explain_by(page, "Similar digits")
    # All of what was opened, or as much as there is room for.
    page.wait_for_function("""() => {
      const { top, bottom } = document.querySelector(".st-key-why").getBoundingClientRect();
      const pictures = document.querySelectorAll(".st-key-why img").length;
      return pictures && (bottom <= innerHeight || top < 100);
    }""")


def test_canvas_answer_and_bars_are_on_the_first_screen_of_a_phone(phone):
    """The bars began below it."""
    open_draw(phone)
    touch(phone, between(SEVEN))
    answer(phone, 7)
    evidence = phone.get_by_alt_text(re.compile("^Evidence for 7"))
    expect(evidence).to_be_visible()
    assert bottom(phone.get_by_role("figure", name="Probability of each digit")) <= 844
    seen = phone.get_by_alt_text("The 28 by 28 picture that the model saw")
    assert still(seen)["y"] == still(evidence)["y"]  # side by side
    fits(phone, 390)


def test_the_first_try_on_home_does_what_it_says(page):
    """It said that a longer flag turns a 1 into a 7, and opened an empty canvas."""
    page.goto("/")
    page.get_by_role("link", name="When is a 1 a 7?").click()
    answer(page, 1)
    page.get_by_role("button", name="Undo").click()  # the flag
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    settled(page)
    stroke(page, [(round(336 * x), round(336 * y)) for x, y in TRIES["flag"].added[0].tolist()])
    answer(page, 7)


def test_a_change_put_on_the_canvas_makes_it_another_digit(page):
    open_draw(page)
    stroke(page, ONE)
    answer(page, 1)
    explain_by(page, "Smallest change")
    targets = page.get_by_role("radiogroup", name="Change 1 into")
    expect(targets).to_be_visible()
    settled(page)
    targets.get_by_role("radio", name="7").click()
    expect(page.get_by_text(re.compile(r"the model would answer 7"))).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Put it on the canvas").click()
    answer(page, 7)
    page.get_by_role("button", name="Undo").click()
    answer(page, 1)


def test_a_scribble_leads_to_the_reason(page):
    open_draw(page)
    stroke(page, [(168, 60), (230, 270), (60, 140), (276, 140), (106, 270), (168, 60)])
    expect(page.get_by_role("button", name="See why")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="See why").click()
    expect(page.get_by_text("trained to tell digits from other marks")).to_be_visible()
    expect(page.get_by_alt_text("A known digit").first).to_be_visible()


def test_a_digit_of_the_game_is_taken_as_soon_as_it_is_read(own):
    _, page = own
    open_draw(page)
    page.get_by_role("radio", name="Game").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start").click()
    asked = page.get_by_role("heading", name=re.compile(r"^Draw an? \d$"))
    for turn in range(1, 11):  # a 7 for everything, until a 7 is asked for
        expect(page.get_by_text(f"Digit {turn} of 10")).to_be_visible()
        settled(page)  # The words may come a moment before what is asked for.
        if asked.inner_text().endswith("7"):
            break
        page.get_by_role("button", name="Skip").click()
    stroke(page, SEVEN)
    expect(
        page.get_by_text(re.compile(r"The 7 was recognised after|10 digits recognised in"))
    ).to_be_visible()
