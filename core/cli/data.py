"""The command `data` of ``python -m core``."""

from pathlib import Path
from typing import Any

import click
import numpy as np

from core.cli.fetch import NAMES, fetch_missing
from core.cli.output import as_json, say


@click.command()
@click.argument("path", required=False)
@click.option(
    "--fetch",
    type=click.Choice(NAMES),
    is_flag=False,
    flag_value="mnist",
    help="Download a data set if it is missing: MNIST, unless another one is named.",
)
@as_json
def data(path: str | None, fetch: str | None, as_json: bool) -> None:
    """Show the data sets here, or what a file or folder holds.

    PATH is whatever holds digits: a CSV file, a folder or .zip of pictures by digit, an .npz, .npy,
    .mat, HDF5, Parquet or JSON file, or IDX files. Says what was recognised, how many there are of
    each digit, and what `train` sets right: black on white, transposed, turned or mirrored digits.
    """
    from core.data import (
        default_source,
        existing,
        files,
        idx,
        load,
        load_test,
        mnist,
        pendigits,
        qmnist,
        stroke_files,
    )

    if fetch is not None:
        fetch_missing(fetch, quiet=as_json)
    found = mnist.find()
    second, third = qmnist.find(), stroke_files.find(pendigits.NAME)
    facts: dict[str, Any] = {
        "mnist": None if found is None else str(found),
        "qmnist": None if second is None else str(second),
        "strokes": None if third is None else str(third),
    }
    if path == qmnist.NAME:
        test = load_test(path)
        facts |= {"source": path, "title": "QMNIST", "digest": test.digest}
        arrays = {"y_train": test.y[:0], "y_test": test.y}
        facts |= {"recognised": "QMNIST, only to be tested on", "set_right": [], "remarks": []}
    elif path in (None, "mnist", "sample"):
        digits = load(path or default_source())
        facts |= {"source": digits.name, "title": digits.title, "digest": digits.digest}
        arrays = {"y_train": digits.y_train, "y_test": digits.y_test}
        facts |= {"recognised": digits.title, "set_right": [], "remarks": []}
    else:
        place = existing(path)
        # What is kept was looked at when it was brought, and stays as it is.
        brought = files.look(place, as_is=place in files.own_files())
        arrays = brought.arrays()
        facts |= {"source": path, "title": brought.title, "digest": idx.sha256(*arrays.values())}
        facts |= {"recognised": brought.recognised, "set_right": brought.set_right()}
        facts |= {"remarks": brought.remarks}
    labels = [arrays["y_train"], arrays["y_test"]]
    facts |= {"train": len(labels[0]), "test": len(labels[1])}
    facts["labels"] = np.bincount(np.concatenate(labels), minlength=10).tolist()
    say(as_json, facts, _about_data(facts, found, path))


def _about_data(facts: dict[str, Any], mnist: Path | None, path: str | None) -> list[str]:
    parts = f"{facts['train']:,} training and {facts['test']:,} test images"
    if path in (None, "mnist", "sample"):
        return [
            f"MNIST: {'not on this machine; --fetch downloads it' if mnist is None else mnist}",
            f"QMNIST: {facts['qmnist'] or 'not on this machine; --fetch qmnist downloads it'}",
            f"Strokes: {facts['strokes'] or 'not on this machine; --fetch strokes downloads them'}",
            f"In use: {facts['title']}, {parts}",
        ]
    each = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(facts["labels"]))
    return [
        f"{path}: {facts['recognised']}",
        f"{parts}; {each}",
        *(f"{said} --as-is keeps them as they are." for said in facts["set_right"]),
        *facts["remarks"],
    ]
