"""`Card`: what a model says of itself. ``card.json`` travels with every model.

Written once by the worker when a run ends. Pages and the command line show its figures and
recompute none of them.
"""

import platform
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core import paths
from core.architecture import Layer
from core.config import ScoredOn, TrainConfig
from core.errors import DigitLabError
from core.evaluation.scores import Scores
from core.figures import LARGEST, Count, Figure, Measured, Seconds

_PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "onnxruntime")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class StrokeFacts(_Part):
    """A file of people's strokes that a model was trained on.

    ``digest`` is the SHA-256 of the digits that were trained on, ``about`` what the file says of
    its origin and licence. Writers held back were used to calibrate the probabilities alone.
    """

    name: str
    digest: str
    about: str
    drawings: Count
    writers: Count
    held_back: Count


class DataFacts(_Part):
    """The digits that a model was trained and tested on; digests are SHA-256 in hex.

    ``test`` and ``test_digest`` are of the images that it was scored on, see `Card.scored_on`.
    ``own`` names the user's own digits that this model, or a model that it started from, learned.
    """

    source: str
    title: str
    digest: str
    test_digest: str
    train: Count
    validation: Count
    test: Count
    own: list[str] = []
    strokes: list[StrokeFacts] = []


class TrainingFacts(_Part):
    """The course of the training.

    CPU seconds cover all threads, without validation and export. The temperature is the divisor of
    the logits that was fitted after training, see `core.evaluation.calibration`. If the training
    returned to its best epoch, validation figures are that epoch's. ``learning_rates`` has the
    rates that somebody set during training, by the last step before each took effect.
    """

    stopped_early: bool
    epochs_done: Count
    steps_done: Count
    cpu_seconds: Seconds
    wall_seconds: Seconds
    validation_accuracy: Measured
    validation_loss: Measured
    temperature: float = Field(gt=0, le=LARGEST)
    best_epoch: Count | None = None
    learning_rates: dict[Count, Figure] = {}

    @property
    def steered(self) -> str:
        """Interventions by people, in words; empty if the training ran as configured."""
        rates = [f"rate {rate:g} after step {at}" for at, rate in self.learning_rates.items()]
        stop = [f"stopped after step {self.steps_done}"] if self.stopped_early else []
        return ", ".join(rates + stop)


class Origin(_Part):
    """A model that was trained elsewhere: its file, and what was put around its network.

    ``adapters`` says in words what is done to pictures and answers, ``presentation`` how that was
    found and how well it fits. The digest is SHA-256 in hex. ``layers`` are its hidden layers, if
    it consists of such as can be trained here.
    """

    file: str
    form: str = Field(description="the form of its file, as in 'ONNX'")
    digest: str
    adapters: list[str]
    presentation: str
    reads: bool = Field(description="whether it reads digits, in one of the ways that were tried")
    temperature: float = Field(gt=0, le=LARGEST)
    layers: list[Layer] | None = None

    @property
    def words(self) -> str:
        """The file, its form and the adapters, in one line."""
        return ", ".join([f"{self.file} ({self.form})", *self.adapters])


class Trained(NamedTuple):
    """The configuration of a training here, and its course."""

    config: TrainConfig
    training: TrainingFacts


class ExportFacts(_Part):
    """The exported file: size in bytes, agreement with Keras, speed of one image on one core."""

    keras_bytes: Count
    onnx_bytes: Count
    largest_difference: float = Field(ge=0, le=LARGEST)
    ms_per_image: float = Field(ge=0, le=LARGEST)


class Machine(_Part):
    """The machine and software that made a model."""

    system: str
    processor: str
    cores: Count
    python: str
    packages: dict[str, str]


class Card(_Part):
    """Everything a model says of itself.

    A model that was trained here has a configuration and the facts about its training; one that was
    trained elsewhere has an origin.
    """

    run: str = Field(description="id of the run that made it; empty if none here did")
    created: str = Field(description="ISO 8601, UTC")
    config: TrainConfig | None = None
    parameters: Count
    data: DataFacts
    training: TrainingFacts | None = None
    origin: Origin | None = None
    test: Scores
    export: ExportFacts
    machine: Machine

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "Card":
        is_trained = self.config is not None and self.training is not None
        if is_trained == (self.origin is not None):
            raise ValueError("a card has a configuration and its training, or an origin")
        return self

    @property
    def here(self) -> Trained:
        """Configuration and course of the training; raises DigitLabError if that was elsewhere."""
        if self.config is None or self.training is None:
            raise DigitLabError("This model was not trained here, so nothing is known of how.")
        return Trained(self.config, self.training)

    @property
    def scored_on(self) -> ScoredOn:
        """The part of the data that ``test`` and the predictions are about."""
        return "test" if self.config is None else self.config.score_on

    @property
    def beginning(self) -> str:
        """How the model came to be, in a few words: its recipe and seed, or its file."""
        if self.config is None:
            return f"From {self.origin.words}" if self.origin else ""
        return f"Recipe {self.config.recipe}, seed {self.config.seed}"


def read_card(path: Path) -> Card:
    """Read a card; an unchanged file gives the same object again.

    Raises
    ------
    DigitLabError
        The file is missing or is not a card.

    Examples
    --------
    >>> from core.paths import SHIPPED_MODELS
    >>> card = read_card(SHIPPED_MODELS / "tiny" / "card.json")
    >>> card.config.recipe, card.parameters
    ('tiny', 9762)
    """
    try:
        return _card_of(path, paths.version(path))
    except OSError as fault:
        raise _unreadable(path, fault) from fault


def parse_card(path: Path) -> Card:
    """Read a card without keeping it in memory, for callers that take a few facts from it.

    Raises
    ------
    DigitLabError
        The file is missing or is not a card.
    """
    try:
        paths.version(path)  # else it is not a file, and could be read for ever
        return Card.model_validate_json(path.read_bytes())
    except (OSError, ValidationError, DigitLabError) as fault:
        raise _unreadable(path, fault) from fault


def _unreadable(path: Path, fault: Exception) -> DigitLabError:
    return DigitLabError(
        f"'{path}' cannot be read as a model's card ({type(fault).__name__}): the model is "
        "damaged, remove it or train it again."
    )


# Pages list the models of all runs: a cache one card too small would read all of them each time.
@lru_cache(maxsize=4096)
def _card_of(path: Path, version: paths.Version) -> Card:
    return parse_card(path)


def this_machine() -> Machine:
    """Describe this machine and the versions in use."""
    import os

    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        packages={name: found for name in _PACKAGES if (found := _version(name))},
    )


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _processor() -> str:
    # platform.processor() is empty on Linux.
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def tested_alike(cards: Sequence[Card | None]) -> list[int]:
    """Return the positions of the largest group of models tested on the same images, at least two.

    Parameters
    ----------
    cards : sequence of Card or None
        ``None`` for a model that was not tested.
    """
    # By the number of images, too: a run from elsewhere may claim the digest of other images.
    sets = [card and (card.data.test_digest, card.test.n) for card in cards]
    known = Counter(images for images in sets if images is not None)
    if not known:
        return []
    [(most, count)] = known.most_common(1)
    return [i for i, images in enumerate(sets) if images == most] if count >= 2 else []
