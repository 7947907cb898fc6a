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
has trained. It is checked first, see `passport_check`; the run appears whole or not at all.
"""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core import paths, registry
from core.cards import Card
from core.disk.atomic import OccupiedError, appearing, keeping, replacing, write_record
from core.errors import DigitLabError
from core.export.passport_check import (
    MAX_BYTES,
    PARTS,
    PASSPORT,
    VERSION,
    Checked,
    Passport,
    check,
    own_words,
)
from core.reading.predictor import Predictor
from core.recipes import link
from core.runs import contract, notes, store

SUFFIX = ".digit-lab-run.zip"
MOST = 200  # imported runs that are kept
_FROM_FOLDER = (contract.METRICS, contract.PREDICTIONS, contract.KERAS_MODEL, contract.ONNX_MODEL)


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
        PASSPORT: Passport(version=VERSION, run=run.id).model_dump_json(),
        contract.CONFIG: link.to_json(card.here.config),
        contract.CARD: card.model_dump_json(indent=1),
        notes.FILE: own_words(notes.read(run.folder)).model_dump_json(),
    }
    file = io.BytesIO()
    try:
        # An archive cannot store the date of a file from before 1980.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for name in PARTS:
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
    found = check(content, title)
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
    found = check(content, "What came home")
    own = run.config
    sent = own and link.from_json(link.to_json(own).encode(), contract.CONFIG)
    if own is None or (found.card.run, found.card.here.config) != (run.id, sent):
        raise DigitLabError("What came home is another run: resume this one.")
    # The paths of this machine again, which a passport does not tell.
    facts = found.card.data.model_copy(update={"source": own.data})
    card = found.card.model_copy(update={"config": own, "data": facts})
    with keeping("The run", run.folder, make=False):
        _write_result(run.folder, found, card)


def _write_result(folder: Path, found: Checked, card: Card) -> None:
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


def _without_path(card: Card) -> Card:
    config = link.from_json(link.to_json(card.here.config).encode(), contract.CONFIG)
    facts = card.data.model_copy(update={"source": config.data})
    return card.model_copy(update={"config": config, "data": facts})


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
