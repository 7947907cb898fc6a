"""Trust in a model: its labels, and a second model beside it, with real clicks."""

import re

from playwright.sync_api import expect

from core.data import load_test
from tests.browser.settle import settled


def test_a_person_decides_about_a_label(app, page, mnist_folder):
    """It is kept on this machine, and can be taken back."""
    page.goto("/inspect?model=sprint&view=labels")
    title = page.get_by_role("heading", name="Fifteen disputed labels")
    expect(title).to_be_visible()
    expect(page.get_by_text("5 say 9")).to_be_visible()  # of image 947
    settled(page)
    neither = page.get_by_role("radio", name="Neither", exact=True)
    neither.or_(page.get_by_role("button", name="Neither", exact=True)).first.click()
    expect(page.get_by_text("You decided on 1 image")).to_be_visible()
    kept = list(app.home.glob("verdicts/*.json"))
    assert [file.stem for file in kept] == [load_test("mnist").digest]
    page.reload()
    expect(page.get_by_text("You decided on 1 image")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("You decided on")).to_have_count(0)


def test_from_the_worst_slice_to_an_image_and_from_a_duel(page, mnist_folder):
    page.goto("/inspect?model=sprint&view=slices")
    worst = page.get_by_role("heading", name=re.compile("mistakes$"))
    expect(worst).to_be_visible()
    settled(page)
    page.locator("[class*=st-key-picture-] button").first.click()
    expect(page).to_have_url(re.compile("image=[0-9]+"))
    back = page.get_by_role("button", name=re.compile("^Back to"))
    expect(back).to_be_visible()
    settled(page)
    back.click()
    expect(worst).to_be_visible()
    page.goto("/inspect?model=sprint&view=duel&against=flagship")
    expect(page.get_by_text("flagship is better than sprint")).to_be_visible()
    expect(page.get_by_role("heading", name="Read correctly only by sprint")).to_be_visible()


TICKS_ARE_WHOLE = """chart => {
  const frame = chart.querySelector(".main-svg").getBoundingClientRect();
  const words = [...chart.querySelectorAll(".xtick text, .ytick text")];
  const boxes = words.map(one => one.getBoundingClientRect());
  return words.length > 2 && boxes.every(box => box.bottom <= frame.bottom
    && box.left >= frame.left && box.right <= frame.right);
}"""


def test_the_figure_of_a_comparison_is_whole(page, mnist_folder):
    """The numbers of its axis were cut off."""
    page.goto("/inspect?model=sprint&view=duel&against=flagship")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".xtick text").first).to_be_attached()
    settled(page)
    assert chart.evaluate(TICKS_ARE_WHOLE)


WHOLE = """table => {
  const inside = table.querySelector(".dvn-scroller");
  return inside.scrollWidth <= inside.clientWidth;
}"""


def test_the_table_of_styles_is_whole_on_a_phone(phone, mnist_folder):
    """Its last column was cut off."""
    phone.goto("/inspect?model=sprint&view=slices")
    table = phone.get_by_test_id("stDataFrame").first
    expect(table.locator(".dvn-scroller")).to_be_attached()
    settled(phone)
    assert table.evaluate(WHOLE)
