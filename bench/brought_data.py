"""Data sets in the forms that people bring, made from a few digits.

For ``bench/brought.py`` and the tests. A form is a name, what should come of it, and what writes it
into an empty folder. The names and layouts are those of public repositories.
"""

import base64
import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

TAKEN, TOLD, REFUSED = "taken", "told", "refused"
PIXELS = [f"pixel{k}" for k in range(784)]
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ROWS = list(range(28))


@dataclass(frozen=True)
class Digits:
    """What every form is made from: uint8 (n, 28, 28) and (n,), white on black."""

    x: np.ndarray
    y: np.ndarray
    tx: np.ndarray
    ty: np.ndarray

    @property
    def flat(self) -> np.ndarray:
        """The training images, uint8 (n, 784)."""
        return self.x.reshape(len(self.x), -1)


@dataclass(frozen=True)
class Form:
    """A form of data set.

    Attributes
    ----------
    kind : str
        The group of the table that it stands in.
    wish : {'taken', 'told', 'refused'}
    write : callable
        Called with a path that does not exist, and digits.
    exact : bool
        Whether nothing of the images is lost, so that they come back as they were.
    """

    kind: str
    wish: str
    write: Callable[[Path, Digits], None]
    exact: bool = True


FORMS: dict[str, Form] = {}


def _form(kind: str, name: str, wish: str = TAKEN, exact: bool = True) -> Callable:
    def note(write: Callable[[Path, Digits], None]) -> Callable[[Path, Digits], None]:
        FORMS[name] = Form(kind, wish, write, exact)
        return write

    return note


# Tables


def rows(digits: Digits) -> list[list]:
    """Return a row for each digit: its label, then its pixels."""
    return [[int(y), *map(int, x)] for x, y in zip(digits.flat, digits.y, strict=True)]


def text(
    path: Path,
    lines: Iterable[Sequence[object]],
    head: Sequence[str] = (),
    separator: str = ",",
    encoding: str = "utf-8",
    end: str = "\n",
) -> None:
    """Write a table."""
    written = [separator.join(map(str, line)) for line in ([head] if head else [])]
    written += [separator.join(map(str, line)) for line in lines]
    path.write_bytes((end.join(written) + end).encode(encoding))


def _last(lines: list[list]) -> list[list]:
    return [line[1:] + line[:1] for line in lines]


def _table(name: str, wish: str = TAKEN, exact: bool = True) -> Callable:
    return _form("tables", name, wish, exact)


_HEAD = ["label", *PIXELS]
_table("kaggle.csv")(lambda p, d: text(p, rows(d), _HEAD))
_table("no_header.csv")(lambda p, d: text(p, rows(d)))
_table("label_last.csv")(lambda p, d: text(p, _last(rows(d))))
_table("class_last.csv")(lambda p, d: text(p, _last(rows(d)), [*PIXELS, "class"]))
_table("tabs.tsv")(lambda p, d: text(p, rows(d), _HEAD, "\t"))
_table("semicolons.csv")(lambda p, d: text(p, rows(d), _HEAD, ";"))
_table("spaces.txt")(lambda p, d: text(p, rows(d), (), " "))
_table("byte_order_mark.csv")(lambda p, d: text(p, rows(d), _HEAD, encoding="utf-8-sig"))
_table("unicode_text.txt")(lambda p, d: text(p, rows(d), _HEAD, "\t", "utf-16"))
_table("windows_lines.csv")(lambda p, d: text(p, rows(d), _HEAD, end="\r\n"))
_table("quoted.csv")(
    lambda p, d: text(p, [[f'"{cell}"' for cell in line] for line in rows(d)], _HEAD)
)
_table("trailing_comma.csv")(lambda p, d: text(p, [[*line, ""] for line in rows(d)], [*_HEAD, ""]))
_table("row_numbers.csv")(
    lambda p, d: text(p, [[k, *line] for k, line in enumerate(rows(d))], ["", *_HEAD])
)
_table("row_numbers_no_header.csv")(
    lambda p, d: text(p, [[k, *line] for k, line in enumerate(rows(d))])
)
_table("rows_by_columns.csv")(
    lambda p, d: text(p, rows(d), ["label", *(f"{i + 1}x{j + 1}" for i in _ROWS for j in _ROWS)])
)
_table("mnist.libsvm")(
    lambda p, d: text(
        p, [[y, *(f"{k}:{v}" for k, v in enumerate(x, 1) if v)] for y, *x in rows(d)], (), " "
    )
)
_table("words.csv")(lambda p, d: text(p, [[WORDS[line[0]], *line[1:]] for line in rows(d)], _HEAD))
_table("shares.csv")(
    lambda p, d: text(
        p, [[line[0], *(f"{v / 255:.5f}" for v in line[1:])] for line in rows(d)], _HEAD
    )
)
_table("decimal_commas.csv")(
    lambda p, d: text(
        p,
        [[line[0], *(f"{v / 255:.5f}".replace(".", ",") for v in line[1:])] for line in rows(d)],
        _HEAD,
        ";",
    )
)
_table("one_hot_last.csv")(
    lambda p, d: text(
        p, [[*x, *np.eye(10, dtype=int)[y]] for x, y in zip(d.flat, d.y, strict=True)]
    )
)
_table("packed.csv.gz")(lambda p, d: p.write_bytes(gzip.compress(_text_of(rows(d)))))
_table("numbered_columns.csv")(lambda p, d: text(p, _last(rows(d)), [str(k) for k in range(785)]))
_table("label_and_numbered_columns.csv")(
    lambda p, d: text(p, rows(d), ["label", *(str(k) for k in range(784))])
)
_table("without_labels.csv", REFUSED)(lambda p, d: text(p, d.flat.tolist(), PIXELS))
_table("a_word.csv", REFUSED)(
    lambda p, d: text(
        p, [["x" if k == 9 else v for k, v in enumerate(rows(d)[0])], *rows(d)], _HEAD
    )
)
_table("ragged.csv", REFUSED)(lambda p, d: text(p, [*rows(d), [*rows(d)[0], 1]], _HEAD))
_table("pen_coordinates.csv", REFUSED)(lambda p, d: text(p, [[*range(16), 3]] * 50))
_table("a_page.csv", REFUSED)(lambda p, d: p.write_text("<!DOCTYPE html><title>Sign in</title>"))
_table("only_a_header.csv", REFUSED)(lambda p, d: text(p, [], _HEAD))


def _text_of(lines: list[list]) -> bytes:
    return "\n".join(",".join(map(str, line)) for line in lines).encode()


@_table("shuffled_columns.csv")
def _(path: Path, digits: Digits) -> None:
    order = np.random.default_rng(0).permutation(784)
    lines = [[*x[order], y] for x, y in zip(digits.flat, digits.y, strict=True)]
    text(path, lines, [*(PIXELS[k] for k in order), "digit"])


@_table("labels_in_another_file")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    text(path / "csvTrainImages 600x784.csv", digits.flat.tolist())
    text(path / "csvTrainLabel 600x1.csv", digits.y[:, None].tolist())


@_table("openml.arff")
def _(path: Path, digits: Digits) -> None:
    names = "".join(f"@ATTRIBUTE pixel{k + 1} real\n" for k in range(784))
    head = f"% a comment\n@RELATION mnist\n{names}@ATTRIBUTE class {{0,1,2,3,4,5,6,7,8,9}}\n@DATA\n"
    path.write_bytes(head.encode() + _text_of(_last(rows(digits))))


@_table("competition.zip")
def _(path: Path, digits: Digits) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", ",".join(_HEAD) + "\n" + _text_of(rows(digits)).decode())
        archive.writestr(
            "test.csv", ",".join(PIXELS) + "\n" + _text_of(digits.flat.tolist()).decode()
        )
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,0\n")


@_table("counts_to_16.csv", exact=False)
def _(path: Path, digits: Digits) -> None:
    text(path, [[*np.rint(x / 16), y] for x, y in zip(digits.flat, digits.y, strict=True)])


# Arrays by name


def _npz(
    name: str, arrays: Callable[[Digits], dict], wish: str = TAKEN, exact: bool = True
) -> None:
    _form("arrays", name, wish, exact)(lambda p, d: np.savez_compressed(p, **arrays(d)))


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


@_form("arrays", "npy")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    np.save(path / "images.npy", digits.x)
    np.save(path / "labels.npy", digits.y)


@_form("arrays", "npy_with_text")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    np.save(path / "images.npy", digits.x)
    text(path / "labels.txt", digits.y[:, None].tolist())


@_form("arrays", "rows_785.npy")
def _(path: Path, digits: Digits) -> None:
    np.save(path, np.hstack([digits.y[:, None], digits.flat]))


# IDX


def idx(path: Path, array: np.ndarray, kind: int = 8, code: str = "u1") -> None:
    """Write an IDX file, packed if its name says so."""
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    content = bytes([0, 0, kind, array.ndim]) + sizes + array.astype(code).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def parts(digits: Digits, turned: bool = False) -> dict[str, np.ndarray]:
    """Return the four arrays by the names of MNIST's files."""
    x, tx = (a.transpose(0, 2, 1) if turned else a for a in (digits.x, digits.tx))
    return {
        "train-images": x,
        "train-labels": digits.y,
        "t10k-images": tx,
        "t10k-labels": digits.ty,
    }


def _idx(name: str, wish: str = TAKEN, turned: bool = False, **options: object) -> Callable:
    def note(place: Callable[[str, int], Iterable[str]]) -> None:
        def write(path: Path, digits: Digits) -> None:
            for part, array in parts(digits, turned).items():
                for file in place(part, array.ndim):
                    idx(path / file, array)

        _form("IDX", name, wish)(write)

    return note


_idx("idx")(lambda part, n: [f"{part}-idx{n}-ubyte.gz"])
_idx("torchvision")(
    lambda part, n: [f"MNIST/raw/{part}-idx{n}-ubyte", f"MNIST/raw/{part}-idx{n}-ubyte.gz"]
)
_idx("dotted_and_nested")(
    lambda part, n: [f"{part}.idx{n}-ubyte", f"{part}-idx{n}-ubyte/{part}-idx{n}-ubyte"]
)
_idx("idx_other_names")(lambda part, n: [f"{part.replace('t10k', 'test').replace('-', '_')}.bin"])
_idx("emnist", TOLD, turned=True)(
    lambda part, n: [f"gzip/emnist-digits-{part.replace('t10k', 'test')}-idx{n}-ubyte.gz"]
)


@_form("IDX", "emnist_with_letters", TOLD)
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits, turned=True).items():
        name = f"{part.replace('t10k', 'test')}-idx{array.ndim}-ubyte.gz"
        idx(path / f"emnist-digits-{name}", array)
        idx(path / f"emnist-letters-{name}", array + (1 if array.ndim == 1 else 0))


@_form("IDX", "qmnist")
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits).items():
        name = f"qmnist-{part.replace('t10k', 'test')}-idx{array.ndim}"
        if array.ndim == 3:
            idx(path / f"{name}-ubyte.gz", array)
        else:  # of each label its writer and so on
            columns = np.column_stack([array, *(np.arange(len(array)) + k for k in range(7))])
            idx(path / f"{name}-int.gz", columns, 0x0C, ">i4")


@_form("IDX", "idx_floats")
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits).items():
        kind, code = (0x0D, ">f4") if array.ndim == 3 else (0x0C, ">i4")
        idx(path / f"{part}.idx", array / 255 if array.ndim == 3 else array, kind, code)


# Pictures


def png(image: np.ndarray | Image.Image) -> bytes:
    """Write a picture as PNG."""
    content = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(content, "PNG")
    return content.getvalue()


def pictures(
    digits: Digits, place: Callable[[int, int], str], look: Callable | None = None
) -> dict[str, bytes]:
    """Return the training digits as PNG files by their path, placed by number and label."""
    return {
        place(k, int(y)): png(x if look is None else look(Image.fromarray(x)))
        for k, (x, y) in enumerate(zip(digits.x, digits.y, strict=True))
    }


def folder(path: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def zipped(path: Path, files: dict[str, bytes]) -> None:
    """Write files into a .zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _folder(
    name: str,
    place: Callable[[int, int], str],
    look: Callable | None = None,
    wish: str = TAKEN,
    exact: bool = True,
) -> None:
    _form("pictures", name, wish, exact)(lambda p, d: folder(p, pictures(d, place, look)))


def _part_of(k: int) -> str:
    return "train" if k % 4 else "test"


def _on_white(image: Image.Image) -> Image.Image:
    return Image.fromarray(255 - np.asarray(image.resize((140, 140), 3)))


_folder("by_class", lambda k, y: f"{y}/{k}.png")
_folder("split_by_class", lambda k, y: f"mnist_png/{_part_of(k)}ing/{y}/{k}.png")
_folder("class_by_split", lambda k, y: f"{y}/{_part_of(k)}/{k}.png")
_folder("named_folders", lambda k, y: f"digit_{y}/{k}.png")
_folder("word_folders", lambda k, y: f"{WORDS[y]}/{k}.png")
_folder("digit_first", lambda k, y: f"{y}_{k:05}.png")
_folder("digit_last", lambda k, y: f"img_{k:05}_{y}.png")
_folder("spelled", lambda k, y: f"{WORDS[y]}_{k}.png")
_folder("in_colours", lambda k, y: f"{y}/{k}.png", lambda image: image.convert("RGB"))
_folder(
    "black_on_white", lambda k, y: f"{y}/{k}.png", lambda i: Image.eval(i, lambda v: 255 - v), TOLD
)
_folder("large_on_white", lambda k, y: f"{y}/{k}.png", _on_white, exact=False)
_folder("letter_folders", lambda k, y: f"{'ABCDEFGHIJ'[y]}/{k}.png", None, REFUSED)
_folder("no_class", lambda k, y: f"{k:05}.png", None, REFUSED)


@_form("pictures", "of_transparent_ink", TOLD)
def _(path: Path, digits: Digits) -> None:
    def ink(image: Image.Image) -> Image.Image:
        return Image.merge("RGBA", [Image.new("L", image.size, 0)] * 3 + [image])

    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png", ink))


@_form("pictures", "with_a_list")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"images/{k}.png"))
    lines = [f"{k},images/{k}.png,{y}\n" for k, y in enumerate(digits.y)]
    (path / "labels.csv").write_text(",file,label\n" + "".join(lines))


@_form("pictures", "unlabelled_test")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"train/{y}/{k}.png"))
    folder(path, {f"test/{k}.png": png(x) for k, x in enumerate(digits.tx)})


@_form("pictures", "with_litter")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png"))
    litter = {".DS_Store": b"\0\1", "README.md": b"hello", "__MACOSX/3/._1.png": b"\0"}
    folder(path, litter)


@_form("pictures", "one_is_torn", REFUSED)
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png") | {"3/torn.png": b"\x89PNG\r\n"})


@_form("pictures", "pictures.zip")
def _(path: Path, digits: Digits) -> None:
    zipped(path, pictures(digits, lambda k, y: f"digits/{_part_of(k)}/{y}/{k}.png"))


@_form("pictures", "of_windows.zip")
def _(path: Path, digits: Digits) -> None:
    zipped(path, pictures(digits, lambda k, y: f"digits\\{y}\\{k}.png"))


@_form("pictures", "number_dot_label")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{k:05}.{y}.png"))


@_form("pictures", "grey_maps")
def _(path: Path, digits: Digits) -> None:
    for k, (image, label) in enumerate(zip(digits.x, digits.y, strict=True)):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path / str(label) / f"{k}.pgm")


@_form("pictures", "pictures.tar.gz")
def _(path: Path, digits: Digits) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in pictures(digits, lambda k, y: f"./mnist_png/{y}/{k}.png").items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))


# Files of other programs


def hdf5(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as an HDF5 file."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def mat(path: Path, arrays: dict) -> None:
    """Write arrays and structures as a MATLAB file."""
    from scipy.io import savemat

    savemat(path, arrays, do_compression=True)


def parquet(path: Path, columns: dict[str, list]) -> None:
    """Write columns as a Parquet file."""
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table(columns), path)


def _usps(digits: Digits) -> np.ndarray:
    """Return equally many images of the digits 1 to 9 and then 0: uint8 (784, n, 10)."""
    n = int(np.bincount(digits.y).min())
    return np.stack([digits.flat[digits.y == k % 10][:n].T for k in range(1, 11)], axis=-1)


def _other(name: str, wish: str = TAKEN, exact: bool = True) -> Callable:
    return _form("other programs", name, wish, exact)


_other("digits.h5")(lambda p, d: hdf5(p, four(d, "x_train", "y_train", "x_test", "y_test")))
_other("groups.h5")(
    lambda p, d: hdf5(p, four(d, "train/data", "train/target", "test/data", "test/target"))
)
_other("original.mat")(lambda p, d: mat(p, {"data": d.flat.T, "label": d.y[None].astype(float)}))
_other("svhn.mat")(
    lambda p, d: mat(
        p,
        {
            "X": np.repeat(d.x.transpose(1, 2, 0)[:, :, None], 3, 2),
            "y": np.where(d.y == 0, 10, d.y)[:, None],
        },
    )
)
_other("train0_to_9.mat")(lambda p, d: mat(p, {f"train{k}": d.flat[d.y == k] for k in range(10)}))
_other("usps_all.mat")(lambda p, d: mat(p, {"data": _usps(d)}))
_other("emnist.mat", TOLD)(
    lambda p, d: mat(
        p,
        {
            "dataset": {
                part: {
                    "images": x.transpose(0, 2, 1).reshape(len(x), -1),
                    "labels": y[:, None],
                    "writers": y[:, None],
                }
                for part, x, y in (("train", d.x, d.y), ("test", d.tx, d.ty))
            }
        },
    )
)
_other("hugging_face.parquet")(
    lambda p, d: parquet(
        p, {"image": [{"bytes": png(x), "path": None} for x in d.x], "label": d.y.tolist()}
    )
)
_other("lists.parquet")(lambda p, d: parquet(p, {"pixels": d.flat.tolist(), "label": d.y.tolist()}))
_other("columns.parquet")(
    lambda p, d: parquet(
        p, {name: d.flat[:, k].tolist() for k, name in enumerate(PIXELS)} | {"label": d.y.tolist()}
    )
)
_other("mnist.pkl", REFUSED)(lambda p, d: p.write_bytes(pickle.dumps((d.x, d.y))))
_other("mnist.pkl.gz", REFUSED)(lambda p, d: p.write_bytes(gzip.compress(pickle.dumps((d.x, d.y)))))
_other("weights.pt", REFUSED)(lambda p, d: zipped(p, {"archive/data.pkl": pickle.dumps({})}))
_other("data-00000-of-00001.arrow", REFUSED)(
    lambda p, d: p.write_bytes(b"\xff\xff\xff\xff\x10\x02\0\0" + bytes(600))
)
_other("digits.7z", REFUSED)(lambda p, d: p.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(60)))
_other("digits.xlsx", REFUSED)(
    lambda p, d: zipped(p, {"[Content_Types].xml": b"<?xml?>", "xl/sheet1.xml": b"<?xml?>"})
)
_other("one.png", REFUSED)(lambda p, d: p.write_bytes(png(d.x[0])))
_other("empty", REFUSED)(lambda p, d: p.mkdir())
_other("empty.csv", REFUSED)(lambda p, d: p.write_bytes(b""))


# JSON


def _json(name: str, made: Callable[[Digits], object], wish: str = TAKEN) -> None:
    _form("JSON", name, wish)(lambda p, d: p.write_text(json.dumps(made(d))))


def records(x: np.ndarray, y: np.ndarray, image: str = "image", label: str = "label") -> list[dict]:
    """Return an object for each digit."""
    return [{image: one.tolist(), label: int(its)} for one, its in zip(x, y, strict=True)]


def _frame(digits: Digits) -> list[dict]:
    return [dict(zip(["label", *PIXELS], row, strict=True)) for row in rows(digits)]


def _base64(image: np.ndarray) -> str:
    return base64.b64encode(png(image)).decode()


_json("records.json", lambda d: records(d.x, d.y))
_json("named.json", lambda d: {"version": 1, "data": records(d.flat, d.y, "pixels", "digit")})
_json("parts.json", lambda d: {"train": records(d.x, d.y, "x", "y"), "test": records(d.tx, d.ty)})
_json("columns.json", lambda d: {"X": d.x.tolist(), "y": d.y.tolist()})
_json("images_labels.json", lambda d: {"images": d.flat.tolist(), "labels": d.y.tolist()})
_json("scaled.json", lambda d: {"images": (d.x / 255).tolist(), "labels": np.eye(10)[d.y].tolist()})
_json(
    "keras.json",
    lambda d: {
        name: array.tolist()
        for name, array in four(d, "x_train", "y_train", "x_test", "y_test").items()
    },
)
_json("in_one_list.json", lambda d: {"images": d.x.ravel().tolist(), "labels": d.y.tolist()})
_json("pairs.json", lambda d: [[x.tolist(), int(y)] for x, y in zip(d.x, d.y, strict=True)])
_json("rows.json", rows)
_json("frame_records.json", _frame)
_json(
    "frame_columns.json",  # pandas' own way
    lambda d: {
        name: dict(zip(map(str, range(len(d.y))), column, strict=True))
        for name, column in zip(["label", *PIXELS], zip(*rows(d), strict=True), strict=True)
    },
)
_json("frame_index.json", lambda d: {str(k): row for k, row in enumerate(_frame(d))})
_json(
    "frame_split.json",
    lambda d: {"columns": ["label", *PIXELS], "index": list(range(len(d.y))), "data": rows(d)},
)
_json(
    "base64.json",
    lambda d: [{"image": _base64(x), "label": str(y)} for x, y in zip(d.x, d.y, strict=True)],
)
_json(
    "data_addresses.json",
    lambda d: {
        "images": [f"data:image/png;base64,{_base64(x)}" for x in d.x],
        "labels": d.y.tolist(),
    },
)


@_form("JSON", "hugging_face.jsonl")
def _(path: Path, digits: Digits) -> None:
    path.write_text("\n".join(map(json.dumps, records(digits.x, digits.y))))


@_form("JSON", "a_file_a_digit")  # as a package of npm keeps them
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    for digit in range(10):
        own = digits.flat[digits.y == digit] / 255
        (path / f"{digit}.json").write_text(json.dumps({"data": own.ravel().tolist()}))


@_form("JSON", "metadata_beside")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    text(path / "train.csv", rows(digits), ["label", *PIXELS])
    about = {"title": "MNIST", "licenses": [{"name": "CC0-1.0"}]}
    (path / "dataset-metadata.json").write_text(json.dumps(about))


@_form("JSON", "labels_beside_pictures")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    for k, image in enumerate(digits.x):
        (path / f"{k:04}.png").write_bytes(png(image))
    labels = {f"{k:04}.png": int(y) for k, y in enumerate(digits.y)}
    (path / "labels.json").write_text(json.dumps(labels, indent=2))


@_form("JSON", "metadata_beside_pictures")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    lines = []
    for k, (image, label) in enumerate(zip(digits.x, digits.y, strict=True)):
        (path / f"{k:04}.png").write_bytes(png(image))
        lines.append(json.dumps({"file_name": f"{k:04}.png", "label": int(label)}))
    (path / "metadata.jsonl").write_text("\n".join(lines))


_json("one_image.json", lambda d: {"image": d.flat[0].tolist()}, REFUSED)
_json("letters.json", lambda d: records(d.x, d.y + 10), REFUSED)
_json(
    "sizes_differ.json",
    lambda d: records(d.x, d.y) + [{"image": [[0, 1], [1, 0]], "label": 3}],
    REFUSED,
)
_json("no_data.json", lambda d: {"name": "digits", "version": "1.0"}, REFUSED)
