"""The parts of a passport, and the check of one that comes from elsewhere.

A passport is untrusted: names, count and sizes are checked before anything is unpacked, and the
parts before anything is written. All scores are recomputed from its predictions, not believed.
"""

import json
import math
import stat
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core.architecture import CLASSES
from core.cards import Card
from core.config import TrainConfig
from core.data import files
from core.disk import zip_entries
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.evaluation.scores import evaluate
from core.figures import LARGEST
from core.reading import imported_keras, imported_onnx
from core.reading.predictor import are_probabilities
from core.recipes import link
from core.runs import contract, notes
from core.runs.notes import Notes

MAX_BYTES = 200_000_000  # of the file, and of its unpacked content
VERSION = 1
PASSPORT = "passport.json"
# Every file that a passport may contain, with its largest unpacked size in bytes.
PARTS = {
    PASSPORT: 1_000,
    contract.CONFIG: 40_000,
    contract.CARD: 1_000_000,
    contract.METRICS: 10_000_000,
    contract.PREDICTIONS: 50_000_000,
    contract.KERAS_MODEL: 150_000_000,
    contract.ONNX_MODEL: 150_000_000,
    notes.FILE: 64_000,
}
NEEDED = PARTS.keys() - {notes.FILE}
_DAMAGE = (*zip_entries.DAMAGE, OverflowError)
_NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
_OUT_OF_BOUNDS = ("less_than_equal", "greater_than_equal", "greater_than", "finite_number")
_FIGURES = {
    "batch": ("loss", "accuracy"),
    "epoch": ("epoch", "loss", "accuracy"),
    "rate": ("learning_rate",),
    "resume": (),
}


class Passport(BaseModel):
    """What a passport says of itself: the version of its format, and its run's id."""

    model_config = ConfigDict(extra="ignore")

    version: int
    run: str


def get_ready() -> None:
    """Load the libraries that check a passport, for who does not want to wait for them then."""
    import h5py  # noqa: F401
    import onnx
    import onnxruntime  # noqa: F401

    _ = onnx.shape_inference  # which it loads late


@dataclass(frozen=True)
class Checked:
    """The content of a passport, all of which fits together."""

    card: Card
    predictions: dict[str, np.ndarray]
    said: Notes
    parts: dict[str, bytes]


def check(content: bytes, title: str) -> Checked:
    """Return the content of a passport.

    Parameters
    ----------
    content : bytes
        The file.
    title : str
        Its name in errors.

    Raises
    ------
    DigitLabError
        It is none, or its parts do not fit together.
    """
    try:
        parts = _read_parts(content)
        run_id = _run_id(parts[PASSPORT])
        config = link.from_json(parts[contract.CONFIG], contract.CONFIG)
        card = _card(parts[contract.CARD], config, run_id)
        predictions = _predictions(parts[contract.PREDICTIONS], card.test.n)
        card = _scored(card, predictions)
        _check_metrics(parts[contract.METRICS])
        _check_keras(parts[contract.KERAS_MODEL])
        imported_onnx.check(parts[contract.ONNX_MODEL])
        said = notes.parse(parts[notes.FILE]) if notes.FILE in parts else Notes()
    except DigitLabError as fault:
        raise DigitLabError(f"'{title}' cannot be imported: {fault}") from fault
    return Checked(card, predictions, own_words(said), parts)


def own_words(said: Notes) -> Notes:
    """Return notes without what only makes sense on the machine of the run, such as its group."""
    return said.model_copy(update={"group": "", "sweep": "", "imported": ""})


def _read_parts(content: bytes) -> dict[str, bytes]:
    if len(content) > MAX_BYTES:
        raise DigitLabError(
            f"it has more than {MAX_BYTES // 10**6} MB, the most that a passport may have."
        )
    try:
        with zip_entries.archive(content) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            return {entry.filename: zip_entries.read(archive, entry) for entry in entries}
    except _DAMAGE as fault:
        raise DigitLabError(
            "it is damaged or not an exported run: export it again where the run is."
        ) from fault


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if strays := [name for name in names if name not in PARTS]:
        raise DigitLabError(f"{strays[0][:60]!r} does not belong in a passport.")
    if len(set(names)) < len(names):
        raise DigitLabError("it holds a file twice.")
    if missing := sorted(NEEDED - set(names)):
        raise DigitLabError(f"{missing[0]} is missing in it.")
    for entry in entries:
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if is_link or entry.flag_bits & 1 or entry.compress_type not in zip_entries.PLAIN_METHODS:
            raise DigitLabError(
                f"{entry.filename} in it is a link, encrypted or packed in an unsupported way."
            )
        if entry.file_size > PARTS[entry.filename]:
            raise DigitLabError(f"{entry.filename} in it is too large.")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise DigitLabError(f"it unpacks to more than {MAX_BYTES // 10**6} MB.")


def _run_id(content: bytes) -> str:
    try:
        passport = Passport.model_validate_json(content)
    except ValidationError as fault:
        raise DigitLabError(f"its {PASSPORT} is not that of a passport.") from fault
    if passport.version != VERSION:
        raise DigitLabError("it comes from another version of Digit Lab: export it again there.")
    if not contract.is_id(passport.run):
        raise DigitLabError("its run has an invalid name.")
    return passport.run


def _card(content: bytes, config: TrainConfig, run_id: str) -> Card:
    try:
        card = Card.model_validate_json(content)
    except (ValidationError, DigitLabError) as fault:
        if isinstance(fault, ValidationError) and all(
            error["type"] in _OUT_OF_BOUNDS for error in fault.errors()
        ):
            raise _impossible_figures() from fault
        raise DigitLabError(f"its {contract.CARD} is not a model's card.") from fault
    known = (card.run, card.config, card.data.source)
    if known != (run_id, config, config.data) or card.training is None:
        raise DigitLabError(f"its {contract.CARD} is that of another run.")
    # It is used to find a file, so it must not be a path, drive or share on this machine.
    if config.data != files.plain(config.data):
        raise DigitLabError("its data set has an invalid name.")
    if not _is_plain(card.model_dump(mode="json")):
        raise _impossible_figures()
    # Pages show the title as Markdown, which could fetch pictures from anywhere.
    strokes = [
        file.model_copy(update={"name": files.plain(file.name)}) for file in card.data.strokes
    ]
    changes = {"title": files.plain(card.data.title), "strokes": strokes}
    facts = card.data.model_copy(update=changes)
    return card.model_copy(update={"data": facts})


def _impossible_figures() -> DigitLabError:
    return DigitLabError(f"its {contract.CARD} has impossible figures.")


def _is_plain(value: Any) -> bool:
    """Return whether all numbers in a JSON value can be displayed."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return not isinstance(value, int | float) or abs(value) <= LARGEST


def _predictions(content: bytes, n: int) -> dict[str, np.ndarray]:
    found = read_arrays(content, ("labels", "probabilities"), PARTS[contract.PREDICTIONS])
    labels, answers = found.get("labels"), found.get("probabilities")
    if labels is None or answers is None or (labels.shape, answers.shape) != ((n,), (n, CLASSES)):
        raise DigitLabError(f"its {contract.PREDICTIONS} does not fit its card.")
    if not np.isin(labels, np.arange(CLASSES)).all() or not are_probabilities(answers):
        raise DigitLabError(f"its {contract.PREDICTIONS} holds no probabilities of digits.")
    return {"labels": labels.astype(np.uint8), "probabilities": answers.astype(np.float32)}


def _check_keras(content: bytes) -> None:
    try:
        imported_keras.check(content)
    except DigitLabError as fault:
        raise DigitLabError(f"in its {contract.KERAS_MODEL}, {fault}") from fault


def _scored(card: Card, predictions: dict[str, np.ndarray]) -> Card:
    """Return the card with scores computed from the predictions; refuse a card that differs."""
    test = evaluate(**predictions)
    if not math.isclose(test.accuracy, card.test.accuracy, abs_tol=1e-6):
        raise DigitLabError(f"its {contract.CARD} claims another result than its answers have.")
    return card.model_copy(update={"test": test})


def _check_metrics(content: bytes) -> None:
    for line in content.splitlines():
        try:
            record = json.loads(line)
            needed = ("step", *_FIGURES[record.pop("kind")])
            figures = [record[name] for name in needed] + [*record.values()]
            odd = any(type(figure) not in (int, float) for figure in figures)
            if odd or type(record["step"]) is not int or not _is_plain([*map(_bounded, figures)]):
                raise ValueError
        except _NO_RECORD as fault:
            raise DigitLabError(f"its {contract.METRICS} is damaged.") from fault


def _bounded(figure: float) -> float:
    # The loss of a batch may have been undefined.
    return figure if math.isfinite(figure) else 0.0
