"""From the form to the finished chart, and a run that outlives the page and the server."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, Page, expect

from bench.brought_data import FORMS, Digits
from core.data import sample
from core.runs.contract import State
from tests.browser.settle import fits, settled, still
from tests.browser.test_draw import invited


def open_form(page: Page, address: str = "/train") -> None:
    """Open the form, and wait until all of it is there."""
    page.goto(address)
    expect(page.get_by_role("heading", name="Latest runs")).to_be_visible()
    settled(page)


# What is looked at while it trains: a toy is through 10,000 images before a server has started.
LONG = {"images": 50_000, "epochs": 200}


def start(page: Page, images: int, epochs: int = 1) -> None:
    open_form(page, "/train?recipe=sprint")
    page.get_by_role("spinbutton", name="Training images").fill(str(images))
    page.get_by_role("spinbutton", name="Training images").press("Enter")
    page.get_by_role("spinbutton", name="Epochs").fill(str(epochs))
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("button", name=re.compile("Start training|Add to the queue")).click()
    expect(page.get_by_role("button", name="Stop training")).to_be_visible()


def badge(page: Page, state: State) -> Locator:
    """Return the word beside the name of the run that is shown."""
    return page.get_by_test_id("stMain").get_by_text(state, exact=True).locator("visible=true")


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop training").click()
    expect(badge(page, State.STOPPED)).to_be_visible()


def test_sprint_from_the_form_to_the_finished_chart(own):
    _, page = own
    start(page, images=1500)
    expect(page.get_by_text("it had never seen")).to_be_visible()
    for title in ("How wrong it is: loss", "How often it is right: accuracy"):
        # While the page of a finished run takes the place of that of a running one, there are two.
        expect(page.get_by_text(title)).to_have_count(1)
        expect(page.get_by_text(title)).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(4)
    page.get_by_role("button", name="Use this model").click()
    expect(page.get_by_role("combobox", name="Model in use")).to_have_value("sprint-2")
    page.get_by_role("link", name="See its mistakes").click()
    expect(page.get_by_role("heading", name="Inspect a model")).to_be_visible()
    expect(page.get_by_text("read as").first).to_be_visible()


def test_start_and_what_it_costs_are_on_the_first_screen(page, phone):
    """On a phone, Start stood 1,530 px down; elsewhere half of the page beside it was empty."""
    for visitor, width, height in ((page, 1280, 800), (phone, 390, 844)):
        visitor.set_viewport_size({"width": width, "height": height})
        open_form(visitor)
        button = visitor.get_by_role("button", name=re.compile("Start training|Add to the queue"))
        expect(button).to_be_in_viewport(ratio=1)
        said = visitor.get_by_text(re.compile(r"(as measured elsewhere|here)\b.*parameters\."))
        expect(said.first).to_be_in_viewport(ratio=1)
        fits(visitor, width)
    tiles = page.get_by_role("radiogroup")
    assert still(tiles)["width"] > 700
    settled(page)
    box = still(page.get_by_text("Fewer than 10,000 parameters"))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # not the name
    expect(page.get_by_role("radio", name="tiny")).to_be_checked()
    expect(phone.get_by_role("radio")).to_have_count(0)
    expect(phone.get_by_role("combobox", name="Recipe")).to_be_in_viewport()


def test_a_reload_finds_the_run_and_stop_stops_it(with_toys):
    _, page = with_toys
    start(page, **LONG)
    expect(page.get_by_text(re.compile(r"step [\d,]+ of"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile(r"step [\d,]+ of"))).to_be_visible()
    stop(page)
    expect(page.get_by_text("it had never seen")).to_be_visible()


def test_a_run_outlives_its_tab_and_the_server(with_toys, start_app, new_page):
    app, page = with_toys
    start(page, **LONG)
    expect(page.get_by_text(re.compile(r"step [\d,]+ of"))).to_be_visible()
    page.close()
    app.stop()
    again = new_page(start_app(home=app.home))
    again.goto("/train")
    expect(again.get_by_text(re.compile(r"step [\d,]+ of"))).to_be_visible()
    stop(again)


def shared_link(page: Page, other_than: str | None = None) -> str:
    """Return the link that holds what is in the form."""
    page.get_by_role("button", name="Share this configuration").click()
    link = page.get_by_text("/train?config=")
    expect(link).to_be_visible()
    if other_than is not None:
        expect(link).not_to_have_text(other_than)
    settled(page)
    said = link.inner_text()
    page.keyboard.press("Escape")
    expect(link).to_have_count(0)
    return said


def test_the_way_back_from_another_page_keeps_the_form(page):
    """An address without a recipe, where the Back button leads, filled the form anew."""
    open_form(page)
    page.get_by_role("radio", name="dense-report").check(force=True)
    seed = page.get_by_role("spinbutton", name="Seed")
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("10")
    settled(page)
    before = shared_link(page)
    seed.fill("7")
    seed.press("Enter")
    # Nothing else says that the server has the seed: the way to Draw could be quicker.
    shared_link(page, other_than=before)
    page.get_by_test_id("stSidebarNav").get_by_text("Draw", exact=True).click()
    expect(page.get_by_role("heading", name="Train a network")).to_have_count(0)
    invited(page)
    page.go_back()
    expect(page.get_by_role("radio", name="dense-report")).to_be_checked()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("10")
    expect(seed).to_have_value("7")


def test_a_number_that_no_layer_can_have_is_said_at_once(page):
    open_form(page, "/train?recipe=dense-starter")
    page.get_by_text("Change the network").click()
    page.get_by_role("button", name="Dense").click()
    units = page.get_by_role("spinbutton", name="Units")
    expect(units).to_be_visible()
    settled(page)
    units.fill("5000")
    units.press("Enter")
    expect(page.get_by_text("Units must be a whole number from 1 to 4096")).to_be_visible()
    expect(
        page.get_by_role("button", name=re.compile("Start training|Add to the queue"))
    ).to_be_disabled()
    settled(page)
    units.fill("")
    units.press("Enter")
    expect(page.get_by_text("It is still 128")).to_be_visible()
    settled(page)
    units.fill("64")
    units.press("Enter")
    expect(page.get_by_text("Units must be")).to_have_count(0)
    expect(page.get_by_role("button", name="Dense 64")).to_be_visible()


def test_a_number_out_of_bounds_is_said_at_once(page):
    open_form(page, "/train?recipe=dense-starter")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("400")
    epochs.press("Enter")
    expect(
        page.get_by_text("Epochs must be a whole number from 1 to 200, not 400.")
    ).to_be_visible()
    expect(
        page.get_by_role("button", name=re.compile("Start training|Add to the queue"))
    ).to_be_disabled()


def test_a_table_and_pictures_become_data_to_train_on(with_toys):
    """Only an .npz of MNIST's own shape was taken, at once and unseen."""
    _, page = with_toys
    test = sample.load_test()
    digits = Digits(test.x[:120], test.y[:120], test.x[120:160], test.y[120:160])
    with TemporaryDirectory() as folder:
        for name in ("kaggle.csv", "pictures.zip"):
            FORMS[name].write(Path(folder, name), digits)
            open_form(page, "/train?recipe=linear")
            page.get_by_role("button", name="Your own digits").click()
            dialog = page.get_by_role("dialog")
            dialog.locator("input[type=file]").set_input_files(Path(folder, name))
            expect(dialog.get_by_text("120 digits")).to_be_visible()
            expect(dialog.get_by_role("img", name="A digit with the label")).to_have_count(20)
            dialog.get_by_role("button", name="Use these digits").click()
            expect(dialog).to_have_count(0)
            expect(page.get_by_role("combobox", name="Data")).to_have_value(name.split(".")[0])
    settled(page)
    page.get_by_role("button", name=re.compile("Start training")).click()
    expect(badge(page, State.FINISHED)).to_be_visible()
