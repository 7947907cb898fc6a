"""`core.cluster.own_model`: a model that a run starts from travels, and is checked there."""

import io
import zipfile

import pytest

from core.cluster import own_model
from core.errors import DigitLabError
from core.runs import contract
from tests.models import make_model


@pytest.fixture
def sample_model(home):
    """Return the folder of a model of a person's own."""
    return make_model(home / "models" / "mine")


PARTS = {contract.KERAS_MODEL, contract.ONNX_MODEL, contract.CARD}


def altered(packed, **parts):
    """Return the archive with other contents for some files; ``None`` leaves one out."""
    names = {"keras": contract.KERAS_MODEL, "onnx": contract.ONNX_MODEL, "card": contract.CARD}
    changes = {names.get(name, name): content for name, content in parts.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(file, "w") as new:
        content = {name: old.read(name) for name in old.namelist()} | changes
        for name, part in content.items():
            if part is not None:
                new.writestr(name, part)
    return file.getvalue()


def test_a_model_arrives_as_it_was(sample_model, tmp_path):
    own_model.unpack(own_model.pack("mine"), tmp_path / "there")
    assert {path.name for path in (tmp_path / "there").iterdir()} == PARTS
    for name in PARTS:
        assert (tmp_path / "there" / name).read_bytes() == (sample_model / name).read_bytes()


@pytest.mark.parametrize(
    "parts",
    [
        {"keras": b"\x80\x04pickle"},
        {"onnx": b"no network"},
        {"card": b"{}"},
        {"card": None},
        {"../escaped": b"out"},
        {"predictions.npz": b""},
        {"card": b" " * 1_000_001},
    ],
    ids=["pickle", "onnx", "card", "missing", "escaping", "further", "large"],
)
def test_what_is_no_model_is_refused_and_nothing_written(sample_model, tmp_path, parts):
    content = altered(own_model.pack("mine"), **parts)
    with pytest.raises(DigitLabError, match=r"^The model to start from "):
        own_model.unpack(content, tmp_path / "there")
    assert not (tmp_path / "there").exists()
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04."])
def test_what_is_no_archive_is_refused(tmp_path, content):
    with pytest.raises(DigitLabError, match="damaged on its way"):
        own_model.unpack(content, tmp_path / "there")


def test_a_model_without_a_network_of_keras_is_not_sent(sample_model):
    (sample_model / contract.KERAS_MODEL).unlink()
    with pytest.raises(DigitLabError, match="cannot be sent to another machine"):
        own_model.pack("mine")
