"""Forms of what people bring: whether they are taken, told or rightly refused.

    python -m bench.brought

Each form is made from 600 and 300 digits of MNIST as `bench.brought_data` says, and read as the app
and ``train --data`` read it.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from bench import machine, tables
from bench.brought_data import FORMS, REFUSED, TAKEN, TOLD, Digits, Form
from core.data import files, load
from core.errors import DigitLabError


@click.command(help=__doc__)
@click.option("--each", is_flag=True, help="Say of each form what came of it.")
def main(each: bool) -> None:
    """Print the tables."""
    print(machine.describe("pandas", "scipy", "h5py", "pyarrow"))
    print()
    print(data(each))


def data(each: bool = False) -> str:
    """Return the table of data sets, a row for each kind."""
    mnist = load("mnist")
    digits = Digits(
        mnist.x_train[:600], mnist.y_train[:600], mnist.x_test[:300], mnist.y_test[:300]
    )
    right: Counter = Counter()
    wished: Counter = Counter()
    for name, form in FORMS.items():
        found, said = outcome(name, form, digits)
        wished[form.kind, form.wish] += 1
        right[form.kind, form.wish] += found == form.wish
        if each:
            print(f"{name}: {found}{'' if found == form.wish else f', not {form.wish}'}. {said}")
    rows = [
        [
            kind,
            *(_of(right[kind, wish], wished[kind, wish]) for wish in (TAKEN, TOLD, REFUSED)),
        ]
        for kind in dict.fromkeys(form.kind for form in FORMS.values())
    ]
    return tables.markdown(
        ["data sets", "taken", "taken and told", "rightly refused"],
        rows,
    )


def outcome(name: str, form: Form, digits: Digits) -> tuple[str, str]:
    """Return what came of a form, and what was said; ``wrong`` if other digits came back."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        form.write(path, digits)
        try:
            found = files.look(path)
        except DigitLabError as fault:
            return REFUSED, str(fault)
    arrays = found.arrays()
    if form.exact and not set(_pairs(arrays)) <= set(_of_digits(digits)):
        return "wrong", found.recognised
    told = [*found.set_right(), *found.remarks]
    return (TOLD, " ".join(told)) if told else (TAKEN, found.recognised)


def _pairs(arrays: dict[str, np.ndarray]) -> Iterator[tuple[bytes, int]]:
    for images, labels in (("x_train", "y_train"), ("x_test", "y_test")):
        for image, label in zip(arrays[images], arrays[labels], strict=True):
            yield image.tobytes(), int(label)


def _of_digits(digits: Digits) -> Iterator[tuple[bytes, int]]:
    for images, labels in ((digits.x, digits.y), (digits.tx, digits.ty)):
        for image, label in zip(images, labels, strict=True):
            yield image.tobytes(), int(label)


def _of(right: int, count: int) -> str:
    return f"{right} of {count}" if count else "–"


if __name__ == "__main__":
    main()
