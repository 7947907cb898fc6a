"""`core.runs.requests`: all that is asked of a run, carried from one folder to another."""

import pytest

from core.runs import requests
from core.runs.requests import Requests

ALL = [
    Requests(),
    Requests(stop=""),
    Requests(stop="best", prune=True),
    Requests(stop="halt", pause=True, rate=0.25),
]


@pytest.mark.parametrize("before", ALL)
@pytest.mark.parametrize("asked", ALL)
def test_what_is_left_in_a_folder_is_what_is_read_there_whatever_was_asked_before(
    tmp_path, before, asked
):
    before.leave(tmp_path)
    asked.leave(tmp_path)
    assert Requests.read(tmp_path) == asked
    assert requests.stop_requested(tmp_path) == (asked.stop is not None)
    assert requests.pause_requested(tmp_path) == asked.pause


def test_the_place_in_line_is_not_carried_along(tmp_path):
    (tmp_path / requests.FRONT).write_text("7.0")
    Requests(stop="").leave(tmp_path)
    assert requests.is_in_front(tmp_path)


@pytest.mark.parametrize("content", ["", "NaN", "[", '"fast"'])
def test_a_damaged_rate_is_none(tmp_path, content):
    (tmp_path / requests.RATE).write_text(content)
    assert Requests.read(tmp_path) == Requests()
