"""One file to take along, whatever the export consists of."""

import io
import os
import zipfile

import pytest

from core.export.archive import pack
from core.export.formats import FORMATS


@pytest.mark.parametrize("with_card", [True, False])
def test_a_file_is_packed_with_what_explains_it(tmp_path, with_card):
    (tmp_path / "model.weights.h5").write_bytes(b"weights")
    (tmp_path / "network.json").write_bytes(b"{}")
    (tmp_path / "something else").touch()
    if with_card:
        (tmp_path / "card.json").write_bytes(b"card")
    packed = pack("mine", FORMATS["weights"], tmp_path, tmp_path / "card.json")
    archive = zipfile.ZipFile(io.BytesIO(packed))
    names = {"model.weights.h5", "network.json", "example.py", "digit.png"}
    names |= {"card.json"} if with_card else set()
    assert set(archive.namelist()) == {f"mine-weights/{name}" for name in names}
    assert archive.read("mine-weights/model.weights.h5") == b"weights"
    assert b"'model.weights.h5'" in archive.read("mine-weights/example.py")


def test_a_folder_is_packed_with_what_is_in_it(tmp_path):
    (tmp_path / "saved_model" / "variables").mkdir(parents=True)
    (tmp_path / "saved_model" / "assets").mkdir()
    (tmp_path / "saved_model" / "saved_model.pb").touch()
    (tmp_path / "saved_model" / "variables" / "variables.index").touch()
    packed = pack("mine", FORMATS["savedmodel"], tmp_path, tmp_path / "card.json")
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path / "unpacked")
    found = tmp_path / "unpacked" / "mine-savedmodel" / "saved_model"
    assert (found / "variables" / "variables.index").is_file()
    assert (found / "assets").is_dir()


def test_a_file_dated_before_1980_is_packed(tmp_path):
    """It ended in a trace: an archive's dates begin there."""
    for name in FORMATS["onnx"].files:
        (tmp_path / name).write_bytes(b"model")
        os.utime(tmp_path / name, (0, 0))
    packed = pack("mine", FORMATS["onnx"], tmp_path, tmp_path / "card.json")
    assert zipfile.ZipFile(io.BytesIO(packed)).testzip() is None
