"""Every form of data set that `bench.brought_data` knows: taken, told, or refused in a sentence."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.brought import outcome
from bench.brought_data import FORMS, REFUSED, Digits
from core.data import files, sample
from core.errors import DigitLabError
from tests.data.conftest import npz_bytes


@pytest.fixture(scope="module")
def digits() -> Digits:
    """Return real digits that are there without MNIST; each is another one."""
    data = sample.load()
    return Digits(data.x_train[:160], data.y_train[:160], data.x_test[:60], data.y_test[:60])


@pytest.mark.parametrize("name", FORMS)
def test_what_comes_of_a_form(name: str, digits: Digits) -> None:
    """Ten of 46 such forms were taken, and of those that lay the wrong way nothing was said."""
    form = FORMS[name]
    found, said = outcome(name, form, digits)
    assert found == form.wish, said
    if found == REFUSED:
        assert said.endswith(".")
        assert ":" in said  # what to do
        assert len(said) < 400


def test_the_digits_of_scikit_learn_are_read_from_its_own_file() -> None:
    """8 x 8 counts from 0 to 16, packed; nothing of it is remarked."""
    (package,) = find_spec("sklearn").submodule_search_locations
    found = files.look(Path(package, "datasets", "data", "digits.csv.gz"))
    assert found.recognised.startswith("CSV, label in the last column; values 0 to 16; 8 x 8")
    assert found.set_right() == found.remarks == []
    assert sum(map(len, (found.arrays()["y_train"], found.arrays()["y_test"]))) == 1797


IMAGES = ("x", "X", "images", "data", "digits", "Imgs", "features", "pictures")
LABELS = ("y", "Y", "labels", "target", "classes", "label", "targets", "digit")
DTYPES = ("u1", "i2", ">i4", "<f4", "f8", "u8")
SHAPES = {
    "flat": lambda x: x.reshape(len(x), -1),
    "plain": lambda x: x,
    "last": lambda x: x[..., None],
    "first": lambda x: x[:, None],
    "colours": lambda x: np.repeat(x[..., None], 3, 3),
    "padded": lambda x: np.pad(x, ((0, 0), (2, 2), (2, 2))),
    "images last": lambda x: x.transpose(1, 2, 0),
}
LABELLED = {
    "plain": lambda y: y,
    "column": lambda y: y[:, None],
    "row": lambda y: y[None],
    "one-hot": lambda y: np.eye(10)[y],
    "floats": lambda y: y.astype(float),
    "text": lambda y: y.astype(str),
    "ten": lambda y: np.where(y == 0, 10, y).astype(int),
}


@pytest.mark.long
@settings(max_examples=40)
@given(
    st.sampled_from(IMAGES),
    st.sampled_from(LABELS),
    st.sampled_from(DTYPES),
    st.sampled_from([*SHAPES]),
    st.sampled_from([*LABELLED]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["{}_train {}_test", "train_{} test_{}", "train/{} test/{}", "{}Tr {}Te"]),
)
def test_arrays_of_any_name_type_shape_and_order(
    digits: Digits,
    images: str,
    labels: str,
    dtype: str,
    shape: str,
    labelled: str,
    backwards: bool,
    in_parts: bool,
    pattern: str,
) -> None:
    x, y = SHAPES[shape](digits.x).astype(dtype), LABELLED[labelled](digits.y)
    arrays = {images: x, labels: y}
    if in_parts:
        train, test = pattern.split()
        arrays = {
            train.format(images): x,
            train.format(labels): y,
            test.format(images): SHAPES[shape](digits.tx).astype(dtype),
            test.format(labels): LABELLED[labelled](digits.ty),
        }
    if backwards:
        arrays = dict(reversed(arrays.items()))
    found = files.look([("mine.npz", npz_bytes(**arrays))])
    assert found.set_right() == found.remarks == []
    laid = found.arrays()
    if in_parts:
        np.testing.assert_array_equal(laid["x_train"], digits.x)
        np.testing.assert_array_equal(laid["y_train"], digits.y)
        np.testing.assert_array_equal(laid["x_test"], digits.tx)
        np.testing.assert_array_equal(laid["y_test"], digits.ty)
    else:
        together = np.concatenate([laid["x_train"], laid["x_test"]])
        assert {x.tobytes() for x in together} == {x.tobytes() for x in digits.x}


@settings(max_examples=8)
@given(st.data())
def test_a_table_in_any_order_of_columns(digits: Digits, data: st.DataObject) -> None:
    order = np.random.default_rng(data.draw(st.integers(0, 9))).permutation(785)
    separator = data.draw(st.sampled_from([",", ";", "\t"]))
    head = np.array(["label", *(f"px{k:03}" for k in range(784))])[order]
    rows = np.hstack([digits.y[:, None], digits.flat])[:60, order]
    lines = [separator.join(map(str, line)) for line in [head, *rows]]
    found = files.look([("mine.csv", "\n".join(lines).encode())])
    laid = found.arrays()
    together = np.concatenate([laid["x_train"], laid["x_test"]])
    assert {x.tobytes() for x in together} == {x.tobytes() for x in digits.x[:60]}


@given(st.text(max_size=300), st.sampled_from(["a.csv", "b.tsv", "c.txt", "d", "e.arff"]))
def test_any_text_is_refused_in_a_sentence(text: str, name: str) -> None:
    with pytest.raises(DigitLabError):
        files.look([(name, text.encode("utf-8", "replace"))])


@pytest.mark.long
@settings(max_examples=60)
@given(st.sampled_from([*FORMS]), st.floats(0, 1, exclude_max=True), st.binary(max_size=40))
def test_a_torn_file_is_refused_or_shorter(
    digits: Digits, tmp_path_factory: pytest.TempPathFactory, name: str, kept: float, more: bytes
) -> None:
    few = Digits(digits.x[:40], digits.y[:40], digits.tx[:20], digits.ty[:20])
    path = tmp_path_factory.mktemp("torn") / name
    FORMS[name].write(path, few)
    if path.is_file():
        content = path.read_bytes()
        path.write_bytes(content[: int(kept * len(content))] + more)
        try:
            found = files.look(path)
        except DigitLabError:
            return
        assert len(found.arrays()["x_train"]) <= len(few.x)


def test_files_uploaded_together_are_one_data_set(digits: Digits) -> None:
    contents = [npz_bytes(X=digits.x, y=digits.y), npz_bytes(X=digits.tx, y=digits.ty)]
    found = files.look([("train.npz", contents[0]), ("test.npz", contents[1])])
    assert (len(found.arrays()["x_train"]), len(found.arrays()["x_test"])) == (160, 60)
