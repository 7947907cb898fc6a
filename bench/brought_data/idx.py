"""IDX, the format of MNIST's own four files."""

import gzip
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from bench.brought_data.forms import TAKEN, TOLD, Digits, form


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

        form("IDX", name, wish)(write)

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


@form("IDX", "emnist_with_letters", TOLD)
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits, turned=True).items():
        name = f"{part.replace('t10k', 'test')}-idx{array.ndim}-ubyte.gz"
        idx(path / f"emnist-digits-{name}", array)
        idx(path / f"emnist-letters-{name}", array + (1 if array.ndim == 1 else 0))


@form("IDX", "qmnist")
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits).items():
        name = f"qmnist-{part.replace('t10k', 'test')}-idx{array.ndim}"
        if array.ndim == 3:
            idx(path / f"{name}-ubyte.gz", array)
        else:  # of each label its writer and so on
            columns = np.column_stack([array, *(np.arange(len(array)) + k for k in range(7))])
            idx(path / f"{name}-int.gz", columns, 0x0C, ">i4")


@form("IDX", "idx_floats")
def _(path: Path, digits: Digits) -> None:
    for part, array in parts(digits).items():
        kind, code = (0x0D, ">f4") if array.ndim == 3 else (0x0C, ">i4")
        idx(path / f"{part}.idx", array / 255 if array.ndim == 3 else array, kind, code)
