"""A person teaches the app a digit, with a real mouse and a real training."""

import re

from playwright.sync_api import expect

from tests.browser.settle import settled
from tests.browser.test_draw import SEVEN, answer, open_draw, stroke


def test_a_digit_is_corrected_taught_and_the_copy_used(start_app, new_page, mnist_folder):
    app = start_app()
    (app.home / "active-model.txt").write_text("sprint")
    page = new_page(app)
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    page.get_by_role("radiogroup", name="Wrong? The digit is").get_by_text("1", exact=True).click()
    expect(page.get_by_text("Saved in My digits as a 1.")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="My digits").click()
    expect(page.get_by_alt_text("Your 1, read as 7")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Teach a copy of sprint").click()
    expect(page.get_by_text("You can leave and come back")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Digit Lab")).to_be_visible()
    page.get_by_role("link", name="Draw", exact=True).click()
    # The page is as it was left, with the same part of it open.
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Use this model").click()
    expect(page.get_by_text("It is saved as sprint-mine")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model in use")).to_have_value("sprint-mine")
    assert (app.home / "active-model.txt").read_text() == "sprint"  # of new visitors
    settled(page)
    page.get_by_role("radio", name="Digit", exact=True).click()
    # The drawing is still there, and the copy reads it: one digit against thousands of sevens.
    expect(page.get_by_role("heading", name=re.compile("^[17]$"))).to_be_visible()


def test_a_refused_click_is_told_whole_and_stays_until_it_is_put_away(own):
    app, page = own
    (app.home / "corrections").write_text("a file stands there")
    open_draw(page)
    stroke(page, SEVEN)
    answer(page, 7)
    page.get_by_role("radiogroup", name="Wrong? The digit is").get_by_text("1", exact=True).click()
    told = page.get_by_test_id("stToast")
    expect(told.get_by_text("The digit cannot be kept in")).to_be_visible()
    expect(told.get_by_text("view more")).to_be_hidden()
    # Streamlit would cut it after three lines.
    expect(told.get_by_test_id("stToastText")).to_have_css("-webkit-line-clamp", "none")
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Digit Lab")).to_be_visible()
    expect(told).to_be_visible()
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
