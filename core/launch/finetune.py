"""Fine-tuning: a copy of a model is trained on the digits that a person corrected.

It is an ordinary run that begins with the model's weights. Besides the person's digits it trains on
some of the model's earlier training data, since a network that sees only new digits forgets
(rehearsal, Robins 1995, https://doi.org/10.1080/09540099550039318).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core import data, registry
from core.config import TrainConfig, with_changes
from core.errors import DigitLabError
from core.evaluation.compare import mcnemar
from core.evaluation.scores import Scores
from core.launch import process
from core.people import corrections
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.runs import contract, own_digits

# Chosen on the writers reserved for choices, see ``bench/finetune.py``.
_LEARNING_RATE = 3e-4
_EPOCHS = 2
_SHOWN = 300  # times that own digits are shown in an epoch, all together
_LEAST, _MOST = 10, 100  # times that each of them is shown
_REHEARSED = 12_000  # images of the model's data
_BROUGHT = "brought-along"  # the recipe's name in a run that fine-tunes a model from elsewhere
_VALIDATED = 3_000  # images, enough to calibrate the probabilities


def configuration(model: registry.Model, count: int) -> TrainConfig:
    """Return the configuration that fine-tunes a copy of a model on a number of digits.

    If the data are the same, the validation images are among those of the model's own training,
    since the same seed gives the same order. So the model was never trained on them.

    Raises
    ------
    DigitLabError
        The model has no card, or was brought from elsewhere with layers of other kinds.
    """
    card = model.card
    config = _known_config(model)
    source = data.default_source() if card.data.source == "mnist" else card.data.source
    validated = min(card.data.validation or _VALIDATED, _VALIDATED)
    at_hand = card.data.train + card.data.validation
    if card.origin is not None:  # nobody knows what it learned from
        at_hand = len(data.load(source).x_train)
    chosen = max(min(validated + _REHEARSED, at_hand), 100)

    def as_often(additions: int) -> int:
        """As many updates for each image of the data as in its earlier training."""
        return additions * (chosen - validated) // max(card.data.train, 1)

    return with_changes(
        config,
        {
            "recipe": config.recipe,
            "data": source,
            "start_from": model.name,
            "own_digits": min(max(_SHOWN // max(count, 1), _LEAST), _MOST),
            "optimizer": "adam",
            "learning_rate": _LEARNING_RATE,
            "schedule": "cosine",
            "reduce_on_plateau": 0,
            "early_stopping": 0,
            "epochs": _EPOCHS,
            "settling": 0,
            "ema": 0,
            "batch_size": 64,
            "train_images": chosen,
            "validation_split": min(max(validated / chosen, 0.01), 0.5),
            "written_digits": as_often(config.written_digits),
            "drawn_digits": as_often(config.drawn_digits),
            "augmentation": config.augmentation.halved(),
            "label_noise": 0,
            "imbalance": 1,
            "tensorboard": False,
        },
    )


def _known_config(model: registry.Model) -> TrainConfig:
    """Return the configuration of a model's training, or one with its layers."""
    card = model.card
    if card.config is not None:
        return card.config
    layers = card.origin.layers if card.origin else None
    if layers is None:
        raise DigitLabError(
            f"'{model.name}' comes from elsewhere, with layers that cannot be trained here: choose "
            "a model that was trained here."
        )
    return TrainConfig(recipe=_BROUGHT, layers=layers)


def begin(model: registry.Model) -> contract.Run:
    """Start a run that fine-tunes a copy of a model on all corrected digits; returns at once.

    Raises
    ------
    DigitLabError
        There are no corrected digits, or the run could not be started.
    """
    return process.launch(configuration(model, len(corrections.everything())))


def newest(runs: Iterable[contract.Run]) -> contract.Run | None:
    """Return the newest run here that fine-tunes, or has fine-tuned, a model, if any.

    Parameters
    ----------
    runs : iterable of Run
        Newest first, as from `store.list_runs`.
    """
    return next((run for run in runs if _fine_tunes(run)), None)


@dataclass(frozen=True)
class Comparison:
    """A model before and after fine-tuning, compared by digits read correctly.

    Attributes
    ----------
    trained_on, held_back : tuple of three ints
        Counts before, after, and in total: of the own digits that were trained on, now or earlier,
        and of those that never were.
    before, after : Scores or None
        On the run's test set; ``None`` if the model was tested on another.
    lost, gained : int
        Test images that only the model before, or only the one after, reads correctly.
    p_value : float
        Of McNemar's exact test on those.
    """

    trained_on: tuple[int, int, int]
    held_back: tuple[int, int, int]
    before: Scores | None
    after: Scores
    lost: int
    gained: int
    p_value: float


def compare(run: contract.Run, before: registry.Model) -> Comparison:
    """Compare a fine-tuned model with the one it started from.

    Parameters
    ----------
    run : Run
        With a model.
    before : registry.Model

    Raises
    ------
    DigitLabError
        Digits, predictions or one of the models are missing or damaged.
    """
    own = own_digits.read(run.folder)
    after = registry.of_run(run)
    was, now = (_right(model.predictor(), own) for model in (before, after))
    trained_on = own.trained_on | np.isin(own_digits.names(own.images), before.card.data.own)
    alike = before.card.data.test_digest == after.card.data.test_digest
    lost = gained = 0
    if alike:
        old, new = (_read_right(model) for model in (before, after))
        lost, gained = int((old & ~new).sum()), int((new & ~old).sum())
    return Comparison(
        trained_on=_counts(was, now, trained_on),
        held_back=_counts(was, now, ~trained_on),
        before=before.card.test if alike else None,
        after=after.card.test,
        lost=lost,
        gained=gained,
        p_value=mcnemar(lost, gained),
    )


def _fine_tunes(run: contract.Run) -> bool:
    # Any training can include own digits, and an imported run comes without them.
    asked_for = run.config is not None and run.config.own_digits and run.config.start_from
    return bool(asked_for) and (run.folder / own_digits.FILE).is_file()


def _right(predictor: Predictor, own: own_digits.OwnDigits) -> np.ndarray:
    images = as_floats(own.images)
    return predictor.predict(images).probabilities.argmax(axis=1) == own.labels


def _read_right(model: registry.Model) -> np.ndarray:
    labels, probabilities = model.predictions()
    return probabilities.argmax(axis=1) == labels


def _counts(was: np.ndarray, now: np.ndarray, which: np.ndarray) -> tuple[int, int, int]:
    return int(was[which].sum()), int(now[which].sum()), int(which.sum())
