"""`core.reading.imported_keras`: a ``.keras`` file is bounded before anybody loads it."""

import json
import struct
import tracemalloc
import zipfile

import pytest

from core import paths
from core.errors import DigitLabError
from core.reading import imported_keras
from tests.models import write_keras


def layer(kind="Dense", **config):
    return {"module": "keras.layers", "class_name": kind, "config": config}


def refused(path, *words):
    tracemalloc.start()
    with pytest.raises(DigitLabError) as caught:
        imported_keras.check(path)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["flagship", "sprint", "tiny"])
def test_the_models_that_ship_are_let_in(name):
    file = paths.SHIPPED_MODELS / name / "model.keras"
    assert imported_keras.check(file)["class_name"] == "Sequential"
    assert imported_keras.check(file.read_bytes()) == imported_keras.check(file)


def test_an_archive_that_unpacks_to_gigabytes_is_refused_by_its_directory(tmp_path):
    """A passport of 780 kB made `export` take 5.5 GB: nobody looked into its model."""
    path = tmp_path / "model.keras"
    write_keras(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b'{"class_name": "Sequential", "config": {}}')
        archive.writestr("model.weights.h5", bytes(1_000_000))
    stated, more = (struct.pack("<I", size) for size in (1_000_000, 900_000_000))
    assert path.read_bytes().count(stated) == 2  # before the entry and in the directory
    path.write_bytes(path.read_bytes().replace(stated, more))
    assert path.stat().st_size < 1_000_000
    refused(path, "model.weights.h5", "unpacks to 900 MB")


def test_a_description_of_gigabytes_is_refused(tmp_path):
    write_keras(tmp_path / "m.keras", **{"config.json": b" " * 3_000_000})
    refused(tmp_path / "m.keras", "config.json", "unpacks to 3 MB")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([layer(units=1_000_000)], ["1,000,000 units", "16,384"]),
        ([layer("Conv2D", filters=20_000)], ["20,000 filters"]),
        ([layer(units=10)] * 5_000, ["5,000 layers", "200"]),
        ([layer("Model", layers=[layer(units=1)] * 150)] * 2, ["302 layers"]),
        ([layer() | {"inbound_nodes": [{}] * 500}], ["500 layers"]),
        ([layer() | {"build_config": {"input_shape": [None, 10**9]}}], ["1,000,000,000"]),
        ([layer("TimeDistributed", layer=layer(units=10**6))], ["units"]),
    ],
)
def test_a_network_beyond_the_limits_is_refused(tmp_path, layers, words):
    """A layer of a million units, or 5,000 layers, were built first."""
    write_keras(tmp_path / "m.keras", layers)
    refused(tmp_path / "m.keras", *words)


def test_large_numbers_that_are_no_sizes_do_not_count(tmp_path):
    plain = layer(units=10, seed=10**15) | {"shared_object_id": 139_768_752_823_184}
    write_keras(tmp_path / "m.keras", [plain])
    assert imported_keras.check(tmp_path / "m.keras")


@pytest.mark.parametrize("name", ["assets/vocabulary.txt", "model.weights.npz", "../x"])
def test_other_files_in_it_are_refused(tmp_path, name):
    write_keras(tmp_path / "m.keras", **{name: b""})
    refused(tmp_path / "m.keras", name)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no archive", b"\x89HDF\r\n\x1a\n", b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_keras_file_is_refused(content):
    refused(content, "damaged or not a .keras file")


@pytest.mark.parametrize(
    "described", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff", json.dumps({"a": 1}).encode()]
)
def test_a_damaged_description_is_refused(tmp_path, described):
    write_keras(tmp_path / "m.keras", **{"config.json": described})
    refused(tmp_path / "m.keras", "damaged")
