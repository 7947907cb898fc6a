"""The passport of a run: everything about one finished run in one ``.zip``, to be shown elsewhere.

::

    passport.json     version of this format, the run's id
    config.json       the configuration; no paths: a file of digits goes by its name
    card.json         versions, seed, data digests, scores
    metrics.jsonl     the curves
    predictions.npz   answers on the test images
    model.keras model.onnx
    notes.json        people's notes on the run; may be missing

`pack` makes one; `unpack` makes a run from one, and `settle` completes a run that another machine
has trained. A passport is untrusted: names, count and sizes are
checked before anything is unpacked, and the parts before anything is written. The run appears whole
or not at all. Its state and all scores are recomputed from its predictions, not believed.
"""

import io
import json
import math
import stat
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core import paths, registry
from core.architecture import CLASSES
from core.cards import Card
from core.config import TrainConfig
from core.data import files
from core.disk import zip_entries
from core.disk.atomic import OccupiedError, appearing, keeping, replacing, write_record
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.evaluation.scores import evaluate
from core.figures import LARGEST
from core.reading import imported_keras, imported_onnx
from core.reading.predictor import Predictor, are_probabilities
from core.recipes import link
from core.runs import contract, notes, store
from core.runs.notes import Notes

SUFFIX = ".digit-lab-run.zip"
MAX_BYTES = 200_000_000  # of the file, and of its unpacked content
MOST = 200  # imported runs that are kept
_VERSION = 1
_PASSPORT = "passport.json"
# Every file that a passport may contain, with its largest unpacked size in bytes.
_PARTS = {
    _PASSPORT: 1_000,
    contract.CONFIG: 40_000,
    contract.CARD: 1_000_000,
    contract.METRICS: 10_000_000,
    contract.PREDICTIONS: 50_000_000,
    contract.KERAS_MODEL: 150_000_000,
    contract.ONNX_MODEL: 150_000_000,
    notes.FILE: 64_000,
}
_NEEDED = _PARTS.keys() - {notes.FILE}
_FROM_FOLDER = (contract.METRICS, contract.PREDICTIONS, contract.KERAS_MODEL, contract.ONNX_MODEL)
_DAMAGE = (*zip_entries.DAMAGE, OverflowError)
_NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
_OUT_OF_BOUNDS = ("less_than_equal", "greater_than_equal", "greater_than", "finite_number")
_FIGURES = {
    "batch": ("loss", "accuracy"),
    "epoch": ("epoch", "loss", "accuracy"),
    "rate": ("learning_rate",),
    "resume": (),
}


class _Passport(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int
    run: str


def get_ready() -> None:
    """Load the libraries that check a passport, for who does not want to wait for them then."""
    import h5py  # noqa: F401
    import onnx
    import onnxruntime  # noqa: F401

    _ = onnx.shape_inference  # which it loads late


def pack(run_id: str) -> bytes:
    """Return a run's passport, the content of a ``.zip``.

    Raises
    ------
    DigitLabError
        There is no such run, it has no model, or a file of it cannot be read.
    """
    return pack_run(store.read(run_id))


def pack_run(run: contract.Run) -> bytes:
    """Return the passport of a run in any folder; raises as `pack` does."""
    card = _without_path(registry.of_run(run).card)
    if missing := missing_files(run):
        raise DigitLabError(
            f"The passport of run '{run.id}' cannot be made: its {missing[0]} is missing, train it "
            "again."
        )
    texts = {
        _PASSPORT: _Passport(version=_VERSION, run=run.id).model_dump_json(),
        contract.CONFIG: link.to_json(card.here.config),
        contract.CARD: card.model_dump_json(indent=1),
        notes.FILE: _own_words(notes.read(run.folder)).model_dump_json(),
    }
    file = io.BytesIO()
    try:
        # An archive cannot store the date of a file from before 1980.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for name in _PARTS:
                if name in texts:
                    archive.writestr(name, texts[name])
                else:
                    archive.write(run.folder / name, name)
    except OSError as fault:
        raise DigitLabError(
            f"The passport of run '{run.id}' cannot be made ({fault.strerror or fault}): see that "
            f"the files in '{run.folder}' can be read."
        ) from fault
    return file.getvalue()


def missing_files(run: contract.Run) -> list[str]:
    """Return the files that a run lacks for a passport, such as those that somebody removed."""
    return sorted(name for name in _FROM_FOLDER if not (run.folder / name).is_file())


def unpack(content: bytes, title: str) -> contract.Run:
    """Create a run from a passport.

    Parameters
    ----------
    content : bytes
        The file.
    title : str
        The file's name in errors.

    Returns
    -------
    Run
        Ended, with its original id and the notes' mark that it was imported.

    Raises
    ------
    DigitLabError
        It is not a passport, its parts do not fit together, the run already exists, `MOST` are
        kept already, or it cannot be written; nothing is left behind.
    """
    found = _checked(content, title)
    if imported() >= MOST:
        raise DigitLabError(
            f"{MOST} imported runs are kept already, the most that can be: delete some and try "
            "again."
        )
    said = found.said.model_copy(update={"imported": f"{datetime.now(UTC):%Y-%m-%d}"})
    target = paths.runs_folder() / found.card.run
    try:
        if target.exists():  # It is found out again when the folder is moved there.
            raise OccupiedError
        with keeping("The run", target.parent), appearing(target, contract.ARRIVING) as arriving:
            for name in (contract.CONFIG, contract.METRICS):
                (arriving / name).write_bytes(found.parts[name])
            _write_result(arriving, found, found.card)
            notes.write(arriving, said)
            store.write_status(arriving, _status(found.card))
    except OccupiedError:
        raise DigitLabError(
            f"Run '{found.card.run}' already exists: nothing was imported."
        ) from None
    except DigitLabError as fault:
        raise DigitLabError(f"'{title}' cannot be imported: {fault}") from fault
    return store.read(found.card.run)


def settle(run: contract.Run, content: bytes) -> None:
    """Complete the folder of a run that another machine has trained, with all but its curves.

    Parameters
    ----------
    run : Run
        As its home has it: with its own configuration, and no model.
    content : bytes
        The passport that came home.

    Raises
    ------
    DigitLabError
        It is none, or another run's; the folder has then no model.
    """
    found = _checked(content, "What came home")
    own = run.config
    sent = own and link.from_json(link.to_json(own).encode(), contract.CONFIG)
    if own is None or (found.card.run, found.card.here.config) != (run.id, sent):
        raise DigitLabError("What came home is another run: resume this one.")
    # The paths of this machine again, which a passport does not tell.
    facts = found.card.data.model_copy(update={"source": own.data})
    card = found.card.model_copy(update={"config": own, "data": facts})
    with keeping("The run", run.folder, make=False):
        _write_result(run.folder, found, card)


@dataclass(frozen=True)
class _Checked:
    """The content of a passport, all of which fits together."""

    card: Card
    predictions: dict[str, np.ndarray]
    said: Notes
    parts: dict[str, bytes]


def _checked(content: bytes, title: str) -> _Checked:
    try:
        parts = _read_parts(content)
        run_id = _run_id(parts[_PASSPORT])
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
    return _Checked(card, predictions, _own_words(said), parts)


def _write_result(folder: Path, found: _Checked, card: Card) -> None:
    """Write what a training ends with, the card last."""
    for name in (contract.KERAS_MODEL, contract.ONNX_MODEL):
        write_record(folder / name, found.parts[name], "The run", make=False)
    # Written again, so that nothing but these two arrays comes along.
    with replacing(folder / contract.PREDICTIONS) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **found.predictions)
    Predictor(folder / contract.ONNX_MODEL)  # Refuses anything but a classifier.
    write_record(folder / contract.CARD, card.model_dump_json(indent=1), "The run", make=False)


def imported() -> int:
    """Return how many runs here were imported."""
    folder = paths.runs_folder()
    return sum(bool(notes.read(folder / run_id).imported) for run_id in store.run_ids())


def unpack_file(path: Path) -> contract.Run:
    """Create a run from the file of a passport; raises as `unpack` does."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise DigitLabError(
            f"'{path}' cannot be read ({fault.strerror or fault}): check its name and folder."
        ) from fault
    return unpack(content, path.name)


def _own_words(said: Notes) -> Notes:
    # Groups, sweeps and origins only make sense on the machine of the runs.
    return said.model_copy(update={"group": "", "sweep": "", "imported": ""})


def _without_path(card: Card) -> Card:
    config = link.from_json(link.to_json(card.here.config).encode(), contract.CONFIG)
    facts = card.data.model_copy(update={"source": config.data})
    return card.model_copy(update={"config": config, "data": facts})


def _read_parts(content: bytes) -> dict[str, bytes]:
    if len(content) > MAX_BYTES:
        raise DigitLabError(
            f"it has more than {MAX_BYTES // 10**6} MB, the most that a passport may have."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            return {entry.filename: zip_entries.read(archive, entry) for entry in entries}
    except _DAMAGE as fault:
        raise DigitLabError(
            "it is damaged or not an exported run: export it again where the run is."
        ) from fault


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if strays := [name for name in names if name not in _PARTS]:
        raise DigitLabError(f"{strays[0][:60]!r} does not belong in a passport.")
    if len(set(names)) < len(names):
        raise DigitLabError("it holds a file twice.")
    if missing := sorted(_NEEDED - set(names)):
        raise DigitLabError(f"{missing[0]} is missing in it.")
    for entry in entries:
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if is_link or entry.flag_bits & 1 or entry.compress_type not in zip_entries.PLAIN_METHODS:
            raise DigitLabError(
                f"{entry.filename} in it is a link, encrypted or packed in an unsupported way."
            )
        if entry.file_size > _PARTS[entry.filename]:
            raise DigitLabError(f"{entry.filename} in it is too large.")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise DigitLabError(f"it unpacks to more than {MAX_BYTES // 10**6} MB.")


def _run_id(content: bytes) -> str:
    try:
        passport = _Passport.model_validate_json(content)
    except ValidationError as fault:
        raise DigitLabError(f"its {_PASSPORT} is not that of a passport.") from fault
    if passport.version != _VERSION:
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
    found = read_arrays(content, ("labels", "probabilities"), _PARTS[contract.PREDICTIONS])
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


def _status(card: Card) -> contract.Status:
    """Return the last status that the run's worker would have written."""
    training = card.here.training
    return contract.Status(
        state=contract.State.STOPPED if training.stopped_early else contract.State.FINISHED,
        epoch=training.epochs_done,
        step=training.steps_done,
        total_steps=training.steps_done,
        accuracy=card.test.accuracy,
        started=0.0,
        ended=training.wall_seconds,
    )
