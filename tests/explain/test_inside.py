"""`core.explain.inside`: a file that is looked into, or none."""

import pytest

from core.errors import DigitLabError
from core.explain.inside import Inside


def test_a_file_that_is_no_network_is_one_sentence(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(DigitLabError, match="cannot be looked into"):
        Inside(tmp_path / "model.onnx")
    with pytest.raises(DigitLabError, match="cannot be looked into"):
        Inside(tmp_path / "gone.onnx")
