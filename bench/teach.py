"""Whether a model that is taught ten digits of a person reads that person's next ones better.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.teach

Of each writer (see ``bench/strokes.py``) the first ten digits are taught and the others are read,
then the last ten are taught and the others are read; only where the model misreads one of the ten,
because people correct what was misread. Each time a copy of the model is taught as the Draw page
teaches it, by the same training, and is then asked for that writer's other digits, the digits of
all other writers of this half, and MNIST's test set. A writer's other digits are few: the figure is
over all writers.
"""

import os
import tempfile
from pathlib import Path

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import corrections, registry
from core.config import parse_setting, with_changes
from core.evaluation.compare import mcnemar, p_in_words
from core.reading.ink import find_ink
from core.reading.normalise import to_mnist

TAUGHT = 10
HEADER = ("writer", "taught", "of them read before", "next digits", "before", "after", "MNIST")


@click.command()
@options.model
@options.writers
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Teach otherwise.")
@click.option("--most", default=100, help="Teach at most so many times, for a quick look.")
def main(model: str, writers: strokes.Part, settings: tuple[str, ...], most: int) -> None:
    """Print for each writer, and over all, what was read right before and after."""
    digits = strokes.from_environment("Teaching is")
    if digits is None:
        return
    chosen = strokes.of_writers(digits, writers)
    canvases = (strokes.draw(digits.samples[i], strokes.VARIANTS["default"], i) for i in chosen)
    images = np.stack([to_mnist(find_ink(canvas)) for canvas in canvases])
    labels, people = digits.labels[chosen], digits.writers[chosen]
    found = registry.find(model)
    before = found.predictor().predict(images).probabilities
    was = before.argmax(axis=1) == labels
    lessons = _lessons(people, was)[:most]
    print(machine.describe("tensorflow-cpu", "keras"))
    print(f"Model {model}; {len(lessons)} lessons of {TAUGHT} digits\n", flush=True)
    print(tables.markdown(HEADER, []), flush=True)
    totals = np.zeros(3, int)
    flips = np.zeros((2, 2), int)  # lost and gained: next digits, everybody else's
    mnist, sure = [], []
    for taught, following in lessons:
        after, accuracy = _teach(found, images, labels, before, taught, settings)
        now = after.argmax(axis=1) == labels
        others = np.flatnonzero(people != people[taught[0]])
        totals += was[following].sum(), now[following].sum(), len(following)
        for row, places in enumerate((following, others)):
            flips[row] += (was[places] & ~now[places]).sum(), (now[places] & ~was[places]).sum()
        change = 100 * (accuracy - found.card.test.accuracy)
        mnist.append(change)
        sure.append([p[following, labels[following]].mean() for p in (before, after)])
        row = [
            str(people[taught[0]]),
            str(len(taught)),
            f"{was[taught].sum()} to {now[taught].sum()}",
            str(len(following)),
            str(was[following].sum()),
            str(now[following].sum()),
            f"{change:+.2f}",
        ]
        print(f"| {' | '.join(row)} |", flush=True)
    lost, gained = flips[0].tolist()
    print(
        f"\nNext digits read right: {totals[0]} before, {totals[1]} after, of {totals[2]} "
        f"({gained} gained, {lost} lost, p {p_in_words(mcnemar(lost, gained))}); mean probability "
        f"of what they are {np.mean(sure, axis=0)[0]:.3f} before, {np.mean(sure, axis=0)[1]:.3f} "
        f"after.\nOther people's digits: {flips[1][1]} gained, {flips[1][0]} lost in all lessons."
        f"\nMNIST's test set: {np.mean(mnist):+.3f} points on average, from {min(mnist):+.2f} to "
        f"{max(mnist):+.2f}."
    )


def _lessons(people: np.ndarray, right: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each lesson the places that are taught, and that writer's others."""
    lessons = []
    for writer in np.unique(people):
        places = np.flatnonzero(people == writer)
        for taught, rest in (
            (places[:TAUGHT], places[TAUGHT:]),
            (places[-TAUGHT:], places[:-TAUGHT]),
        ):
            if len(rest) and not right[taught].all():
                lessons.append((taught, rest))
    return lessons


def _teach(
    model: registry.Model,
    images: np.ndarray,
    labels: np.ndarray,
    before: np.ndarray,
    taught: np.ndarray,
    settings: tuple[str, ...],
) -> tuple[np.ndarray, float]:
    """Teach a copy in a home of its own; return its probabilities and accuracy on MNIST."""
    from core.training import own_digits, teach
    from core.training.reporter import Reporter
    from core.training.train import train

    config = with_changes(
        teach.configuration(model), dict(parse_setting(setting) for setting in settings)
    )
    with tempfile.TemporaryDirectory() as home:
        os.environ["DIGIT_LAB_HOME"] = home
        for place in taught:
            answer = int(before[place].argmax())
            corrections.keep(
                images[place], int(labels[place]), answer, before[place].max(), model.name
            )
        folder = Path(home, "run")
        folder.mkdir()
        own_digits.keep(folder)
        with Reporter(folder) as report:
            train(config, folder, report)
        copy = registry.Model("taught", folder / "model.onnx")
        return copy.predictor().predict(images).probabilities, copy.card.test.accuracy


if __name__ == "__main__":
    main()
