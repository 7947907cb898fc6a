"""`core.disk.tidy`: exports and studies used to grow for ever."""

import os
import subprocess
import sys
import time

import pytest

from core.disk import tidy
from core.disk.atomic import appearing, replacing
from core.paths import PROJECT


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


@pytest.fixture
def remains(tmp_path):
    """Return the temporary file and folder of a writer that was killed."""
    code = (
        "import os; from pathlib import Path\n"
        "from core.disk.atomic import appearing, replacing\n"
        "with replacing(Path('notes.json')) as file, appearing(Path('mine')) as folder:\n"
        "    file.write_text('half'); (folder / 'model.onnx').write_text('half'); os._exit(9)"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment)
    found = sorted(tmp_path.iterdir())
    assert len(found) == 2
    return found


def grow_old(paths, seconds):
    then = time.time() - seconds - 1
    for path in paths:
        os.utime(path, (then, then))


def test_what_a_killed_writer_has_left_goes_after_an_hour(tmp_path, remains):
    """It stayed for ever: in run folders, corrections and models."""
    tidy.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == remains
    grow_old(remains, tidy.ABANDONED_S)
    tidy.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_is_writing_stays(tmp_path):
    """Also where the machine slept meanwhile."""
    with replacing(tmp_path / "notes.json") as file, appearing(tmp_path / "mine") as folder:
        file.write_text("half")
        grow_old([file, folder], 10 * tidy.ABANDONED_S)
        tidy.sweep(tmp_path)
        assert file.exists()
        assert folder.exists()
        grow_old([file], tidy.ABANDONED_BY_THE_LIVING_S)
        tidy.sweep(tmp_path)
        assert not file.exists()
        file.write_text("whole")
    assert (tmp_path / "notes.json").read_text() == "whole"


@pytest.mark.parametrize(
    "name", [".changes.lock", ".training-0.lock", ".removed-20260102-030405-678-a", "a.1-2", ".at"]
)
def test_nothing_else_is_swept(tmp_path, name):
    (tmp_path / name).write_text("mine")
    grow_old([tmp_path / name], 1e6)
    tidy.sweep(tmp_path)
    assert (tmp_path / name).exists()
