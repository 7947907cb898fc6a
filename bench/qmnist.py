"""Benchmark on QMNIST: a second test set, beside MNIST's, with intervals over the people who wrote.

    python -m bench.qmnist

Its 50,000 digits are those of MNIST's test set that were lost and made again (see
``core/data/qmnist.py``). Nothing here was trained or chosen on them. `python -m core data --fetch
qmnist` gets them; where they or MNIST are not, that is said, and the other is measured.
"""

import click

from bench import machine, tables
from core import registry
from core.data import TestSet, load_test
from core.errors import DigitLabError
from core.evaluation.intervals import by_writer, wilson
from core.reading.normalise import as_floats

MODELS = "flagship,tiny,sprint"
HEADER = ("model", "test set", "n", "accuracy", "95 % interval", "over")


@click.command()
@click.option("--models", default=MODELS, show_default=True, help="Names, with commas between.")
def main(models: str) -> None:
    """Print the accuracy of each model on both test sets."""
    print(machine.describe())
    tests = {"MNIST": _test("mnist"), "QMNIST": _test("qmnist")}
    rows = [
        _row(name.strip(), title, test)
        for name in models.split(",")
        for title, test in tests.items()
        if test is not None
    ]
    if rows:
        print("\n" + tables.markdown(HEADER, rows))


def _test(source: str) -> TestSet | None:
    try:
        return load_test(source)
    except DigitLabError as fault:
        print(f"{source} not measured. {fault}")
        return None


def _row(name: str, title: str, test: TestSet) -> list[str]:
    answers = (
        registry.find(name).predictor().predict(as_floats(test.x)).probabilities.argmax(axis=1)
    )
    correct = answers == test.y
    if test.writers is None:
        low, high = wilson(int(correct.sum()), len(correct))
        over = "digits"
    else:
        low, high = by_writer(correct, test.writers)
        over = f"{len(set(test.writers.tolist())):,} writers"
    interval = f"{low:.2%} to {high:.2%}"
    return [f"`{name}`", title, f"{len(correct):,}", f"{correct.mean():.2%}", interval, over]


if __name__ == "__main__":
    main()
