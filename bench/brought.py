"""Forms of what people bring: whether they are taken, told or rightly refused.

    python -m bench.brought

Each form of data is made from 600 and 300 digits of MNIST as `bench.brought_data` says, and read as
the app and ``train --data`` read it. Models are made as `bench.brought_models` says, and taken as
``evaluate`` takes them. Pictures are made as `bench.brought_pictures` says, and read as Draw and
``read`` read them. Their digits were written on tablets by the writers of the figures, if
``DIGIT_LAB_PEN_STROKES`` names a file of them (see ``bench/strokes.py``); else they are generated.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from bench import brought_models, machine, strokes, tables
from bench.brought_data import FORMS, REFUSED, TAKEN, TOLD, Digits, Form
from bench.brought_pictures import KINDS, Brought, Hand
from core import registry
from core.brought_models import adopt
from core.data import files, load
from core.data.stroke_files import Strokes
from core.errors import DigitLabError
from core.reading import gate
from core.reading.pictures import decode
from core.reading.reader import Reading, read
from core.strokes.digits import write

ANSWERS = ("right", "right, but not sure", "not read, and said so", "wrong and called certain")


@click.command(help=__doc__)
@click.option("--each", is_flag=True, help="Say of each form what came of it.")
@click.option("--count", default=40, show_default=True, help="Pictures of each kind.")
def main(each: bool, count: int) -> None:
    """Print the tables."""
    print(machine.describe("pandas", "scipy", "h5py", "pyarrow"))
    print()
    print(data(each))
    print()
    print(models(each))
    print()
    print(pictures(count))


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


def pictures(count: int) -> str:
    """Return the table of pictures, a row for each kind with the shares of its pictures."""
    people = strokes.from_environment("People's hands are")
    predictor, judge = registry.find("flagship").predictor(), gate.load()
    rows = []
    for number, (name, make) in enumerate(KINDS.items()):
        came: Counter[str] = Counter()
        for k in range(count):
            brought = make(np.random.default_rng([1, number, k]), _hand(people))
            found = read(decode(brought.content), predictor, judge, turns=True)
            came[answered(found, brought)] += 1
        rows.append([name, *(_of(came[kind], count) for kind in ANSWERS)])
    return tables.markdown(["pictures", *ANSWERS], rows)


def _hand(people: Strokes | None) -> Hand:
    if people is None:
        return write
    places = strokes.of_writers(people, "figure")

    def written(digit: int, rng: np.random.Generator) -> list[np.ndarray]:
        own = places[people.labels[places] == digit]
        return [stroke.astype(float) for stroke in people.drawings[rng.choice(own)]]

    return written


def answered(found: Reading, brought: Brought) -> str:
    """Return which of ``ANSWERS`` a reading is. Spaces do not count: a gap may be wide or not."""
    wanted, text = (part.replace(" ", "") for part in (brought.text, found.text))
    if brought.turned:
        told = found.turned.replace(" ", "") == wanted and found.verdict != "digit"
        return ANSWERS[0] if told else ANSWERS[3 if found.verdict == "digit" else 2]
    if found.verdict == "digit":
        return ANSWERS[0] if text == wanted else ANSWERS[3]
    if "?" in wanted or not wanted:  # a sign never makes an answer certain; a sheet may be blank
        return ANSWERS[0] if text == wanted else ANSWERS[2]
    return ANSWERS[1] if text == wanted else ANSWERS[2]


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


def models(each: bool = False) -> str:
    """Return the table of models, a row for each kind."""
    right: Counter = Counter()
    wished: Counter = Counter()
    for name, form in brought_models.forms():
        found, said = model_outcome(form)
        wished[form.kind, form.wish] += 1
        right[form.kind, form.wish] += found == form.wish
        if each:
            print(f"{name}: {found}{'' if found == form.wish else f', not {form.wish}'}. {said}")
    rows = [
        [kind, *(_of(right[kind, wish], wished[kind, wish]) for wish in (TAKEN, TOLD, REFUSED))]
        for kind in dict.fromkeys(kind for kind, _ in wished)
    ]
    return tables.markdown(["models", "taken", "taken and told", "rightly refused"], rows)


def model_outcome(form: brought_models.ModelForm) -> tuple[str, str]:
    """Return what came of a form of model, and what was said; ``wrong`` if that is untrue."""
    with TemporaryDirectory() as folder:
        try:
            _, card = adopt.opened(form.write(Path(folder)))
        except DigitLabError as fault:
            return REFUSED if form.words in str(fault) else "wrong", str(fault)
    origin = card.origin
    if origin is None or not origin.reads or not any(form.words in one for one in origin.adapters):
        return "wrong", "" if origin is None else f"{origin.words}: {origin.presentation}"
    marks = ("pixels", "exchanged", "mirrored", "upside")
    told = any(one.startswith(marks) or one.endswith(marks) for one in origin.adapters)
    return TOLD if told else TAKEN, f"{origin.words}: {origin.presentation}"


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
