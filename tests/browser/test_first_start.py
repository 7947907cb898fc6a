"""The very first start, on a machine from which nobody can be reached."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.settle import settled

NOBODY = "http://127.0.0.1:9"  # the discard port: connections are refused at once
FAILED = "Download failed."


@pytest.fixture
def alone(start_app, tmp_path):
    """Return a server without MNIST that tries to fetch it, and reaches nobody."""
    return start_app(
        DIGIT_LAB_OFFLINE="",
        DIGIT_LAB_DATA=str(tmp_path / "data"),
        KERAS_HOME=str(tmp_path / "keras"),
        HTTPS_PROXY=NOBODY,
        HTTP_PROXY=NOBODY,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="",
    )


def test_a_failed_download_is_one_line_that_goes_and_pictures_are_there(alone, new_page):
    """Its box stood on Home and in the sidebar, never went away, and there were no pictures."""
    page = new_page(alone)
    page.goto("/")
    failed = page.get_by_text(FAILED)
    expect(failed).to_have_count(1)
    misread = page.get_by_role("img", name=re.compile("^An? [0-9], read as [0-9]$"))
    expect(misread).to_have_count(3)
    page.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)
    page.reload()
    settled(page)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(failed).to_have_count(0)

    phone = new_page(alone, phone=True)
    phone.goto("/inspect?model=tiny&cell=4-9")
    settled(phone)
    misread = phone.get_by_role("img", name="A 4, read as 9")
    expect(misread).to_have_count(3)
