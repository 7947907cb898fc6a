"""A sweep from the page: started, watched, its best opened, and trained again to be believed.

Its trainings are toys.
"""

import re

from playwright.sync_api import Locator, Page, expect

from core.config import with_changes
from core.recipes import link
from core.recipes.shipped import RECIPES
from tests.browser.settle import fits, settled

# Of eight tries the one at place 5 is better than these: a sweep repeats itself.
MINE = with_changes(RECIPES["dense-starter"].config_for("sample"), {"epochs": 3})


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
    expect(page.get_by_role("figure", name="Settings and accuracy of 8 tries")).to_be_visible()
    settled(page)
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
    best = page.get_by_role("link", name="Open try 5, the best")
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
