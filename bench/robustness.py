"""Benchmark of robustness: accuracy on digits with noise, blur, other light, scratches or a slant.

    python -m bench.robustness --model flagship

Applies fifteen corruptions after MNIST-C (see ``core/evaluation/corruptions.py``) to the MNIST test
set, at that paper's severities. The models get the 28x28 images directly, without the Draw page's
preprocessing. The recipe ``cnn-classic`` is the plain baseline. It is trained for the occasion
unless ``--baseline`` names a model.
"""

import click
import numpy as np

from bench import machine, runs, tables
from core import registry
from core.data import load_test
from core.errors import DigitLabError
from core.evaluation.corruptions import CORRUPTIONS
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.recipes.book import get_recipe
from core.studies import robustness

PLAIN = "cnn-classic"


@click.command()
@click.option(
    "--model",
    "names",
    multiple=True,
    default=[registry.DEFAULT],
    show_default=True,
    help="Name, run or path; may be given several times.",
)
@click.option("--baseline", help=f"A plain network's name, run or path; default: train {PLAIN}.")
@click.option("--seed", default=0, show_default=True, help="Of the corruptions.")
@click.option("--images", type=int, help="Only the first N test images, for a quick look.")
def main(names: tuple[str, ...], baseline: str | None, seed: int, images: int | None) -> None:
    """Print the accuracy of each model under each corruption."""
    try:
        models = {name: registry.find(name).predictor() for name in names}
        models[baseline or PLAIN] = (
            registry.find(baseline).predictor() if baseline else _trained_plain()
        )
        test = load_test("mnist")
    except DigitLabError as fault:
        raise click.ClickException(str(fault)) from None
    x, y = test.x[:images], test.y[:images]
    print(machine.describe("scipy"))
    print(f"MNIST's test images, n = {len(x):,} under each corruption; seed {seed}\n")
    print(tables.markdown(("corruption", "severity", *models), []), flush=True)
    _print_row("none", "", _accuracies(models, x, y))
    found = []
    for name, corruption in CORRUPTIONS.items():
        counts = robustness.right_answers([*models.values()], x, y, name, seed=seed)
        found.append([count / len(x) for count in counts])
        _print_row(name.replace("_", " "), str(corruption.severity), found[-1])
    _print_row(f"**mean of the {len(found)}**", "", np.mean(found, axis=0).tolist())


def _trained_plain() -> Predictor:
    with runs.temporary_home():
        card = runs.train(get_recipe(PLAIN).config_for("mnist"))
        return registry.find(card.run).predictor()


def _accuracies(models: dict[str, Predictor], x: np.ndarray, y: np.ndarray) -> list[float]:
    images = as_floats(x)
    answers = [model.predict(images).probabilities.argmax(axis=1) for model in models.values()]
    return [float(np.mean(answer == y)) for answer in answers]


def _print_row(name: str, severity: str, accuracies: list[float]) -> None:
    cells = [name, severity, *(f"{share:.2%}" for share in accuracies)]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
