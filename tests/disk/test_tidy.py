"""`core.disk.tidy`: exports and studies used to grow for ever."""

import os

import pytest

from core.disk import tidy


@pytest.fixture
def seven(tmp_path):
    """Return seven folders, the oldest first."""
    folders = [tmp_path / f"model-{i}" for i in range(7)]
    for age, folder in enumerate(folders):
        (folder / "onnx").mkdir(parents=True)
        (folder / "onnx" / "model.onnx").write_bytes(b"network")
        os.utime(folder, (1000 + age, 1000 + age))
    return folders


def test_the_oldest_go_whole(tmp_path, seven):
    tidy.keep_newest(tmp_path, seven[-1], most=3)
    assert sorted(tmp_path.iterdir()) == seven[4:]
    assert (seven[4] / "onnx" / "model.onnx").is_file()


def test_what_was_just_written_to_is_the_newest(tmp_path, seven):
    tidy.keep_newest(tmp_path, seven[0], most=2)
    assert sorted(tmp_path.iterdir()) == [seven[0], seven[6]]


def test_files_beside_them_stay(tmp_path, seven):
    (tmp_path / "digits-1.npy").write_bytes(b"digits")
    tidy.keep_newest(tmp_path, seven[0], most=1)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "digits-1.npy", seven[0]]


def test_what_a_link_leads_to_stays(tmp_path, seven):
    kept = tmp_path / "kept"
    (kept / "newest").mkdir(parents=True)
    (kept / "link").symlink_to(seven[0], target_is_directory=True)
    tidy.keep_newest(kept, kept / "newest", most=0)
    assert (seven[0] / "onnx" / "model.onnx").is_file()


def test_a_folder_that_is_gone_is_no_fault(tmp_path):
    tidy.keep_newest(tmp_path / "none", tmp_path / "none" / "of-it")
