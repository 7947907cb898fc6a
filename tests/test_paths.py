"""`core.paths`: what the environment may say."""

import shutil
import subprocess

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


def test_what_a_test_adds_lies_in_a_folder_that_goes_with_it(tmp_path_factory):
    """Two data sets of a browser test stayed in the folder that DIGIT_LAB_DATA named."""
    base = tmp_path_factory.getbasetemp()
    assert paths.runs_folder().is_relative_to(base)
    assert paths.own_data_folder().is_relative_to(base)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no Git")
def test_what_people_make_is_never_taken_for_a_part_of_the_project(monkeypatch):
    """In the project's own folder, the home by default, Git would offer it to be committed."""
    monkeypatch.delenv("DIGIT_LAB_HOME", raising=False)
    monkeypatch.delenv("DIGIT_LAB_DATA", raising=False)
    made = [getattr(paths, name)() / "anything" for name in dir(paths) if name.endswith("_folder")]
    assert len(made) > 10
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=paths.PROJECT,
        input="\n".join(map(str, made)),
        capture_output=True,
        text=True,
    )
    if done.returncode == 128:
        pytest.skip("this is no working copy of Git")
    assert done.stdout.split() == [*map(str, made)]
