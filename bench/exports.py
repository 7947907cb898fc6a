"""Benchmark of exports: size, speed and accuracy of a model in each export format.

    python -m bench.exports --model sprint

Exports as ``python -m core export`` does, then runs each file on MNIST's test images.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from bench import machine, tables
from core import registry
from core.data import load_test
from core.export.delivery import deliver
from core.export.formats import FORMATS
from core.reading.normalise import as_floats

HEADER = ("format", "bytes", "accuracy", "answers as Keras", "largest difference of a probability")


@click.command()
@click.option("--model", default=registry.DEFAULT, show_default=True, help="Name, run or path.")
def main(model: str) -> None:
    """Print size, accuracy and agreement with Keras of each format."""
    from core.export import convert

    test = load_test("mnist")
    images = as_floats(test.x)[..., None]  # (n, 28, 28, 1)
    print(machine.describe())
    print(f"Model {model}; n = {len(images):,} test images of MNIST\n")
    print(tables.markdown(HEADER, []), flush=True)
    with TemporaryDirectory() as folder:
        expected = None
        for wanted in FORMATS.values():  # Keras comes first
            done = deliver(model, wanted, Path(folder, wanted.name, wanted.files[0]))
            found = convert.answers(wanted, done.path, images)
            expected = found if expected is None else expected
            digits = found.argmax(axis=1)
            cells = (
                wanted.title,
                f"{done.bytes:,}",
                f"{(digits == test.y).mean():.2%}",
                f"{(digits == expected.argmax(axis=1)).mean():.2%}",
                f"{np.abs(found - expected).max():.1g}",
            )
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
