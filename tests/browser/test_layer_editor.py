"""Changing a network with the keyboard, and sending it to somebody as a link."""

import re

from playwright.sync_api import expect

from tests.browser.settle import fits, settled
from tests.browser.test_train import open_form, shared_link


def test_a_network_is_changed_by_keyboard_and_its_link_opens_it(page, new_page, app):
    open_form(page, "/train?recipe=cnn-classic")
    page.get_by_role("switch", name="Change the network").focus()
    page.keyboard.press("Space")
    first = page.get_by_role("button", name=re.compile("1. Convolution 32"))
    expect(first).to_be_visible()
    settled(page)
    first.focus()
    page.keyboard.press("Enter")
    down = page.get_by_role("button", name="Down", exact=True)
    filters = page.get_by_role("spinbutton", name="Filters")
    expect(filters).to_be_visible()  # The last of what is shown of the layer.
    settled(page)  # What is drawn anew by then has no focus to lose.
    down.focus()
    for place in (2, 3):  # The focus stays where it was, the layer goes on.
        page.keyboard.press("Enter")
        expect(
            page.get_by_role("button", name=re.compile(f"{place}. Convolution 32"))
        ).to_be_visible()
        settled(page)
        expect(down).to_be_focused()
    filters.fill("10")
    filters.press("Enter")
    expect(page.get_by_role("button", name=re.compile("3. Convolution 10"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("conv 64 14x14x64, conv 10"))).to_be_visible()

    settled(page)  # The link comes below all that, and holds what it was made with.
    link = shared_link(page)
    assert len(link) < 300
    other = new_page(app, phone=True, dark=True)
    other.goto(link)
    expect(other.get_by_role("heading", name="Latest runs")).to_be_visible()
    settled(other)
    other.get_by_text("Change the network").click()
    expect(other.get_by_role("button", name=re.compile("3. Convolution 10"))).to_be_visible()
    expect(other.get_by_role("button", name="Start training")).to_be_enabled()
    expect(other.get_by_role("button", name="Stop training")).to_have_count(0)
    fits(other, 390)
