"""Pausing, steering and keeping the best of a run in a real browser, and playing it back."""

import re

from playwright.sync_api import FloatRect, expect

from core.runs import requests
from core.runs.contract import State
from tests.browser.settle import settled, still
from tests.browser.test_train import LONG, badge, start
from tests.waiting import wait_for


def test_a_run_is_paused_in_one_tab_and_goes_on_in_another(with_toys, new_page):
    app, page = with_toys
    start(page, **LONG)
    expect(page.get_by_text("right after")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(badge(page, State.PAUSED)).to_be_visible()

    other = new_page(app)
    (folder,) = app.home.glob("runs/*/")
    other.goto(f"/train?run={folder.name}")
    expect(badge(other, State.PAUSED)).to_be_visible()
    other.get_by_role("button", name="Learning rate").click()
    slider = other.get_by_role("slider", name=re.compile("Learning rate"))
    slider.press("ArrowLeft")
    # The slider waits a moment before it says so, and closed with its popover it never would.
    wait_for(lambda: requests.requested_rate(folder), "another learning rate asked for")
    slider.press("Escape")
    other.get_by_role("button", name="Resume").click()
    expect(badge(other, State.RUNNING)).to_be_visible()

    expect(badge(page, State.RUNNING)).to_be_visible()
    expect(page.get_by_text(re.compile("^rate 0")).first).to_be_visible()
    best = page.get_by_role("button", name="Stop with the best epoch")
    expect(best).to_be_enabled()
    settled(page)
    best.click()
    expect(badge(page, State.STOPPED)).to_be_visible()
    expect(page.get_by_text("Replay of the training")).to_be_visible()
    expect(page.get_by_text("Confusion matrix after epoch")).to_be_visible()
    step = page.locator('[class*="st-key-replay-"]')
    last = step.text_content()
    page.get_by_text("Play", exact=True).click()
    expect(step).not_to_have_text(last)
    expect(page.get_by_text("Confusion matrix after epoch")).to_be_visible()


def test_no_button_comes_where_another_was_and_the_address_names_what_is_shown(with_toys):
    """A pointer that rested on Pause was on another button at the end; addresses named other runs.

    "Watch the training" showed one run while the address named another, and the next click jumped.
    """
    _, page = with_toys
    start(page, **LONG)
    expect(page.get_by_role("button", name="Stop with the best epoch")).to_be_enabled()
    first = page.url
    steering = ["Pause", "Stop training", "Stop with the best epoch", "Learning rate"]
    before = {name: still(page.get_by_role("button", name=name)) for name in steering}
    page.get_by_role("button", name="Pause").click()
    expect(badge(page, State.PAUSED)).to_be_visible()
    settled(page)
    for name in steering[1:]:
        assert still(page.get_by_role("button", name=name)) == before[name]
    assert apart([still(page.get_by_role("button", name="Resume"))], list(before.values())[1:])
    page.get_by_role("button", name="Stop training").click()
    expect(badge(page, State.STOPPED)).to_be_visible()
    settled(page)
    after = [still(page.get_by_role("link", name="See its mistakes"))]
    buttons = ("Use this model", "Repeat")
    after += [still(page.get_by_role("button", name=name, exact=True)) for name in buttons]
    assert apart(after, list(before.values()))

    start(page, **LONG)
    second = page.url
    assert second != first
    page.goto(first)
    expect(page.get_by_role("button", name="Use this model")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Watch the training").click()
    expect(page.get_by_role("button", name="Stop training")).to_be_visible()
    expect(page).to_have_url(second.replace("recipe=sprint&", ""))
    page.get_by_role("button", name="More curves").click()
    expect(page.get_by_text("Smoothing of the training curve")).to_be_visible()
    expect(page.get_by_role("button", name="Stop training")).to_be_visible()
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.get_by_role("button", name="Use this model")).to_be_visible()


def apart(boxes: list[FloatRect], others: list[FloatRect]) -> bool:
    """Return whether no box of the one list touches one of the other."""
    return not any(
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
        for one in boxes
        for other in others
    )
