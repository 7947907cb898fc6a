"""Corrected digits: kept whole, changed one by one, and nothing of a foreign file believed."""

import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import paths
from core.data import files
from core.errors import DigitLabError
from core.people import corrections


def keep(label=4, seed=0, **more):
    image = np.random.default_rng(seed).random((28, 28), np.float32)
    return image, corrections.keep(image, label, 9, 0.75, "linear", **more)


def test_a_digit_comes_back_as_it_was(home):
    image, kept = keep(strokes={"objects": [{"path": [["M", 1, 2]]}]})
    (found,) = corrections.everything()
    assert found == kept
    assert np.array_equal(found.image, np.rint(255 * image).astype(np.uint8))
    assert (found.label, found.answer, found.confidence) == (4, 9, 0.75)
    assert found.strokes == {"objects": [{"path": [["M", 1, 2]]}]}


def test_there_is_nothing_at_first(home):
    assert corrections.everything() == []


def test_the_newest_comes_first_and_each_has_a_file_of_its_own(home):
    kept = [keep(label, seed=label)[1] for label in range(5)]
    assert [one.label for one in corrections.everything()] == [4, 3, 2, 1, 0]
    assert len({one.id for one in kept}) == 5


def test_a_label_can_be_changed_and_a_digit_removed_and_put_back(home):
    _, first = keep(1)
    _, second = keep(2, seed=1)
    corrections.relabel(first.id, 7)
    assert [one.label for one in corrections.everything()] == [2, 7]
    removed = corrections.remove(second.id)
    assert [one.label for one in corrections.everything()] == [7]
    corrections.put_back(removed)
    assert [one.label for one in corrections.everything()] == [2, 7]


def test_one_is_found_by_its_id_as_it_is_now(home):
    _, kept = keep(1)
    corrections.relabel(kept.id, 7)
    assert corrections.find(kept.id).label == 7
    corrections.remove(kept.id)
    assert corrections.find(kept.id) is None
    assert corrections.find("../../etc/passwd") is None


@pytest.mark.parametrize("name", ["20260102-030405-678901", "../../etc/passwd", ""])
def test_what_is_gone_is_one_sentence(home, name):
    for change in (lambda: corrections.relabel(name, 3), lambda: corrections.remove(name)):
        with pytest.raises(DigitLabError, match="no longer among your corrections"):
            change()


def test_a_drawing_that_is_too_long_is_left_out_and_the_picture_stays(home):
    _, kept = keep(strokes={"objects": ["x" * 500_000]})
    (found,) = corrections.everything()
    assert found.strokes is None
    assert np.array_equal(found.image, kept.image)


def test_a_folder_that_cannot_be_written_is_one_sentence(home):
    (home / "corrections").write_text("in the way")
    with pytest.raises(DigitLabError, match="cannot be kept"):
        keep()
    assert corrections.everything() == []


def test_the_data_set_is_one_that_training_takes(home, tmp_path):
    rng = np.random.default_rng(0)
    for label in [*range(10)] * 4:
        corrections.keep(rng.random((28, 28), np.float32), label, 0, 0.5, "linear")
    content = corrections.as_data_set(corrections.everything())
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        assert arrays["images"].shape == (40, 28, 28)
        assert (arrays["answers"] == 0).all()
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    data = files.load(path)
    assert len(data.y_train) + len(data.y_test) == 40


def test_no_digits_are_empty_arrays():
    images, labels = corrections.arrays([])
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


BROKEN = ["id", "label", "pixels", "answer", "confidence", "model"]


@pytest.mark.parametrize("field", BROKEN)
def test_a_file_that_lacks_something_is_left_out(home, field):
    _, kept = keep()
    path = paths.corrections_folder() / f"{kept.id}.json"
    values = json.loads(path.read_text())
    del values[field]
    path.write_text(json.dumps(values))
    assert corrections.everything() == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.integers(),
            lambda inner: st.dictionaries(
                st.sampled_from([*BROKEN, "strokes", "other"]), inner, max_size=8
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_a_file_from_elsewhere_is_left_out_and_breaks_nothing(home, content):
    folder = paths.corrections_folder()
    folder.mkdir(exist_ok=True)
    (folder / "20260102-030405-678901.json").write_bytes(content)
    assert corrections.everything() == []


def test_a_file_named_by_no_moment_is_left_out(home):
    """``created`` is shown in the list of corrections, and broke the page."""
    _, kept = keep()
    name = "20269999-999999-000000"
    content = kept.model_copy(update={"id": name}).model_dump_json()
    (paths.corrections_folder() / f"{name}.json").write_text(content, encoding="utf-8")
    assert [one.id for one in corrections.everything()] == [kept.id]
