"""Benchmark of calibration: a model's probabilities on MNIST and on digits that people drew.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.calibration --model flagship

Prints the expected calibration error in 15 bins of equal width, as papers do; in 15 bins of equal
counts, which resolve the range where most answers lie; and the Brier score. Drawn digits are read
by the code behind the Draw page, in each variant of ``bench/strokes.py``. "Before" is the model
without the temperature that its card names, see ``core/evaluation/calibration.py``.
"""

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import registry
from core.data import load_test
from core.data.stroke_files import Strokes
from core.errors import DigitLabError
from core.evaluation.calibration import Reliability, reliability
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.reading.reader import read

HEADER = (
    "digits",
    "n",
    "sure",
    "right",
    "calibration error",
    "before",
    "equal counts",
    "before",
    "Brier",
)
RESAMPLES = 1000


@click.command()
@options.model
@options.variants
@options.writers
@click.option("--every", default=1, help="Take every k-th drawn digit, for a quick look.")
def main(model: str, names: tuple[str, ...], writers: strokes.Part, every: int) -> None:
    """Print calibration errors and Brier scores, before and after the temperature."""
    try:
        found = registry.find(model)
        predictor, temperature = found.predictor(), found.card.here.training.temperature
        test = load_test("mnist")
    except DigitLabError as fault:
        raise click.ClickException(str(fault)) from None
    print(machine.describe())
    print(
        f"Model {model}, temperature {temperature:.3f}; in brackets the middle 95 % of "
        f"{RESAMPLES} resamples of images, of drawn digits of writers\n"
    )
    print(tables.markdown(HEADER, []), flush=True)
    probabilities = predictor.predict(as_floats(test.x)).probabilities
    _print_row("MNIST's test images", test.y, probabilities, np.arange(len(test.y)), temperature)
    digits = strokes.from_environment("Drawn digits are")
    if digits is None:
        return
    chosen = strokes.of_writers(digits, writers)[::every]
    parts = []
    for name in names or strokes.VARIANTS:
        parts.append(_drawn(digits, chosen, strokes.VARIANTS[name], predictor))
        _print_row(f"drawn, {name}", *parts[-1], temperature)
    together = (np.concatenate(part) for part in zip(*parts, strict=True))
    _print_row("drawn, all together", *together, temperature)


def _drawn(
    digits: Strokes, chosen: np.ndarray, variant: strokes.Variant, predictor: Predictor
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, probabilities and writers of what is read as one digit."""
    rows, probabilities = [], []
    for index in chosen.tolist():
        reading = read(strokes.draw(digits.drawings[index], variant, index), predictor)
        if len(reading.digits) == 1:
            rows.append(index)
            probabilities.append(reading.digits[0].probabilities)
    return digits.labels[rows], np.array(probabilities), digits.writers[rows]


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities of a softmax whose logits had been divided by a temperature.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, 10)
        Of a softmax; rows sum to 1.
    temperature : float
        Above 0; below 1 makes answers surer.

    Returns
    -------
    ndarray of float64, shape (n, 10), rows sum to 1
    """
    powers = probabilities.astype(np.float64) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def _print_row(
    name: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    units: np.ndarray,
    temperature: float,
) -> None:
    before = with_temperature(probabilities, 1 / temperature)
    found = reliability(labels, probabilities)
    low, high = _spread(labels, probabilities, units, found)
    counts = [reliability(labels, some, equal="count") for some in (probabilities, before)]
    cells = [
        name,
        f"{len(labels):,}",
        f"{probabilities.max(axis=1).mean():.2%}",
        f"{np.mean(probabilities.argmax(axis=1) == labels):.2%}",
        f"{found.calibration_error:.2%} ({low:.2%}–{high:.2%})",
        f"{reliability(labels, before).calibration_error:.2%}",
        *(f"{one.calibration_error:.2%}" for one in counts),
        f"{found.brier:.4f}",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def _spread(
    labels: np.ndarray, probabilities: np.ndarray, units: np.ndarray, found: Reliability
) -> tuple[float, float]:
    """Return what the error is in resamples of whole units: one writer's digits are alike."""
    confidence = probabilities.max(axis=1)
    gap = confidence - (probabilities.argmax(axis=1) == labels)
    place = np.searchsorted([one.high for one in found.bins], confidence.clip(max=1))
    kinds, unit = np.unique(units, return_inverse=True)
    gaps = np.zeros((len(kinds), len(found.bins)))
    np.add.at(gaps, (unit, place), gap)
    odds = np.full(len(kinds), 1 / len(kinds))
    drawn = np.random.default_rng(0).multinomial(len(kinds), odds, RESAMPLES)
    errors = np.abs(drawn @ gaps).sum(axis=1) / (drawn @ np.bincount(unit))
    low, high = np.quantile(errors, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
