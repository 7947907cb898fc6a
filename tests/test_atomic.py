"""`core.atomic`: a file or folder is there whole, or as it was."""

import pytest

from core.atomic import appearing, keeping, replacing, write_json
from core.errors import DigitLabError


def test_the_new_content_replaces_the_old(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    write_json(path, {"x": 2})
    assert path.read_text() == '{\n "x": 2\n}'
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def break_off():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_keeps_the_suffix(tmp_path):
    with replacing(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras"
        temporary.touch()


def test_a_folder_appears_with_all_that_is_in_it(tmp_path):
    with appearing(tmp_path / "model") as arriving:
        (arriving / "a.txt").write_text("whole")
        assert not (tmp_path / "model").exists()
    assert (tmp_path / "model" / "a.txt").read_text() == "whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_folder_that_could_not_be_filled_leaves_nothing(tmp_path):
    def break_off():
        with appearing(tmp_path / "model") as arriving:
            (arriving / "a.txt").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_one_sentence_with_the_reason(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(DigitLabError, match=r"The digit cannot be kept in '.*file' \(File exists\)"),
        keeping("The digit", tmp_path / "file"),
    ):
        pytest.fail("there is no folder to write in")
