"""The offline sample: its order, its split, its form, and a sentence where it is missing."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.data import sample
from core.data.dataset import Dataset
from core.errors import DigitLabError


@pytest.fixture(scope="module")
def data() -> Dataset:
    return sample.load()


def test_it_is_all_of_scikit_learns_digits_in_their_order(data: Dataset) -> None:
    from sklearn.datasets import load_digits  # here, for every process imports this file

    labels = np.concatenate([data.y_train, data.y_test])
    assert labels.tolist() == load_digits().target.tolist()
    assert data.x_train.shape == (1415, 28, 28)
    assert data.x_test.shape == (382, 28, 28)
    assert data.x_train.dtype == data.y_train.dtype == np.uint8


def test_the_test_set_begins_with_a_form(data: Dataset) -> None:
    """Every form in the file starts with 0 to 9 three times and has about 130 digits."""
    start = list(range(10)) * 3
    labels = np.concatenate([data.y_train, data.y_test]).tolist()
    forms = [i for i in range(len(labels) - 30) if labels[i : i + 30] == start]
    assert sample.TRAIN in forms


def test_each_image_is_made_as_mnists(data: Dataset) -> None:
    ink = np.concatenate([data.x_train, data.x_test]) / 255.0
    places = np.arange(28)
    mass = ink.sum(axis=(1, 2))
    rows = (ink.sum(axis=2) @ places) / mass
    columns = (ink.sum(axis=1) @ places) / mass
    assert np.abs(rows - 14).max() <= 0.51  # whole pixels are shifted; a little for rounding
    assert np.abs(columns - 14).max() <= 0.51
    heights = (ink > 0.1).any(axis=2).sum(axis=1)
    widths = (ink > 0.1).any(axis=1).sum(axis=1)
    longest = np.maximum(heights, widths)
    assert longest.max() <= 20
    assert longest.min() >= 17  # a faint fringe at the box' rim is not counted here
    assert ink.max(axis=(1, 2)).min() > 0.8
    assert ink[:, 0].max() == 0


def test_the_digits_can_still_be_told_apart(data: Dataset) -> None:
    train, test = (x.reshape(len(x), -1).astype(float) for x in (data.x_train, data.x_test))
    distances = (train**2).sum(axis=1) - 2 * test @ train.T
    nearest = data.y_train[distances.argmin(axis=1)]
    assert (nearest == data.y_test).mean() > 0.9


def test_the_test_part_is_the_same_by_itself(data: Dataset) -> None:
    assert sample.load_test().digest == data.test_digest


def test_scikit_learn_is_not_imported_for_it() -> None:
    program = "from core.data import sample; sample.load_test(); import sys; print(*sys.modules)"
    project = Path(sample.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
    )
    assert "core.data.sample" in done.stdout.split()
    assert "sklearn" not in done.stdout.split()


def test_without_scikit_learn_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "find_spec", lambda name: None)
    with pytest.raises(DigitLabError, match=r"scikit-learn.* is not installed"):
        sample.load()
