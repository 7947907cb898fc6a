"""`core.paths`: what the environment may say."""

import pytest

from core import paths
from core.errors import DigitLabError


@pytest.mark.parametrize(
    ("name", "folder"),
    [("DIGIT_LAB_HOME", paths.runs_folder), ("DIGIT_LAB_DATA", paths.data_folder)],
)
def test_the_home_of_nobody_is_one_sentence(monkeypatch, name, folder):
    monkeypatch.setenv(name, "~nobody-of-that-name/x")
    with pytest.raises(DigitLabError, match=f"{name} is set to '~nobody-of-that-name/x'"):
        folder()
