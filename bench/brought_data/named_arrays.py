"""Arrays by name: ``.npz`` and ``.npy`` files with the names that people choose."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from bench.brought_data.forms import REFUSED, TAKEN, TOLD, Digits, form
from bench.brought_data.tables import text


def _npz(
    name: str, arrays: Callable[[Digits], dict], wish: str = TAKEN, exact: bool = True
) -> None:
    form("arrays", name, wish, exact)(lambda p, d: np.savez_compressed(p, **arrays(d)))


def four(d: Digits, *names: str) -> dict[str, np.ndarray]:
    """Return the four arrays by these names."""
    return dict(zip(names, (d.x, d.y, d.tx, d.ty), strict=True))


_npz("x_train.npz", lambda d: four(d, "x_train", "y_train", "x_test", "y_test"))
_npz("X_y.npz", lambda d: {"X": d.x, "y": d.y})
_npz("arr_0.npz", lambda d: {"arr_0": d.x, "arr_1": d.y})
_npz("arr_0_to_3.npz", lambda d: four(d, "arr_0", "arr_1", "arr_2", "arr_3"))
_npz(
    "train_images.npz",
    lambda d: four(d, "train_images", "train_labels", "test_images", "test_labels"),
)
_npz("trainX.npz", lambda d: four(d, "trainX", "trainY", "testX", "testY"))
_npz("Xtrain.npz", lambda d: four(d, "Xtrain", "ytrain", "Xtest", "ytest"))
_npz("any_names.npz", lambda d: {"foo": d.x, "bar": d.y})
_npz("validation.npz", lambda d: four(d, "train_x", "train_y", "valid_x", "valid_y"))
_npz("with_writers.npz", lambda d: {"x": d.x, "y": d.y, "writers": np.arange(len(d.y)) // 7})
_npz("data_images_target.npz", lambda d: {"data": d.flat, "images": d.x, "target": d.y})
_npz("data_target.npz", lambda d: {"data": d.flat, "target": d.y})
_npz("channel_first.npz", lambda d: {"X": d.x[:, None], "y": d.y})
_npz("colour.npz", lambda d: {"X": np.repeat(d.x[..., None], 3, 3), "y": d.y})
_npz("colour_first.npz", lambda d: {"X": np.repeat(d.x[:, None], 3, 1), "y": d.y})
_npz("one_hot.npz", lambda d: {"X": d.x, "y": np.eye(10)[d.y]})
_npz("column_of_labels.npz", lambda d: {"X": d.x, "y": d.y[:, None]})
_npz("labels_float.npz", lambda d: {"X": d.x, "y": d.y.astype("f4")})
_npz("labels_text.npz", lambda d: {"X": d.x, "y": d.y.astype(str)})
_npz("ten_is_zero.npz", lambda d: {"X": d.x, "y": np.where(d.y == 0, 10, d.y)})
_npz("minus_1_to_1.npz", lambda d: {"X": (d.x / 127.5 - 1).astype("f4"), "y": d.y})
_npz("standardised.npz", lambda d: {"X": ((d.x / 255 - 0.1307) / 0.3081).astype("f4"), "y": d.y})
_npz("float_255.npz", lambda d: {"X": d.x.astype("f8"), "y": d.y.astype("i8")})
_npz("each_pixel_standardised.npz", lambda d: {"X": each_pixel(d.flat), "y": d.y}, exact=False)
_npz("colour_and_transparency.npz", lambda d: {"X": transparent(d.x), "y": d.y})
_npz(
    "two_tables.npz",
    lambda d: {
        "train": np.hstack([d.flat, d.y[:, None]]),
        "test": np.hstack([d.tx.reshape(len(d.tx), -1), d.ty[:, None]]),
    },
)
_npz(
    "batches.npz",
    lambda d: (
        {f"data_batch_{k}": part for k, part in enumerate(np.array_split(d.x, 12))}
        | {f"labels_batch_{k}": part for k, part in enumerate(np.array_split(d.y, 12))}
    ),
)
_npz("divided_twice.npz", lambda d: {"X": d.x / 255 / 255, "y": d.y})
_npz("int32.npz", lambda d: {"X": d.x.astype("i4"), "y": d.y})
_npz("uint16.npz", lambda d: {"X": d.x.astype("u2") * 257, "y": d.y})
_npz("signed_bytes.npz", lambda d: {"X": d.x.astype("i1"), "y": d.y})
_npz("bool.npz", lambda d: {"X": d.x > 127, "y": d.y}, exact=False)
_npz("padded_32.npz", lambda d: {"X": np.pad(d.x, ((0, 0), (2, 2), (2, 2))), "y": d.y})
_npz("cropped_20.npz", lambda d: {"X": d.x[:, 4:24, 4:24], "y": d.y}, exact=False)
_npz("large_64.npz", lambda d: {"X": sized(d.x, 64), "y": d.y}, exact=False)
_npz("table_785.npz", lambda d: {"train": np.hstack([d.y[:, None], d.flat])})
_npz("inverted.npz", lambda d: {"X": 255 - d.x, "y": d.y}, TOLD)
_npz("inverted_64.npz", lambda d: {"X": 255 - sized(d.x, 64), "y": d.y}, TOLD, exact=False)
_npz("transposed.npz", lambda d: {"X": d.x.transpose(0, 2, 1), "y": d.y}, TOLD)
_npz("turned.npz", lambda d: {"X": np.rot90(d.x, 1, (1, 2)), "y": d.y}, TOLD)
_npz("upside_down.npz", lambda d: {"X": np.rot90(d.x, 2, (1, 2)), "y": d.y}, TOLD)
_npz("mirrored.npz", lambda d: {"X": d.x[:, :, ::-1], "y": d.y}, TOLD)
_npz("inverted_transposed.npz", lambda d: {"X": 255 - d.x.transpose(0, 2, 1), "y": d.y}, TOLD)
_npz("one_too_high.npz", lambda d: {"X": d.x, "y": d.y + 1}, TOLD)
_npz("next_label.npz", lambda d: {"X": d.x, "y": np.roll(d.y, 1)}, TOLD, exact=False)
_npz("shuffled.npz", lambda d: {"X": d.x, "y": shuffled(d.y)}, TOLD, exact=False)
_npz(
    "exchanged.npz",
    lambda d: {"X": d.x, "y": np.array([3, 1, 2, 0, 4, 5, 6, 7, 9, 8])[d.y]},
    TOLD,
    False,
)
_npz("letters_from_10.npz", lambda d: {"X": d.x, "y": d.y + 10}, REFUSED)
_npz("letters_named.npz", lambda d: {"X": d.x, "y": np.array(list("ABCDEFGHIJ"))[d.y]}, REFUSED)
_npz("clothes.npz", lambda d: {"X": clothes(d.y), "y": d.y}, REFUSED)
_npz("objects.npz", lambda d: {"X": d.x, "y": d.y.astype(object)}, REFUSED)
_npz("not_a_number.npz", lambda d: {"X": np.where(d.x == 255, np.nan, d.x), "y": d.y}, REFUSED)
_npz("no_labels.npz", lambda d: {"X": d.x}, REFUSED)
_npz("in_doubt.npz", lambda d: {"a": d.x, "b": d.y, "c": d.x}, REFUSED)
_npz("too_few_labels.npz", lambda d: {"X": d.x, "y": d.y[:-3]}, REFUSED)


def sized(images: np.ndarray, side: int) -> np.ndarray:
    """Scale images, uint8 (n, 28, 28), to another size."""
    return np.stack([np.asarray(Image.fromarray(x).resize((side, side), 2)) for x in images])


def each_pixel(rows: np.ndarray) -> np.ndarray:
    """Standardise each column of (n, 784), as scikit-learn's StandardScaler does."""
    return (rows - rows.mean(axis=0)) / np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1)


def transparent(images: np.ndarray) -> np.ndarray:
    """Return black ink on nothing, uint8 (n, 28, 28, 4)."""
    return np.concatenate([np.zeros((*images.shape, 3), np.uint8), images[..., None]], axis=3)


def shuffled(labels: np.ndarray) -> np.ndarray:
    """Put labels into another order."""
    return np.random.default_rng(0).permutation(labels)


def clothes(labels: np.ndarray) -> np.ndarray:
    """Draw ten kinds of filled grey shapes that are no digits, uint8 (n, 28, 28)."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:28, :28]
    images = np.zeros((len(labels), 28, 28))
    for image, kind in zip(images, labels, strict=True):
        low, high = sorted(rng.integers(4 + kind % 3, 24, 2) // 2 * [1, 1] + [0, 12])
        wide = 6 + kind % 4 * 2 + rng.integers(0, 3)
        body = (rows >= low) & (rows < high) & (abs(columns - 14) < wide)
        sleeves = (kind % 2 == 0) & (rows < low + 8) & (rows >= low) & (abs(columns - 14) < 13)
        hole = (kind % 5 == 1) & (rows > (low + high) // 2) & (abs(columns - 14) < 2)
        image[(body | sleeves) & ~hole] = rng.integers(90, 200)
        image += rng.normal(0, 12, (28, 28)) * (image > 0)
    return images.clip(0, 255).astype(np.uint8)


@form("arrays", "npy")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    np.save(path / "images.npy", digits.x)
    np.save(path / "labels.npy", digits.y)


@form("arrays", "npy_with_text")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    np.save(path / "images.npy", digits.x)
    text(path / "labels.txt", digits.y[:, None].tolist())


@form("arrays", "rows_785.npy")
def _(path: Path, digits: Digits) -> None:
    np.save(path, np.hstack([digits.y[:, None], digits.flat]))
