"""Pictures that a model carries: which, how many, and that a file from elsewhere is checked."""

import numpy as np
import pytest

from core import registry
from core.data import load_test
from core.errors import DigitLabError
from core.evaluation.disputed_labels import DISPUTED, MNIST_TEST
from core.runs import carried_pictures, contract

N = 3000


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (N, 28, 28), np.uint8)


def answers(wrong):
    """Return labels, and probabilities that name the next digit in the ``wrong`` places."""
    labels = (np.arange(N) % 10).astype(np.uint8)
    given = np.where(np.isin(np.arange(N), wrong), (labels + 1) % 10, labels)
    sure = np.linspace(0.5, 0.9, N, dtype=np.float32)
    probabilities = np.full((N, 10), 0.01, np.float32)
    probabilities[np.arange(N), given] = sure
    return labels, probabilities


def test_every_misread_image_and_a_few_of_each_digit_are_chosen():
    wrong = [3, 40, 41, 2999]
    labels, probabilities = answers(wrong)
    chosen = carried_pictures.choose(labels, probabilities, "another test set")
    assert (np.diff(chosen) > 0).all()
    assert set(wrong) <= set(chosen.tolist())
    right = labels[np.setdiff1d(chosen, wrong)]
    assert np.bincount(right).tolist() == [carried_pictures.RIGHT_OF_EACH_DIGIT] * 10


def test_images_with_disputed_labels_come_along_for_mnist():
    labels, probabilities = answers([])
    chosen = carried_pictures.choose(labels, probabilities, MNIST_TEST)
    assert set(DISPUTED) <= set(chosen.tolist())


def test_of_a_bad_model_every_confusion_has_some_and_the_file_stays_small(images, tmp_path):
    few = np.arange(0, 50, 10)  # of the digit 0; all of the other digits are misread, too
    wrong = np.concatenate([few, np.flatnonzero(np.arange(N) % 10)])
    labels, probabilities = answers(wrong)
    chosen = carried_pictures.choose(labels, probabilities, "")
    misread = np.intersect1d(chosen, wrong)
    assert len(misread) == carried_pictures.MOST_MISREAD
    assert set(few) <= set(misread.tolist())
    assert np.bincount(labels[misread])[1:].min() >= 110
    carried_pictures.write(tmp_path, images, chosen)
    assert len(carried_pictures.read(tmp_path, N)) == len(chosen)


def test_a_model_that_is_always_wrong_or_has_no_images_is_no_exception():
    labels, probabilities = answers(np.arange(N))
    chosen = carried_pictures.choose(labels, probabilities, "")
    assert len(chosen) == carried_pictures.MOST_MISREAD


def test_what_is_read_is_what_was_written(images, tmp_path):
    carried_pictures.write(tmp_path, images, np.array([1, 5, 7]))
    found = carried_pictures.read(tmp_path, 8)
    assert list(found) == [1, 5, 7]
    np.testing.assert_array_equal(found[5], images[5])
    assert carried_pictures.read(tmp_path / "elsewhere", 8) == {}


GOOD = {"indices": np.array([1, 5]), "images": np.zeros((2, 28, 28), np.uint8)}


@pytest.mark.parametrize(
    "change",
    [
        {"indices": np.array([5, 1])},
        {"indices": np.array([1, 1])},
        {"indices": np.array([-1, 5])},
        {"indices": np.array([1, 8])},
        {"indices": np.array([1.0, 5.0])},
        {"indices": np.array([[1, 5]])},
        {"indices": np.array([1])},
        {"images": np.zeros((2, 28, 28), np.float32)},
        {"images": np.zeros((2, 28, 29), np.uint8)},
        {"images": np.array([None, None])},
        {"indices": np.arange(2000), "images": np.zeros((2000, 28, 28), np.uint8)},
        {"images": np.zeros((9_000, 28, 28), np.uint8)},
    ],
)
def test_a_file_from_elsewhere_is_checked(tmp_path, change):
    np.savez_compressed(tmp_path / contract.PICTURES, allow_pickle=True, **GOOD)
    assert list(carried_pictures.read(tmp_path, 8)) == [1, 5]
    np.savez_compressed(tmp_path / contract.PICTURES, allow_pickle=True, **{**GOOD, **change})
    with pytest.raises(DigitLabError, match=r"pictures\.npz"):
        carried_pictures.read(tmp_path, 8 if len(change) == 1 else 3000)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / contract.PICTURES).write_bytes(b"PK")
    with pytest.raises(DigitLabError, match=r"pictures\.npz"):
        carried_pictures.read(tmp_path, 8)


@pytest.mark.parametrize("name", registry.SHIPPED)
def test_shipped_models_carry_what_they_misread_as_mnist_has_it(name, home, mnist_folder):
    model = registry.find(name)
    labels, probabilities = model.predictions()
    found, test = model.pictures(), load_test("mnist")
    chosen = carried_pictures.choose(labels, probabilities, model.card.data.test_digest)
    assert list(found) == chosen.tolist()
    np.testing.assert_array_equal(np.stack(list(found.values())), test.x[chosen])
    assert (model.folder / contract.PICTURES).stat().st_size < 100_000
