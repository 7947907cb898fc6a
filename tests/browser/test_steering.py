"""Pausing, steering and keeping the best of a run in a real browser, and playing it back."""

import re

from playwright.sync_api import expect

from core.runs import requests
from core.runs.store import State
from tests.browser.test_train import badge, start
from tests.waiting import wait_for


def test_a_run_is_paused_in_one_tab_and_goes_on_in_another(with_toys, new_page):
    app, page = with_toys
    start(page, images=50_000, epochs=200)  # a toy is quick
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
    best.click()
    expect(badge(page, State.STOPPED)).to_be_visible()
    expect(page.get_by_text("Replay of the training")).to_be_visible()
    expect(page.get_by_text("Confusion matrix after epoch")).to_be_visible()
    page.get_by_text("Play", exact=True).click()
    expect(page.get_by_text("appear after the first epoch")).to_be_visible()
    expect(page.get_by_text("Confusion matrix after epoch")).to_be_visible()
