"""An export where a person wants it: the model, and beside it its card and an example of use.

The model appears last, checked and whole, or not at all; nothing of a person's is replaced unasked.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core import registry
from core.cards import read_card
from core.data import Dataset, default_source, load
from core.disk import atomic
from core.errors import DigitLabError
from core.export import examples
from core.export.formats import Exported, Format
from core.reading.normalise import as_floats
from core.runs import store

_CHECK_IMAGES = 1000
_TYPICAL_IMAGES = 500
_SAVED_MODEL = "saved_model.pb"  # what makes a folder a SavedModel


def deliver(name: str, wanted: Format, out: Path, overwrite: bool = False) -> Exported:
    """Export a model to a file or folder of a person's choice.

    Parameters
    ----------
    name : str
        A name in ``models/``, a run's id, or the path of a model folder or a ``.keras`` file.
    wanted : Format
    out : pathlib.Path
        The file, or the folder of a SavedModel; its folder is made where it is missing. The card,
        if the model has one, and the example go beside it, and a picture for the example to read.
    overwrite : bool
        Whether a model, a card and an example that are there already may be replaced. The picture
        never is.

    Returns
    -------
    Exported

    Raises
    ------
    DigitLabError
        There is no such model or no ``.keras`` file of it, ``out`` is taken or ends in the wrong
        way, the check failed, or nothing can be written there. ``out`` is then as it was.
    """
    source = keras_file(name)
    card = source.parent / store.CARD
    with suppress(RuntimeError):  # As in a shell, the home of nobody is a name like any other.
        out = out.expanduser()
    out = out.absolute()
    beside = {examples.NAME: examples.example(wanted, out.name).encode()}
    if card.is_file():
        read_card(card)  # a damaged one is no company
        beside[store.CARD] = card.read_bytes()
    with _faults_told(out):
        _check_place(wanted, out, beside, overwrite)
        if not (out.parent / examples.PICTURE).exists():
            beside[examples.PICTURE] = examples.picture()
    digits = _digits(card)
    with _faults_told(out), _staging(out) as folder:
        from core.export import convert

        exported = convert.export(
            source,
            wanted,
            folder / out.name,
            _spread(digits.x_train, _TYPICAL_IMAGES),
            _spread(digits.x_test, _CHECK_IMAGES),
        )
        for file, content in beside.items():
            (folder / file).write_bytes(content)
        for file in (*beside, *wanted.files[1:], out.name):
            _move(folder / file, out.parent / file)
    names = dict.fromkeys([*wanted.files[1:], *beside, examples.PICTURE])
    return replace(exported, path=out, checked_on=digits.name, beside=tuple(names))


def keras_file(name: str) -> Path:
    """Return the ``.keras`` file of the model that a name, a run's id or a path stands for.

    Raises
    ------
    DigitLabError
        There is no such model, or it is an ONNX file alone.
    """
    path = registry.existing_path(name)
    if path is not None and path.suffix == ".keras":
        return path
    keras = registry.find(name).onnx.with_suffix(".keras")
    if not keras.is_file():
        raise DigitLabError(
            f"'{name}' is an ONNX file without the '{keras.name}' that it was made from, and only "
            "that can be exported: put the two beside each other, or train the model again."
        )
    return keras


def _check_place(wanted: Format, out: Path, beside: dict[str, bytes], overwrite: bool) -> None:
    if not out.name or out.name in {*beside, examples.PICTURE}:
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
    # A slip of the hand must not cost a folder of other things.
    if out.is_dir() and not (wanted.is_folder and (out / _SAVED_MODEL).is_file()):
        raise DigitLabError(
            f"'{out}' is a folder but not a SavedModel, so it is not replaced: name "
            f"'{out / wanted.files[0]}' instead."
        )


def _differs(path: Path, content: bytes) -> bool:
    return path.exists() and not (path.is_file() and path.read_bytes() == content)


def _digits(card: Path) -> Dataset:
    """Return the digits that a model was made for, or others where those are not here."""
    if card.is_file():
        try:
            return load(read_card(card).data.source)
        except DigitLabError:
            pass
    return load(default_source())


def _spread(images: np.ndarray, count: int) -> np.ndarray:
    """Return images from everywhere in a set: neighbours are often by the same writer."""
    chosen = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)
    return as_floats(images[chosen])[..., None]  # (n, 28, 28, 1)


@contextmanager
def _faults_told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise DigitLabError(
            f"Nothing can be written to '{out.parent}' ({fault.strerror or fault}): choose a "
            "folder that you may write to, on a disk with room."
        ) from fault


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """Give a folder on the same disk as ``out`` that is gone afterwards."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        yield Path(folder)


def _move(file: Path, target: Path) -> None:
    if target.is_dir():  # A folder replaces only an empty one: the old goes when `file`'s does.
        atomic.replace(target, file.with_name(f"{file.name}.old"))
    atomic.replace(file, target)
