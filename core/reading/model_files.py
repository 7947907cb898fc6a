"""Model files, recognised by their content: the name may say anything.

`kind_of` tells the three forms that can be taken, and says of the others what they are and what
helps. Nothing is unpacked or run.
"""

import re
import zipfile
from pathlib import Path
from typing import Literal

from core import paths
from core.disk import zip_entries
from core.errors import DigitLabError
from core.reading import imported_keras
from core.reading.network import MAX_BYTES

Kind = Literal["keras", "hdf5", "onnx"]

TITLES: dict[Kind, str] = {"keras": "Keras", "hdf5": "HDF5", "onnx": "ONNX"}
_HEAD_BYTES = 4096
_HDF5 = b"\x89HDF\r\n\x1a\n"
# Protocol 2 and later; protocol 0 begins with a mark or a name, and has no such sign.
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_OLD_PICKLE = re.compile(rb"(\(dp0|\(lp0|c[\w.]+\n\w+\n|ccopy_reg\n)")
_PICKLED = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".sav", ".skops"}
_TAKEN = "a .keras or HDF5 file of Keras, or an ONNX file"
_ELSEWHERE = "where it was trained"
_FROM_TORCH = (
    f"export it as ONNX {_ELSEWHERE}, with torch.onnx.export (PyTorch) or skl2onnx (scikit-learn)"
)
_A_PICKLE = (
    "it is a pickle, which can run any program on this machine and is never opened: " + _FROM_TORCH
)
_SAVED_MODEL = (
    "it is a SavedModel, which is a program and is never run here: save the model with "
    f"model.save('model.keras') {_ELSEWHERE}"
)


def kind_of(path: Path) -> Kind:
    """Return the form of a model file.

    Parameters
    ----------
    path : pathlib.Path
        A file or folder that exists.

    Raises
    ------
    DigitLabError
        It is of another form; the sentence says which, why it is not taken and what helps. It lacks
        the file's name, which the caller knows.
    """
    if path.is_dir():
        reason = of_folder(path) or f"it is a folder without a model: give {_TAKEN}"
        raise DigitLabError(f"{reason}.")
    try:
        size = paths.version(path)[1]
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as fault:
        raise DigitLabError(
            f"it cannot be read ({fault.strerror or fault}): check that it is a file that you may "
            "read."
        ) from fault
    if not head:
        raise DigitLabError(f"it is empty: give {_TAKEN}.")
    if size > MAX_BYTES:
        raise DigitLabError(
            f"it has {size / 1e6:,.0f} MB and at most {MAX_BYTES / 1e6:,.0f} MB are loaded: give a "
            "smaller model."
        )
    if head.startswith(_HDF5):
        return "hdf5"
    if head.startswith(b"PK"):
        return _archive(path)
    if foreign := _foreign(head, path.suffix.lower()):
        raise DigitLabError(f"{foreign}.")
    if _is_onnx(path):
        return "onnx"
    if path.suffix.lower() == ".keras":
        raise DigitLabError(
            "it is damaged or not a .keras file: save the model again with Keras 3."
        )
    if path.suffix.lower() == ".onnx":
        raise DigitLabError("it is damaged or not an ONNX file: export the model again.")
    raise DigitLabError(f"it is no model that is known here: give {_TAKEN}.")


def of_folder(path: Path) -> str | None:
    """Return what is wrong with a folder that holds a model of another form; else ``None``."""
    names = {entry.name for entry in path.iterdir()}
    if names & {"saved_model.pb", "saved_model.pbtxt"}:
        return _SAVED_MODEL
    if "model.json" in names:
        return (
            "it is a model of TensorFlow.js, which cannot be read here: give the .keras file that "
            "it was made from"
        )
    if names >= {"metadata.json", "config.json"}:
        return "it is an unpacked .keras file: save the model again as one file"
    return None


def _archive(path: Path) -> Kind:
    try:
        with zip_entries.archive(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        raise DigitLabError("it is damaged or cut short: copy or save it again.") from fault
    if imported_keras.CONFIG in names:
        return "keras"
    inner = {name.rpartition("/")[2] for name in names}
    if inner & {"data.pkl", "constants.pkl"} or any(name.endswith(".pkl") for name in inner):
        raise DigitLabError(f"{_A_PICKLE}.")
    if "saved_model.pb" in inner:
        raise DigitLabError(f"{_SAVED_MODEL}.")
    if all(name.endswith(".npy") for name in inner):
        raise DigitLabError(
            f"it holds arrays and no network to use them in: give {_TAKEN}, which hold both."
        )
    raise DigitLabError(f"it is an archive and no model: unpack it and give {_TAKEN} from it.")


def _foreign(head: bytes, suffix: str) -> str | None:
    """Return what is wrong with a file of another form; ``None`` if nothing is known of it."""
    text = head.lstrip()
    if _PICKLE.match(head) or _OLD_PICKLE.match(head):
        return _A_PICKLE
    if head[4:8] == b"TFL3":
        return (
            "it is a LiteRT (TensorFlow Lite) file, which is made for phones and cannot be changed "
            "back: give the .keras file that it was made from"
        )
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 100_000_000:
        return (
            "it is a safetensors file, which holds weights and no network to use them in: "
            + _FROM_TORCH
        )
    if text.startswith(b"version https://git-lfs"):
        return "it only points to a file that Git LFS keeps: fetch the model with `git lfs pull`"
    if text[:200].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a web page and no model: download the file itself, not the page about it"
    if text.startswith((b"{", b"[")):
        return (
            "it describes a network without its weights: save the whole model as one .keras file, "
            f"with model.save('model.keras'), {_ELSEWHERE}"
        )
    if head.startswith(b"\x93NUMPY"):
        return f"it holds an array and no network to use it in: give {_TAKEN}, which hold both"
    if suffix in _PICKLED:
        return _A_PICKLE
    if suffix in (".pb", ".pbtxt"):
        return _SAVED_MODEL
    return None


def _is_onnx(path: Path) -> bool:
    import onnx

    try:
        found = onnx.load_model_from_string(path.read_bytes())
    except Exception:  # the only base class that protobuf's errors share
        return False
    return bool(found.ir_version and found.graph.node)
