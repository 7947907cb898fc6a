"""Files of other programs: HDF5, MATLAB, Parquet, and what is refused."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.brought_data.forms import PIXELS, REFUSED, TAKEN, TOLD, Digits, form
from bench.brought_data.named_arrays import four
from bench.brought_data.pictures import png, zipped


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
    return form("other programs", name, wish, exact)


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
