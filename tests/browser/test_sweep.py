"""A sweep from the page: started, watched, its best opened, and trained again to be believed.

Its trainings are toys.
"""

import re

from playwright.sync_api import Locator, Page, expect

from core import paths
from core.config import with_changes
from core.recipes import link
from core.recipes.shipped import RECIPES
from tests.browser.settle import fits, settled, still, until_there
from tests.sweeps.sweeping import conducted, instant, small  # noqa: F401

# Of eight tries one is better than these: a sweep repeats itself.
MINE = with_changes(RECIPES["dense-starter"].config_for("sample"), {"epochs": 3})

HEIGHTS = 1.12, -0.12  # of the figure of all tries: its values lie between 1 and 0


def number(page: Page, name: str, value: str) -> None:
    field = page.get_by_role("spinbutton", name=name, exact=True)
    field.fill(value)
    field.press("Enter")
    settled(page)
    expect(field).to_have_value(value)


def state(page: Page, word: str) -> Locator:
    return page.locator(".stMarkdownBadge", has_text=re.compile(f"^{word}$"))


def begun(page: Page, tries: str) -> None:
    """Start a sweep from settings that somebody has on Train."""
    page.goto(f"/train?config={link.encode(MINE)}")
    vary = page.get_by_role("link", name="Vary these settings")
    expect(vary).to_be_visible()
    settled(page)
    sight = page.get_by_role("button", name="Start the sweep")
    vary.click()
    expect(sight).to_be_visible()
    settled(page)  # or the page that is still coming replaces what is written into its fields
    number(page, "Tries", tries)
    expect(sight).to_be_enabled()
    sight.click()
    expect(page.get_by_text(f"of {tries} tries")).to_be_visible()


def test_eight_tries_are_watched_and_the_best_is_opened_and_repeated(with_toys, new_page):
    app, page = with_toys
    begun(page, "8")
    expect(page).to_have_url(re.compile(r"sweep=dense-starter-1"))
    expect(page.get_by_text("8 of 8 tries")).to_be_visible()
    settled(page)
    expect(page.get_by_role("figure", name="Settings and accuracy of 8 tries")).to_be_visible()
    page.reload()
    expect(page.get_by_text("8 of 8 tries")).to_be_visible()
    again = page.get_by_role("button", name="Repeat the best with five seeds")
    expect(again).to_be_visible()
    settled(page)
    again.click()
    expect(page.get_by_text("On the test images the best is")).to_be_visible()
    expect(page.get_by_text("would be luck among 8 tries")).to_be_visible()
    phone = new_page(app, phone=True, dark=True)
    phone.goto("/sweep")
    expect(phone.get_by_text("would be luck among 8 tries")).to_be_visible()
    fits(phone, 390)
    settled(page)
    best = page.get_by_role("link", name=re.compile(r"Open try [1-9], the best"))
    best.click()
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/train\?run="))


def test_a_sweep_is_stopped_and_goes_on_where_it_stood(with_toys):
    _, page = with_toys
    begun(page, "60")
    expect(page.get_by_text(re.compile(r"^[1-9]\d* of 60 tries"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(state(page, "stopped")).to_be_visible()
    settled(page)
    before = page.get_by_text(re.compile("of 60 tries")).inner_text()
    page.reload()
    expect(state(page, "stopped")).to_be_visible()
    assert page.get_by_text(re.compile("of 60 tries")).inner_text() == before
    page.get_by_role("button", name="Go on").click()
    expect(state(page, "running")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(state(page, "stopped")).to_be_visible()


def test_a_box_over_the_lines_leaves_its_tries_in_the_table(
    instant,  # noqa: F811
    start_app,
    new_page,
):
    """Around the best half of the points at the accuracy, the last of the vertical lines."""
    tries = conducted(small(tries=8, sampler="random")).tries
    page = new_page(start_app(home=paths.home()))
    page.set_viewport_size({"width": 1280, "height": 2600})  # A table out of sight is not drawn.
    page.goto("/sweep?sweep=mine")
    lines = page.get_by_role("figure", name="Settings and accuracy of 8 tries")
    frame = page.get_by_test_id("stDataFrame")
    table = frame.locator("[role=grid]")
    expect(lines.locator(".nsewdrag")).to_be_visible()
    settled(page)
    until_there(frame.hover, table)  # What a table says to screen readers comes with the pointer.
    expect(table).to_have_attribute("aria-rowcount", "9")  # with its header

    low, *_, high = values = sorted(one.value for one in tries)
    gap = max(range(1, 8), key=lambda place: values[place] - values[place - 1])
    wanted = {one.number for one in tries if one.value >= values[gap]}
    assert 0 < len(wanted) < 8
    border = (values[gap - 1] + values[gap]) / 2
    top, bottom = HEIGHTS
    plot = still(lines.locator(".nsewdrag"))
    y = plot["y"] + plot["height"] * (top - (border - low) / (high - low)) / (top - bottom)
    right = plot["x"] + plot["width"]
    page.mouse.move(right - 60, y)
    page.mouse.down()
    page.mouse.move(right - 20, plot["y"] + 20, steps=5)
    page.mouse.move(right - 2, plot["y"] + 2, steps=5)
    page.mouse.up()
    expect(table).to_have_attribute("aria-rowcount", str(len(wanted) + 1))
    settled(page)
    rows = table.locator("tbody [role=row]").all()
    assert {int(row.locator("[role=gridcell]").first.inner_text()) for row in rows} == wanted
