"""A model of a person's own on its way to another machine, whose training starts from it.

A ``.zip`` of its network and its card, without the predictions on its test set. There it is checked
like any file from elsewhere: names, sizes and contents, before anything of it is used.
"""

import io
import zipfile
from pathlib import Path

from pydantic import ValidationError

from core import registry
from core.cards import Card
from core.cluster.pieces import MOST_BYTES
from core.disk import zip_entries
from core.disk.atomic import write_record
from core.errors import DigitLabError
from core.reading import imported_keras, imported_onnx
from core.runs import contract

# Every file of it, with its largest unpacked size in bytes.
_PARTS = {
    contract.KERAS_MODEL: 150_000_000,
    contract.ONNX_MODEL: 150_000_000,
    contract.CARD: 1_000_000,
}


def pack(name: str) -> bytes:
    """Return a model as the content of a ``.zip``.

    Raises
    ------
    DigitLabError
        There is no such model, a file of it is missing, or it is too large to be sent.
    """
    folder = registry.find(name).folder
    file = io.BytesIO()
    try:
        # An archive cannot store the date of a file from before 1980.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for part in _PARTS:
                archive.write(folder / part, part)
    except OSError as fault:
        raise DigitLabError(
            f"Model '{name}' cannot be sent to another machine ({fault.strerror or fault}): train "
            "on this machine."
        ) from fault
    if file.tell() > MOST_BYTES:
        raise DigitLabError(
            f"Model '{name}' takes {file.tell() // 10**6} MB, and at most {MOST_BYTES // 10**6} "
            "can be sent to other machines: train on this machine."
        )
    return file.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of a model into a new folder, once all of them are found to be what they say.

    Parameters
    ----------
    content : bytes
        From anywhere, of at most `pieces.MOST_BYTES`.
    folder : Path

    Raises
    ------
    DigitLabError
        It is no such archive, or a part of it is no network or no card; nothing is written.
    """
    try:
        parts = _parts(content)
        imported_keras.check(parts[contract.KERAS_MODEL])
        imported_onnx.check(parts[contract.ONNX_MODEL])
        Card.model_validate_json(parts[contract.CARD])
    except ValidationError as fault:
        raise DigitLabError("The model to start from has come with a damaged card.") from fault
    except DigitLabError as fault:
        raise DigitLabError(f"The model to start from cannot be used: {fault}") from fault
    folder.mkdir(parents=True)
    for name, part in parts.items():
        write_record(folder / name, part, "The model", make=False)


def _parts(content: bytes) -> dict[str, bytes]:
    try:
        with zip_entries.archive(content) as archive:
            entries = archive.infolist()
            sizes = {entry.filename: entry.file_size for entry in entries}
            if sizes.keys() != _PARTS.keys() or len(sizes) != len(entries):
                raise DigitLabError("it has other files than a model has.")
            if any(size > _PARTS[name] for name, size in sizes.items()):
                raise DigitLabError("a file in it is too large.")
            return {entry.filename: zip_entries.read(archive, entry) for entry in entries}
    except zip_entries.DAMAGE as fault:
        raise DigitLabError("it is damaged on its way.") from fault
