"""A class's first tries with real clicks: each of these did something else once."""

import re

import pytest
from playwright.sync_api import expect

from core.data.augment import MODEST
from core.launch.process import launch
from tests.browser.settle import settled
from tests.browser.test_draw import open_draw, stroke
from tests.browser.test_train import open_form
from tests.reading.test_first_tries import DRAWN, line
from tests.working import ENDLESS, QUICK

SHAPES = {
    "letter": [line((60, 80), (110, 260), (168, 140), (226, 260), (276, 80))],
    "smiley": DRAWN["smiley"],
    "heart": DRAWN["heart"],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_no_digit_is_not_read_as_one(page, shape):
    """A W was a certain 1, since only its first piece was read; a smiley and a heart were 0s."""
    open_draw(page)
    for points in SHAPES[shape]:
        some = [*points[:: max(len(points) // 20, 1)], points[-1]]
        stroke(page, [(x, y) for x, y in some])
    expect(page.get_by_role("heading", name="?", exact=True)).to_be_visible()


def test_a_comparison_begins_with_another_model(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=duel")
    expect(page.get_by_role("combobox", name="Compare with")).not_to_have_value(
        re.compile("^(sprint.*)?$")
    )
    expect(page.get_by_text("is better than").or_(page.get_by_text("Neither is"))).to_be_visible()


def test_a_digits_bar_opens_its_mistakes(page, mnist_folder):
    """By digit was a bare table."""
    page.goto("/inspect?model=sprint&view=digits")
    expect(page.get_by_role("heading", name="How often each digit is misread")).to_be_visible()
    settled(page)
    page.locator("[class*=-of-9] button").first.click()
    expect(page.get_by_role("heading", name="Misread 9s")).to_be_visible()


def test_the_layer_that_is_proposed_first_is_no_error(page):
    open_form(page, "/train?recipe=cnn-classic")
    page.get_by_role("switch", name="Change the network").press("Space")
    add = page.get_by_role("button", name=re.compile("^Add "))
    expect(add).to_be_visible()
    settled(page)
    layers = page.get_by_role("button", name=re.compile(r"^\d+\. "))
    before = layers.count()
    add.click()
    expect(layers).to_have_count(before + 1)
    settled(page)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


def test_images_that_are_changed_at_random_are_changed(page):
    """Switched on, every amount was 0."""
    open_form(page, "/train?recipe=sprint")
    page.get_by_role("switch", name="Change training images at random").press("Space")
    rotation = page.get_by_role("slider", name=re.compile("^Rotation"))
    expect(rotation).to_have_value(f"{MODEST.rotation:g}")


def test_a_run_that_waits_says_for_whom(with_toys, toys, monkeypatch):
    app, page = with_toys
    monkeypatch.setenv("DIGIT_LAB_HOME", str(app.home))
    launch(ENDLESS)
    waiting = launch(QUICK)
    page.goto(f"/train?run={waiting.id}")
    expect(page.get_by_text("Next in line: waits for dense-starter")).to_be_visible()
