"""A run that another machine trains, watched and steered on Train, and found on Runs."""

import re

from playwright.sync_api import expect

from core.cluster.address import CLUSTER
from core.recipes import link
from core.runs.contract import State
from tests.browser.settle import settled
from tests.browser.test_train import badge
from tests.cluster.conftest import cluster_url, postgres, postgres_programs  # noqa: F401
from tests.cluster.machines import Machine
from tests.working import QUICK

LONG = QUICK.model_copy(update={"epochs": 200, "batch_size": 8})


def test_a_run_waits_for_a_machine_trains_there_and_is_steered_from_here(
    start_app,
    new_page,
    cluster_url,  # noqa: F811
    tmp_path,
):
    app = start_app(toys=True, **{CLUSTER: cluster_url})
    page = new_page(app)
    page.goto(f"/train?config={link.encode(LONG)}")
    expect(page.get_by_text("Goes to the next free machine of the cluster.")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Waiting for a machine: none is at work")).to_be_visible()
    with Machine(tmp_path / "annex"):
        expect(page.get_by_text(re.compile("on machine annex"))).to_be_visible()
        expect(badge(page, State.RUNNING)).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(badge(page, State.PAUSED)).to_be_visible()
        page.get_by_role("button", name="Resume").click()
        expect(badge(page, State.RUNNING)).to_be_visible()
        best = page.get_by_role("button", name="Stop with the best epoch")
        expect(best).to_be_enabled()
        settled(page)
        best.click()
        expect(badge(page, State.STOPPED)).to_be_visible()
        expect(page.get_by_text("Replay of the training")).to_be_visible()
    expect(page.get_by_role("link", name="See its mistakes")).to_be_visible()


def test_a_run_stays_here_if_that_is_asked_for(start_app, new_page, cluster_url):  # noqa: F811
    app = start_app(toys=True, **{CLUSTER: cluster_url})
    page = new_page(app)
    page.goto(f"/train?config={link.encode(QUICK)}")
    settled(page)
    page.get_by_text("On this machine", exact=True).click()
    expect(page.get_by_text("Goes to the next free machine of the cluster.")).to_be_hidden()
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(badge(page, State.FINISHED)).to_be_visible()
    expect(page.get_by_text("on machine")).to_be_hidden()


def test_a_database_that_does_not_answer_is_said_in_a_sentence(start_app, new_page):
    app = start_app(toys=True, **{CLUSTER: "postgresql://me:secret@127.0.0.1:9/none"})
    page = new_page(app)
    page.goto(f"/train?config={link.encode(QUICK)}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    said = page.get_by_role("alert").filter(has_text="127.0.0.1:9")
    expect(said).to_be_visible()
    assert "secret" not in page.content()
    assert not list(app.home.glob("runs/[0-9]*"))
