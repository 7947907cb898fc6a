"""Delivery of an export: the model at the chosen place, its card and an example of use beside it.

The model appears last, checked and whole, or not at all. No file of the user's is replaced unless
asked.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core import registry
from core.cards import read_card
from core.data import Dataset, default_source, load
from core.disk import atomic, refusals
from core.errors import DigitLabError
from core.export import examples
from core.export.formats import Exported, Format
from core.reading.normalise import as_floats
from core.runs import contract

_CHECK_IMAGES = 1000
_TYPICAL_IMAGES = 500
_SAVED_MODEL = "saved_model.pb"  # the file that identifies a SavedModel's folder


def deliver(name: str, wanted: Format, out: Path, overwrite: bool = False) -> Exported:
    """Export a model to a file or folder of the user's choice.

    Parameters
    ----------
    name : str
        A name in ``models/``, a run's id, or the path of a model folder or a ``.keras`` file.
    wanted : Format
    out : pathlib.Path
        The file, or the folder of a SavedModel; a missing parent folder is created. Beside it go
        the model's card, if there is one, the example, and a picture for the example to read.
    overwrite : bool
        Whether an existing model, card and example may be replaced. An existing picture never is.

    Returns
    -------
    Exported

    Raises
    ------
    DigitLabError
        There is no such model or no ``.keras`` file of it, ``out`` is taken or has the wrong
        suffix, the check failed, or nothing can be written there. ``out`` is then unchanged.
    """
    source = _source(name, wanted)
    card = source.parent / contract.CARD
    with suppress(RuntimeError):  # As in a shell, "~nobody" is then an ordinary name.
        out = out.expanduser()
    out = out.absolute()
    beside = {examples.name_beside(out.name): examples.example(wanted, out.name).encode()}
    with _faults_told(out):
        if card.is_file():
            read_card(card)  # a damaged card is not delivered
            beside[_card_name(out, card.read_bytes())] = card.read_bytes()
        _check_place(wanted, out, beside, overwrite)
        if not (out.parent / examples.PICTURE).exists():
            beside[examples.PICTURE] = examples.picture()
    digits = _digits(card)
    with _faults_told(out), _staging(out) as folder:
        exported = _written(source, wanted, folder / out.name, digits)
        for file, content in beside.items():
            (folder / file).write_bytes(content)
        for file in (*beside, *wanted.files[1:], out.name):
            _move(folder / file, out.parent / file)
    names = dict.fromkeys([*wanted.files[1:], *beside, examples.PICTURE])
    return replace(exported, path=out, checked_on=digits.name, beside=tuple(names))


def _source(name: str, wanted: Format) -> Path:
    """Return the file that an export is made from: Keras's, or an ONNX file that has none."""
    try:
        return keras_file(name)
    except DigitLabError:
        if wanted.files[0] != contract.ONNX_MODEL:
            raise
        return registry.find(name).onnx


def _written(source: Path, wanted: Format, path: Path, digits: Dataset) -> Exported:
    if source.suffix.lower() == ".onnx":  # of a model without Keras: it goes as it is
        shutil.copyfile(source, path)
        return Exported(path, path.stat().st_size, 0.0, 1.0, 0)
    from core.export import convert

    return convert.export(
        source,
        wanted,
        path,
        _spread(digits.x_train, _TYPICAL_IMAGES),
        _spread(digits.x_test, _CHECK_IMAGES),
    )


def keras_file(name: str) -> Path:
    """Return the ``.keras`` file of the model for a name, a run's id or a path.

    Raises
    ------
    DigitLabError
        There is no such model, or it is only an ONNX file.
    """
    path = registry.existing_path(name)
    if path is not None and path.suffix == ".keras":
        return path
    keras = registry.find(name).onnx.with_suffix(".keras")
    if not keras.is_file():
        raise DigitLabError(
            f"'{name}' is an ONNX file without the '{keras.name}' that it was made from, so it can "
            "only be exported as onnx: put the two beside each other for the other formats."
        )
    return keras


def _card_name(out: Path, content: bytes) -> str:
    """Return the name of a model's card, its own if that of another model is there already."""
    # A folder with a model.onnx is read as a model, whose card must be its own.
    is_model_folder = out.name in (contract.ONNX_MODEL, contract.KERAS_MODEL)
    if is_model_folder or not _differs(out.parent / contract.CARD, content):
        return contract.CARD
    return f"card-{out.name}.json"


def _check_place(wanted: Format, out: Path, beside: dict[str, bytes], overwrite: bool) -> None:
    if not out.name or out.name in {*beside, contract.CARD, examples.PICTURE}:
        raise DigitLabError(
            f"'{out}' cannot hold {wanted.title}: name it {wanted.files[0]}, for example."
        )
    if not out.name.endswith(wanted.suffix) or out.name == wanted.suffix:
        raise DigitLabError(
            f"'{out.name}' should end in {wanted.suffix}, which other programs expect of "
            f"{wanted.title}: name it {wanted.files[0]}, for example."
        )
    taken = [file for file in (out.name, *wanted.files[1:]) if (out.parent / file).exists()]
    taken += [file for file, content in beside.items() if _differs(out.parent / file, content)]
    if taken and not overwrite:
        raise DigitLabError(
            f"There is a '{taken[0]}' in '{out.parent}' already: choose another folder, or add "
            "--overwrite to replace it."
        )
    # A typing error must not cost a folder of other files.
    if out.is_dir() and not (wanted.is_folder and (out / _SAVED_MODEL).is_file()):
        raise DigitLabError(
            f"'{out}' is a folder but not a SavedModel, so it is not replaced: name "
            f"'{out / wanted.files[0]}' instead."
        )


def _differs(path: Path, content: bytes) -> bool:
    return path.exists() and not (path.is_file() and path.read_bytes() == content)


def _digits(card: Path) -> Dataset:
    """Return the digits that a model was trained for, or others if those are not here."""
    if card.is_file():
        try:
            return load(read_card(card).data.source)
        except DigitLabError:
            pass
    return load(default_source())


def _spread(images: np.ndarray, count: int) -> np.ndarray:
    """Return images from all parts of a set, since neighbours are often by the same writer."""
    chosen = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)
    return as_floats(images[chosen])[..., None]  # (n, 28, 28, 1)


@contextmanager
def _faults_told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise DigitLabError(
            f"Nothing can be written to '{out.parent}' ({refusals.reason(fault)}): "
            f"{refusals.advice(fault)}."
        ) from fault


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """Yield a folder on the same disk as ``out`` that is removed afterwards."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        yield Path(folder)


def _move(file: Path, target: Path) -> None:
    if target.is_dir():  # A folder replaces only an empty one: the old goes when `file`'s does.
        atomic.replace(target, file.with_name(f"{file.name}.old"))
    atomic.replace(file, target)
