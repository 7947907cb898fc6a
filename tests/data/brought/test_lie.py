"""The lie of digits: every way round is seen and undone, and nothing is said of the right one."""

import numpy as np
import pytest

from core.data import sample
from core.data.brought import lie
from core.reading.normalise import as_bytes, to_mnist
from core.strokes import others


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = sample.load()
    return data.x_train[:200], data.y_train[:200]


def test_the_ways_are_all_different() -> None:
    image = np.arange(784, dtype=np.uint16).reshape(1, 28, 28).astype(np.uint8)
    image[0, 0, 1] = 77
    assert len({way.images(image).tobytes() for way in lie.WAYS}) == len(lie.WAYS) == 16


@pytest.mark.parametrize("brought", lie.WAYS, ids=lambda way: way.fault() or "right")
@pytest.mark.parametrize("count", [200, 40])
def test_every_way_round_is_set_right(
    digits: tuple[np.ndarray, np.ndarray], brought: lie.Way, count: int
) -> None:
    images, labels = (array[:count] for array in digits)
    found = lie.look(brought.images(images), labels)
    np.testing.assert_array_equal(found.way.images(brought.images(images)), images)
    assert found.remarks == ()
    assert bool(found.way.fault()) == (brought != lie.RIGHT)


def test_what_a_digit_looks_like_is_named_after_what_was_done() -> None:
    """The words say how the digits lie, not what is done about it."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 14] = image[0, 23, 14:20] = 255  # an L
    done = {
        "turned a quarter clockwise": np.rot90(image, -1, (1, 2)),
        "turned a quarter anticlockwise": np.rot90(image, 1, (1, 2)),
        "upside down": np.rot90(image, 2, (1, 2)),
        "transposed, with rows and columns exchanged": image.transpose(0, 2, 1),
        "mirrored left to right": image[:, :, ::-1],
        "mirrored top to bottom": image[:, ::-1],
    }
    for fault, lying in done.items():
        (way,) = [way for way in lie.WAYS if way.fault() == fault]
        np.testing.assert_array_equal(way.images(lying), image)


@pytest.mark.parametrize(
    ("added", "fault"), [(1, "labelled 1 too high"), (9, "labelled 1 too low")]
)
def test_labels_that_are_all_off_by_one_are_set_right(
    digits: tuple[np.ndarray, np.ndarray], added: int, fault: str
) -> None:
    images, labels = digits
    way = lie.look(images, (labels + added) % 10).way
    assert way.fault() == fault
    np.testing.assert_array_equal(way.labels((labels + added) % 10), labels)


def test_labels_of_other_images_are_said(digits: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = digits
    # The sample counts from 0 to 9: in its order the next label would be one too high.
    order = np.random.default_rng(0).permutation(len(labels))
    images, labels = images[order], labels[order]
    for spoilt, word in (
        (np.roll(labels, 1), "after them"),
        (np.roll(labels, -1), "before them"),
        (np.random.default_rng(1).permutation(labels), "shuffled"),
        (np.array([3, 1, 2, 0, 4, 5, 6, 7, 9, 8])[labels], "exchanged"),
    ):
        found = lie.look(images, spoilt)
        assert word in found.remarks[0]
        assert found.way == lie.RIGHT
        assert not found.refusal


def test_few_digits_are_never_refused(digits: tuple[np.ndarray, np.ndarray]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28), np.uint8)
    assert not lie.look(noise, digits[1][:50]).refusal


def test_two_kinds_that_look_alike_mirrored_stay_as_they_are() -> None:
    data = sample.load()
    some = np.flatnonzero(np.isin(data.y_train, (0, 1, 8)))[:100]
    assert lie.look(data.x_train[some], data.y_train[some]).way == lie.RIGHT


def test_what_is_no_digit_is_refused() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (200, 28, 28), np.uint8)
    assert "letters, clothes" in lie.look(noise, np.arange(200) % 10).refusal


@pytest.mark.parametrize(
    "name", ["Latin letters, one half", "Cyrillic letters", "Arabic letters", "Greek letters"]
)
def test_letters_labelled_0_to_9_are_refused(name: str) -> None:
    (kind,) = [kind for kind in others.KINDS if kind.name == name]
    rng = np.random.default_rng(0)
    images = np.stack([as_bytes(to_mnist(kind.make(rng))) for _ in range(120)])
    assert "letters, clothes" in lie.look(images, np.arange(120, dtype=np.uint8) % 10).refusal


def test_without_the_model_nothing_is_said(
    digits: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lie, "_model", lambda: None)
    assert lie.look(255 - digits[0], digits[1]) == lie.Finding()
