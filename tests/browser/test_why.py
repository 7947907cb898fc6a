"""The three clicks from a wrong number to its reason: cell, image, reason."""

import re

from playwright.sync_api import Page, expect

from tests.browser.settle import settled
from tests.browser.test_inspect import click_cell, matrix


def expect_reasons(page: Page) -> None:
    """Wait for each reason, whatever the image."""
    for heading in (
        "Evidence",
        "Smallest change",
        "Similar digits",
        "Other models",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(
        page.get_by_alt_text(re.compile("^Occlusion map: the patch that matters most"))
    ).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^The digit with the change marked"))).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^A neighbour labelled"))).to_have_count(8)


def test_from_a_wrong_number_to_its_reason_and_back(page, mnist_folder):
    page.goto("/inspect?model=sprint")
    expect(matrix(page)).to_be_visible()
    click_cell(page, 4, 9)
    expect(page.get_by_role("heading", name="4 read as 9")).to_be_visible()
    settled(page)
    page.locator("[class*=st-key-picture-] button").first.click()
    image = page.get_by_role("heading", name=re.compile("label 4, read as 9"))
    expect(image).to_be_visible()
    expect_reasons(page)
    expect(page).to_have_url(re.compile("cell=4-9.*image=[0-9]+"))
    settled(page)
    first, address = image.inner_text(), page.url
    page.get_by_role("button", name="Next").click()
    expect(page).not_to_have_url(address)
    expect(image).not_to_have_text(first)
    settled(page)
    page.get_by_role("button", name="Back to 4 read as 9").click()
    expect(page.get_by_role("heading", name="4 read as 9", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("cell=4-9"))
    expect(page).not_to_have_url(re.compile("image="))


def test_a_link_opens_an_image_with_its_disputed_label(page, mnist_folder):
    page.goto("/inspect?model=flagship&image=947")
    expect(page.get_by_role("heading", name="Image 947: label 8, read as 9")).to_be_visible()
    expect(page.get_by_text("Of five people 5 say 9.")).to_be_visible()
    expect_reasons(page)


def test_on_a_phone_nothing_is_cut_off(phone, mnist_folder):
    phone.goto("/inspect?model=sprint&image=947")
    expect_reasons(phone)
    expect(phone.get_by_role("button", name="Compute the gradient maps")).to_be_visible()
    settled(phone)
    # All in one look: nothing can be drawn anew in between.
    pictures = phone.locator("img[alt]")
    boxes = pictures.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert len(boxes) >= 11  # the digit, the map, the change, and eight that are like it
    assert [box for box in boxes if box["width"] < 44] == []
    assert [box for box in boxes if box["left"] < 0 or box["right"] > 390] == []


def test_why_is_reached_by_keyboard(page, mnist_folder):
    page.goto("/inspect?model=sprint&cell=4-9")
    why = page.get_by_role("button", name=re.compile("^A 4, read as 9")).first
    expect(why).to_be_visible()
    settled(page)
    why.focus()
    why.press("Enter")
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()


def scrolled(page: Page) -> int:
    return page.get_by_test_id("stMain").evaluate("main => Math.round(main.scrollTop)")


def test_an_image_and_the_list_behind_it_begin_at_their_top(page, mnist_folder):
    """An image was opened where the list had been scrolled to: no title, no way back in sight."""
    page.goto("/inspect?model=sprint&view=labels")
    why = page.locator("[class*=st-key-picture-] button").nth(16)
    expect(why).to_be_attached()
    settled(page)
    why.scroll_into_view_if_needed()
    assert scrolled(page) > 300
    why.click()
    expect_reasons(page)
    back = page.get_by_role("button", name="Back to “Doubtful labels”")
    expect(back).to_be_in_viewport()
    settled(page)
    # The page of an image that merely runs again stays where it is.
    page.get_by_role("radio", name="the label").scroll_into_view_if_needed()
    # At once: what a wheel scrolls is still under way when the next line is reached.
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollBy(0, 300)")
    before = scrolled(page)
    assert before > 100
    evidence = page.get_by_alt_text(re.compile("^Occlusion map|no single patch"))
    for_the_answer = evidence.get_attribute("alt")
    page.get_by_role("radio", name="the label").click()
    expect(evidence).not_to_have_attribute("alt", for_the_answer)
    settled(page)
    assert scrolled(page) == before
    # The way back, pressed where it cannot be seen.
    expect(back).not_to_be_in_viewport()
    back.dispatch_event("click")
    expect(page.get_by_role("heading", name="Labels that may be wrong")).to_be_visible()
    expect(page.get_by_role("radio", name="Doubtful labels")).to_be_in_viewport()


def test_both_ways_lead_back_from_a_look_inside(page, mnist_folder):
    """The browser's own led to the list, no button led anywhere, and a reload lost the image."""
    page.goto("/inspect?model=sprint&view=labels&image=947")
    image = page.get_by_role("heading", name="Image 947")
    expect(image).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Show its layers").click()
    back = page.get_by_role("button", name="Back to image 947")
    expect(back).to_be_visible()
    settled(page)
    page.go_back()
    expect(image).to_be_visible()
    settled(page)
    page.go_forward()
    expect(back).to_be_visible()
    page.reload()
    expect(back).to_be_visible()
    settled(page)
    back.click()
    expect(image).to_be_visible()
    expect(page).to_have_url(re.compile("view=labels&image=947$"))
