"""Labels of any form, and the sentence for what is no digit."""

import numpy as np
import pytest

from core.data.brought.labels import bring
from core.errors import DigitLabError

TEN = np.arange(10)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64, np.uint64, ">i4", float, "f2"])
def test_labels_of_every_type_of_numbers(kind: type) -> None:
    labels, remarks = bring(TEN.astype(kind), "labels", 10)
    assert labels.dtype == np.uint8
    assert labels.tolist() == list(range(10))
    assert remarks == []


@pytest.mark.parametrize(
    "saved",
    [
        TEN[:, None],
        TEN[None],
        TEN.astype(str),
        TEN.astype("S"),
        np.array([f"{k}.0" for k in TEN]),
        np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]),
        np.eye(10),
        np.eye(10, dtype=bool),
        2 * np.eye(10) - 1,
    ],
)
def test_labels_of_every_form(saved: np.ndarray) -> None:
    assert bring(saved, "labels", 10)[0].tolist() == list(range(10))


def test_ten_stands_for_zero_where_there_is_no_zero() -> None:
    labels, remarks = bring(TEN + 1, "labels", 10)
    assert labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert remarks == ["labels 1 to 10, where 10 is the digit 0"]


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (np.arange(9), r"labels has the shape \(9,\) and should have \(10,\)"),
        (np.zeros((10, 3), int), r"shape \(10, 3\)"),
        (np.eye(10) + np.eye(10)[::-1] / 2, "should have a 1 for the digit"),
        (np.eye(10) + np.eye(10)[::-1], "should have a single 1"),
        (np.zeros(10, bool), "is of type bool"),
        (TEN - 1, "holds -1 and only 0 to 9 are allowed"),
        (TEN + 2, r"holds 10 \(it runs up to 11, as labels of letters do\)"),
        (TEN * 100, "holds 100 and only"),
        (TEN + 0.5, "holds 0.5 and only the whole numbers"),
        (np.where(TEN == 3, np.nan, TEN), "holds nan"),
        (np.array(list("abcdefghij")), "holds 'a' and only the digits 0 to 9"),
        (TEN.astype(np.uint64) + 2**63, "holds 9223372036854775808"),
    ],
)
def test_other_labels_are_refused(saved: np.ndarray, message: str) -> None:
    with pytest.raises(DigitLabError, match=message):
        bring(saved, "labels", 10)
