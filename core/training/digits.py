"""The digits of a run: its images and labels for training, for validation, and to be scored on."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from core import registry
from core.cards import DataFacts, StrokeFacts
from core.config import TrainConfig
from core.data import Dataset, drawn, load
from core.data.dataset import make_test_set
from core.data.flaws import mislabel, unbalance
from core.data.generated import write_digits
from core.data.stroke_files import Strokes
from core.disk.atomic import as_json, read_record, write_record
from core.runs import contract, own_digits
from core.training.reporter import Reporter

_NAMES, _MOST_OF_NAMES = TypeAdapter(list[str]), 10_000_000  # bytes


@dataclass(frozen=True)
class Digits:
    """Images and labels of one run.

    Attributes
    ----------
    images, labels : ndarray of uint8, shapes (n, 28, 28) and (n,)
        For training, with the configured flaws and additions.
    validation_images, validation_labels : ndarray of uint8, shapes (v, 28, 28) and (v,)
        Held back from the training data, unchanged.
    drawn_images, drawn_labels : ndarray of uint8, shapes (d, 28, 28) and (d,)
        Drawings of people who were held back from the strokes, to calibrate on.
    scored_images, scored_labels : ndarray of uint8, shapes (t, 28, 28) and (t,)
        The test images, or those for validation again if the configuration scores on them.
    facts : DataFacts
        The card's entry about them.
    """

    images: np.ndarray
    labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    drawn_images: np.ndarray
    drawn_labels: np.ndarray
    scored_images: np.ndarray
    scored_labels: np.ndarray
    facts: DataFacts


def gather(config: TrainConfig, folder: Path, report: Reporter) -> Digits:
    """Load and split the digits of a run, and apply the configured flaws and additions.

    Parameters
    ----------
    config : TrainConfig
    folder : Path
        The run's folder, with its own digits.
    report : Reporter
        Told of steps that take a while.

    Raises
    ------
    DigitLabError
        The data are not available.
    """
    data = load(config.data)
    fit_on, validate_on = config.split(len(data.x_train))
    strokes = drawn.read(config.strokes) if config.drawn_digits else []
    people = [drawn.split(file, config.seed) for file in strokes]
    hands = [file for file, _ in people]
    images, labels = _training_digits(config, data, fit_on, hands, folder, report)
    unknown = drawn.draw_digits([file for _, file in people], len(validate_on), config.seed + 1)
    held_back = data.x_train[validate_on], data.y_train[validate_on]
    if config.score_on == "validation":
        scored, digest = held_back, make_test_set(*held_back).digest
    else:
        scored, digest = (data.x_test, data.y_test), data.test_digest
    return Digits(
        images,
        labels,
        *held_back,
        *unknown,
        *scored,
        facts=DataFacts(
            source=config.data,
            title=data.title,
            digest=data.digest,
            test_digest=digest,
            train=len(fit_on),
            validation=len(validate_on),
            test=len(scored[0]),
            own=_own(config, folder),
            strokes=[stroke_facts(*file) for file in people],
        ),
    )


def _training_digits(
    config: TrainConfig,
    data: Dataset,
    chosen: np.ndarray,
    hands: list[Strokes],
    folder: Path,
    report: Reporter,
) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels to train on: unbalanced, mislabelled and extended as configured."""
    images, digits = data.x_train[chosen], data.y_train[chosen]
    if config.imbalance > 1:
        kept = unbalance(digits, config.imbalance, config.seed)
        images, digits = images[kept], digits[kept]
    if config.label_noise:
        digits = mislabel(digits, config.label_noise, config.seed)
    if config.written_digits:
        report(phase="writing digits")
        written = write_digits(config.written_digits, config.seed)
        images, digits = np.concatenate([images, written[0]]), np.concatenate([digits, written[1]])
    if hands:
        report(phase="drawing digits")
        pictures = drawn.draw_digits(hands, config.drawn_digits, config.seed)
        images = np.concatenate([images, pictures[0]])
        digits = np.concatenate([digits, pictures[1]])
    if config.own_digits:
        own = own_digits.read(folder)
        again = np.repeat(np.flatnonzero(own.trained_on), config.own_digits)
        images = np.concatenate([images, own.images[again]])
        digits = np.concatenate([digits, own.labels[again]])
    return images, digits


def stroke_facts(trained_on: Strokes, held_back: Strokes) -> StrokeFacts:
    """Return the card's entry about the two parts of a file of strokes."""
    return StrokeFacts(
        name=trained_on.name,
        digest=trained_on.digest,
        about=trained_on.about,
        drawings=len(trained_on.drawings),
        writers=len(np.unique(trained_on.writers)),
        held_back=len(np.unique(held_back.writers)),
    )


def _own(config: TrainConfig, folder: Path) -> list[str]:
    """Return the names of the own digits that the model will have learned."""
    own = set(_learned_before(config, folder))
    if config.own_digits:
        digits = own_digits.read(folder)
        own |= set(own_digits.names(digits.images[digits.trained_on]))
    return sorted(own)


def _learned_before(config: TrainConfig, folder: Path) -> list[str]:
    """Return the own digits that the initial model has learned.

    Looked up once, at the first start: the model may be deleted while the run trains or is lost.
    """
    if not config.start_from:
        return []
    kept = folder / contract.LEARNED_BEFORE
    with suppress(OSError, ValidationError):  # It is missing or damaged.
        return _NAMES.validate_json(read_record(kept, _MOST_OF_NAMES))
    own = registry.find(config.start_from).card.data.own
    write_record(kept, as_json(own), "What the model has learned before", make=False)
    return own
