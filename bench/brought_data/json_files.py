"""JSON: records or columns, and a record on each line."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.brought_data.forms import PIXELS, REFUSED, TAKEN, Digits, form
from bench.brought_data.named_arrays import four
from bench.brought_data.pictures import png
from bench.brought_data.tables import rows, text


def _json(name: str, made: Callable[[Digits], object], wish: str = TAKEN) -> None:
    form("JSON", name, wish)(lambda p, d: p.write_text(json.dumps(made(d))))


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


@form("JSON", "hugging_face.jsonl")
def _(path: Path, digits: Digits) -> None:
    path.write_text("\n".join(map(json.dumps, records(digits.x, digits.y))))


@form("JSON", "a_file_a_digit")  # as a package of npm keeps them
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    for digit in range(10):
        own = digits.flat[digits.y == digit] / 255
        (path / f"{digit}.json").write_text(json.dumps({"data": own.ravel().tolist()}))


@form("JSON", "metadata_beside")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    text(path / "train.csv", rows(digits), ["label", *PIXELS])
    about = {"title": "MNIST", "licenses": [{"name": "CC0-1.0"}]}
    (path / "dataset-metadata.json").write_text(json.dumps(about))


@form("JSON", "labels_beside_pictures")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    for k, image in enumerate(digits.x):
        (path / f"{k:04}.png").write_bytes(png(image))
    labels = {f"{k:04}.png": int(y) for k, y in enumerate(digits.y)}
    (path / "labels.json").write_text(json.dumps(labels, indent=2))


@form("JSON", "metadata_beside_pictures")
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
