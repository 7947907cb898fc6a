"""`core.data` itself: one name for MNIST, the sample and files of the user's."""

from pathlib import Path

import numpy as np
import pytest

from core import data
from core.data import files, mnist
from core.errors import DigitLabError


@pytest.fixture
def own(tmp_path: Path, fake_npz: bytes) -> str:
    path = tmp_path / "own digits.npz"
    path.write_bytes(fake_npz)
    return str(path)


def test_the_sample_is_chosen_where_there_is_no_mnist(no_mnist: Path) -> None:
    assert data.default_source() == "sample"


def test_mnist_is_chosen_by_a_look_that_reads_nothing(no_mnist: Path) -> None:
    (no_mnist / "mnist.npz").write_bytes(b"not even an archive")
    assert data.default_source() == "mnist"


def test_each_source_leads_to_its_digits(mnist_folder: Path, own: str) -> None:
    assert data.load_test("mnist").digest == mnist.load_test().digest
    assert data.load("sample").title == "offline sample (1,797 scikit-learn digits)"
    assert data.load(own).title == "own digits"
    assert data.load(Path(own)).digest == data.load(own).digest


@pytest.mark.parametrize("source", ["sample", "own"])
def test_what_is_loaded_names_its_source_and_cannot_be_changed(source: str, own: str) -> None:
    loaded = data.load(own if source == "own" else source)
    assert data.load(loaded.name).digest == loaded.digest
    test = data.load_test(loaded.name)
    assert test.digest == loaded.test_digest
    arrays = (loaded.x_train, loaded.y_train, loaded.x_test, loaded.y_test, test.x, test.y)
    assert [array.dtype for array in arrays] == [np.dtype(np.uint8)] * 6
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    "source", ["mnits", "", "no/such/file.npz", "a\0b", "~nobody/x", "x" * 5000]
)
@pytest.mark.parametrize("load", [data.load, data.load_test])
def test_a_source_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: object, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DigitLabError):
        load(source)


def test_an_imported_file_is_found_by_its_name(
    no_mnist: Path, fake_npz: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a run from elsewhere knows; its digits were here, and said to be missing."""
    path = files.import_upload("digits.npz", fake_npz)
    (tmp_path / "digits").mkdir()  # Of that name, where the program runs.
    monkeypatch.chdir(tmp_path)
    assert data.load("digits").name == str(path)
    assert data.load_test("digits").digest == data.load(path).test_digest
    with pytest.raises(DigitLabError, match="holds no files"):
        data.load("./digits")
