"""`core.background`: the command line beside the app; `tests/export` has the jobs."""

import pytest

from core import background
from core.errors import DigitLabError


def test_its_words_arrive_whole_whatever_the_system_writes_in(home, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # as on Windows
    with pytest.raises(DigitLabError, match="no model 'größe'"):
        background.command_line(["evaluate", "größe"], "The test")
