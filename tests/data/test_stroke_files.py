"""Files of strokes: their form, its faults, their names."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays as any_arrays

from core.data import stroke_files
from core.errors import DigitLabError
from tests.data import strokes


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(tmp_path / "data"))


def test_strokes_are_put_together_from_the_file(tmp_path):
    np.savez(
        tmp_path / "strokes.npz",
        points=np.array([[0, 0], [0, 10_000], [5_000, 0], [0, 0], [10_000, 0]], np.int16),
        stroke_offsets=np.array([0, 2, 3, 5], np.int32),
        sample_offsets=np.array([0, 2, 3], np.int32),
        y=np.array([4, 7], np.uint8),
        writer=np.array([1, 9], np.int16),
    )
    digits = stroke_files.load(tmp_path / "strokes.npz")
    first, second = digits.drawings
    assert [stroke.tolist() for stroke in first] == [[[0, 0], [0, 1]], [[0.5, 0]]]
    assert [stroke.tolist() for stroke in second] == [[[0, 0], [1, 0]]]
    assert digits.labels.tolist() == [4, 7]
    assert digits.writers.tolist() == [1, 9]
    assert (digits.name, digits.about) == ("strokes", "")


def test_what_is_written_is_read_again(tmp_path):
    first = stroke_files.load(strokes.save(tmp_path / "a.npz", about="Here, CC BY 4.0 ✓"))
    stroke_files.write(tmp_path / "b.npz", first)
    again = stroke_files.load(tmp_path / "b.npz")
    assert again.digest == first.digest
    assert again.about == first.about == "Here, CC BY 4.0 ✓"
    with np.load(tmp_path / "b.npz") as written:
        for name, array in strokes.arrays().items():
            np.testing.assert_array_equal(written[name], array)
            assert written[name].dtype == array.dtype


def test_the_digest_is_of_the_digits_alone(tmp_path):
    """Neither of the name nor of how the file is packed."""
    one = stroke_files.load(strokes.save(tmp_path / "a.npz"))
    other = stroke_files.load(strokes.save(tmp_path / "b.npz", about="said"))
    fewer = one.of(np.arange(20))
    assert one.digest == other.digest != fewer.digest


def test_some_of_the_digits(tmp_path):
    some_of_them = stroke_files.load(strokes.save(tmp_path / "a.npz")).of(np.array([14, 3]))
    assert some_of_them.labels.tolist() == [4, 3]
    assert some_of_them.writers.tolist() == [1, 0]
    assert [len(drawing) for drawing in some_of_them.drawings] == [2, 2]


POINTS = strokes.arrays()["points"]
FAULTS = {
    "no writers": ({"writer": None}, "no array 'writer'"),
    "points on a line": ({"points": np.zeros(60, np.int16)}, "points have the shape (60,)"),
    "a letter": ({"y": np.full(30, 10, np.uint8)}, "digits from 0 to 9"),
    "a label too few": ({"y": np.zeros(29, np.uint8)}, "a writer for each"),
    "no digits": (
        {"y": np.zeros(0, np.uint8), "writer": np.zeros(0, np.int16)},
        "digits from 0 to 9",
    ),
    "offsets that fall": ({"sample_offsets": np.arange(31)[::-1]}, "sample_offsets must rise"),
    "offsets beyond": ({"stroke_offsets": np.arange(10)}, "must rise"),
    "not a number": (
        {"points": POINTS * np.nan},
        "points must be about",
    ),
    "far away": (
        {"points": POINTS * 1e9},
        "points must be about",
    ),
    "labels that are no numbers": ({"y": np.full(30, np.nan)}, "'y' must be whole numbers"),
    "offsets with a fraction": (
        {"sample_offsets": np.array([0, 0.5, *range(2, 31)])},
        "'sample_offsets' must be whole numbers",
    ),
    "writers without end": ({"writer": np.full(30, 32_768)}, "at most 32,767"),
    "about what is no text": ({"about": np.array([np.nan])}, "'about' must be whole numbers"),
    "texts": ({"y": np.array(["1"] * 30)}, "strokes.npz"),
}


@pytest.mark.parametrize(("changed", "said"), FAULTS.values(), ids=list(FAULTS))
def test_what_is_not_of_this_form_is_refused_in_a_sentence(tmp_path, changed, said):
    content = strokes.arrays() | changed
    np.savez(
        tmp_path / "strokes.npz", **{name: of for name, of in content.items() if of is not None}
    )
    with pytest.raises(DigitLabError, match=re.escape(said)) as fault:
        stroke_files.load(tmp_path / "strokes.npz")
    assert "strokes.npz" in str(fault.value)


NUMBERS = some.sampled_from([np.uint8, np.int16, np.uint64, np.float32])


@given(
    name=some.sampled_from(list(strokes.arrays())),
    array=NUMBERS.flatmap(
        lambda kind: any_arrays(kind, some.tuples(*[some.integers(0, 40)] * 1) | some.just((7, 2)))
    ),
)
def test_any_array_is_digits_or_a_sentence(tmp_path_factory, name, array):
    file = tmp_path_factory.getbasetemp() / "any-strokes.npz"
    np.savez(file, **(strokes.arrays() | {name: array}))
    try:
        digits = stroke_files.load(file)
    except DigitLabError:
        return
    assert len(digits.drawings) == len(digits.labels) == len(digits.writers)
    assert all(len(stroke) for drawing in digits.drawings for stroke in drawing)


def test_a_file_of_the_data_folder_goes_by_its_name(tmp_path):
    assert stroke_files.find("mine") is None
    assert stroke_files.missing(["mine", "yours"]) == ["mine", "yours"]
    kept = strokes.save(tmp_path / "data/strokes/mine.npz")
    assert stroke_files.find("mine") == kept
    assert stroke_files.missing(["mine", "yours"]) == ["yours"]


@pytest.mark.parametrize("path", ["gone.npz", "./gone", "a/b", r"C:\strokes\x", "", "\0.npz"])
def test_a_path_must_lead_to_a_file(path):
    if stroke_files.is_name(path):
        assert stroke_files.find(path) is None
    else:
        with pytest.raises(DigitLabError, match="There is no file of strokes"):
            stroke_files.find(path)


def test_a_path_is_taken(tmp_path):
    file = strokes.save(tmp_path / "x.npz")
    assert stroke_files.find(str(file)) == file
    assert stroke_files.is_name("x")
    assert not stroke_files.is_name(str(file))
    assert not stroke_files.is_name(str(Path("folder") / "x"))
