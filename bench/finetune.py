"""Benchmark of fine-tuning: whether ten digits of a person help to read that person's next ones.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.finetune

A copy of the model is fine-tuned on ten digits of each writer (see ``bench/strokes.py``), by the
same training as on the Draw page. It then reads that writer's other digits, the digits of all
other writers of this half as they wrote them, and MNIST's test set. A single writer has few other
digits, so the figure is over all writers.

A good model misreads hardly any ordinary handwriting, which leaves little to learn. So only tens
with at least one misread digit are used: a writer's first ten, else the last ten. An odd hand is a
writer whose strokes are all slanted or all rotated. There the first ten are used, right or wrong,
of the first writers who have enough others.
"""

import os
import tempfile
from pathlib import Path

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import registry
from core.config import parse_setting, with_changes
from core.data.stroke_files import Strokes
from core.evaluation.compare import mcnemar, p_in_words
from core.people import corrections
from core.reading.ink import find_ink
from core.reading.normalise import to_mnist

TRAINED_ON = 10
ENOUGH = 18  # digits of a writer with an odd hand
HANDS = {
    "as they write": strokes.Variant(),
    "leaning left by 45 degrees": strokes.Variant(slant=-45),
    "turned left by 45 degrees": strokes.Variant(turn=-45),
    "turned right by 45 degrees": strokes.Variant(turn=45),
}
HEADER = (
    "hand",
    "copies",
    "next digits",
    "before",
    "after",
    "p",
    "others' digits",
    "MNIST, points",
)
Split = tuple[np.ndarray, np.ndarray]  # places of the digits to train on, and of the next


@click.command()
@options.model
@options.writers
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Fine-tune otherwise.")
@click.option("--hand", "hands", multiple=True, type=click.Choice(list(HANDS)))
@click.option("--people", default=8, show_default=True, help="Writers with an odd hand.")
def main(
    model: str,
    writers: strokes.Part,
    settings: tuple[str, ...],
    hands: tuple[str, ...],
    people: int,
) -> None:
    """Print for each hand the digits read correctly before and after."""
    digits = strokes.from_environment("Fine-tuning is")
    if digits is None:
        return
    chosen = strokes.of_writers(digits, writers)
    natural = _images(digits, chosen, HANDS["as they write"])
    labels, who = digits.labels[chosen], digits.writers[chosen]
    found = registry.find(model)
    print(machine.describe("tensorflow-cpu", "keras"))
    print(
        f"Model {model}; copies fine-tuned on {TRAINED_ON} digits; others' digits: gained, lost\n",
        flush=True,
    )
    print(tables.markdown(HEADER, []), flush=True)
    for hand in hands or HANDS:
        images = _images(digits, chosen, HANDS[hand])
        before = found.predictor().predict(images).probabilities
        was = before.argmax(axis=1) == labels
        splits = _doubtful(who, was) if hand == "as they write" else _first_ten(who)[:people]
        row = _row(found, (images, natural), labels, who, before, splits, settings)
        print(f"| {' | '.join([hand, *row])} |", flush=True)


def _images(digits: Strokes, chosen: np.ndarray, hand: strokes.Variant) -> np.ndarray:
    canvases = (strokes.draw(digits.drawings[place], hand, place) for place in chosen)
    return np.stack([to_mnist(find_ink(canvas)) for canvas in canvases])


def _doubtful(people: np.ndarray, right: np.ndarray) -> list[Split]:
    """Return the first ten and the last ten of each writer, where one of them is misread."""
    splits = []
    for writer in np.unique(people):
        places = np.flatnonzero(people == writer)
        ends = (
            (places[:TRAINED_ON], places[TRAINED_ON:]),
            (places[-TRAINED_ON:], places[:-TRAINED_ON]),
        )
        splits += [(ten, rest) for ten, rest in ends if len(rest) and not right[ten].all()]
    return splits


def _first_ten(people: np.ndarray) -> list[Split]:
    by_writer = (np.flatnonzero(people == writer) for writer in np.unique(people))
    return [
        (places[:TRAINED_ON], places[TRAINED_ON:]) for places in by_writer if len(places) >= ENOUGH
    ]


def _row(
    model: registry.Model,
    images: tuple[np.ndarray, np.ndarray],
    labels: np.ndarray,
    people: np.ndarray,
    before: np.ndarray,
    splits: list[Split],
    settings: tuple[str, ...],
) -> list[str]:
    """Fine-tune a copy for each split; return their cells of the table."""
    odd, natural = images
    was = before.argmax(axis=1) == labels
    others_were = model.predictor().predict(natural).probabilities.argmax(axis=1) == labels
    flips = np.zeros((2, 2), int)  # gained and lost: next digits, everybody else's
    counts, mnist = np.zeros(3, int), []
    for trained_on, following in splits:
        answers, others, accuracy = _fine_tune(
            model, odd, natural, labels, before, trained_on, settings
        )
        now, others_are = answers == labels, others == labels
        elsewhere = people != people[trained_on[0]]
        counts += len(following), was[following].sum(), now[following].sum()
        flips[0] += (now & ~was)[following].sum(), (was & ~now)[following].sum()
        flips[1] += (
            (others_are & ~others_were)[elsewhere].sum(),
            (others_were & ~others_are)[elsewhere].sum(),
        )
        mnist.append(100 * (accuracy - model.card.test.accuracy))
    return [
        str(len(splits)),
        *map(str, counts),
        p_in_words(mcnemar(*flips[0].tolist())),
        f"+{flips[1][0]} -{flips[1][1]}",
        tables.mean_and_range(mnist, "+.3f"),
    ]


def _fine_tune(
    model: registry.Model,
    images: np.ndarray,
    natural: np.ndarray,
    labels: np.ndarray,
    before: np.ndarray,
    trained_on: np.ndarray,
    settings: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Fine-tune a copy in its own home; return its answers to both, and its accuracy on MNIST."""
    from core.launch import finetune
    from core.runs import own_digits
    from core.training.reporter import Reporter
    from core.training.train import train

    changes = dict(parse_setting(setting) for setting in settings)
    config = with_changes(finetune.configuration(model, len(trained_on)), changes)
    with tempfile.TemporaryDirectory() as home:
        os.environ["DIGIT_LAB_HOME"] = home
        for place in trained_on:
            answer = int(before[place].argmax())
            corrections.keep(
                images[place], int(labels[place]), answer, before[place].max(), model.name
            )
        folder = Path(home, "run")
        folder.mkdir()
        own_digits.keep(folder)
        with Reporter(folder) as report:
            train(config, folder, report)
        copy = registry.Model("tuned", folder / "model.onnx")
        predictor, accuracy = copy.predictor(), copy.card.test.accuracy
    answers, others = (
        predictor.predict(some).probabilities.argmax(axis=1) for some in (images, natural)
    )
    return answers, others, accuracy


if __name__ == "__main__":
    main()
