"""Checks of Keras's files before Keras sees them: what they would unpack to, build, and run.

A ``.keras`` file is an archive: ``config.json`` describes the layers, ``model.weights.h5`` holds
their weights. An HDF5 file holds both. They are compressed descriptions, by which a file of 780 kB
can demand gigabytes, and they may name code of their author's. `check` and `check_hdf5` read the
description; `core.model.load_any` then has Keras work out the shapes, without their values, and
compares them with the limits here before it builds anything.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.disk import zip_entries
from core.errors import DigitLabError
from core.reading.network import MAX_BYTES

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
# Networks made here have at most 62 layers, 4,096 units and 20 million parameters, and 401,408
# values between two layers. Those of other people may be larger.
MAX_LAYERS = 200
MAX_UNITS = 16_384
MAX_PARAMETERS = MAX_BYTES // 4  # float32, as much as an ONNX file may have
MAX_VALUES = 1 << 20  # between two layers, for each image
_MAX_CONFIG_BYTES = 2_000_000
_MOST_PARTS = 20_000  # groups and arrays in a file of weights
# Weights in float64 with two moments of an optimiser, and room for names.
_BYTES_A_PARAMETER, _BYTES_OF_NAMES = 24, 4_000_000
_WIDTHS = ("units", "filters")
# Layers that run code of the file's author, or open other files.
_CODE = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
_FILES = ("TextVectorization", "StringLookup", "IntegerLookup", "IndexLookup")
_HAND_BACK = "replace it with layers of Keras's own and save the model again"
_IDENTIFIERS = ("seed", "shared_object_id")  # large whole numbers that are no sizes


def check(file: bytes | Path) -> dict[str, Any]:
    """Refuse a file that would unpack to too much, or describes too large a network.

    Parameters
    ----------
    file : bytes or pathlib.Path
        A ``.keras`` file.

    Returns
    -------
    dict
        The description of the network, for `keras.saving.deserialize_keras_object`.

    Raises
    ------
    DigitLabError
        It is damaged, holds other files, or is beyond a limit. The message lacks the file's name,
        which the caller knows.
    """
    try:
        with zip_entries.archive(file) as archive:
            _check_entries(archive.infolist())
            described = json.loads(zip_entries.read(archive, archive.getinfo(CONFIG)))
            _check_description(described)
            _check_code(described)
    except DigitLabError:
        raise
    except zip_entries.DAMAGE as fault:
        raise DigitLabError(
            "it is damaged or not a .keras file: save the model again with Keras 3."
        ) from fault
    return described


def check_hdf5(path: Path) -> dict[str, Any]:
    """Refuse an HDF5 file that describes too large a network or code of its author's.

    Parameters
    ----------
    path : pathlib.Path
        A file of HDF5's form, whatever its name.

    Returns
    -------
    dict
        The description of the network, of Keras 3 or earlier.

    Raises
    ------
    DigitLabError
        It is damaged, holds no network, or is beyond a limit. The message lacks the file's name.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = file.attrs.get("model_config")
            if found is None:
                raise DigitLabError(
                    "it holds weights and no network to use them in: save the whole model with "
                    "model.save('model.keras')."
                )
            if len(found) > _MAX_CONFIG_BYTES:
                raise DigitLabError("the description of its network is too large.")
            described = json.loads(found)
            _check_description(described)
            _check_code(described)
    except DigitLabError:
        raise
    except (*zip_entries.DAMAGE, TypeError) as fault:
        raise DigitLabError("it is damaged: save the model again with Keras.") from fault
    return described


def check_weights(path: Path, parameters: int) -> None:
    """Refuse a file whose weights would unpack to far more than its network has.

    Parameters
    ----------
    path : pathlib.Path
        A ``.keras`` file that `check` let pass, or an HDF5 file that `check_hdf5` did.
    parameters : int
        How many the network has.

    Raises
    ------
    DigitLabError
        The weights declare too much, or lie in other files.
    """
    import h5py

    most = _BYTES_A_PARAMETER * parameters + _BYTES_OF_NAMES
    sizes: list[int] = []

    def look(_: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset):
            if part.external or part.is_virtual:
                raise DigitLabError("its weights lie in other files, which are never opened.")
            sizes.append(part.size * part.dtype.itemsize if part.size else 0)

    if zipfile.is_zipfile(path):
        with zip_entries.archive(path) as archive:
            entry = archive.getinfo(WEIGHTS)
            _check_unpacked(entry.file_size, most)
            with h5py.File(io.BytesIO(zip_entries.read(archive, entry)), "r") as weights:
                _refuse_links(weights)
                weights.visititems(look)
    else:
        with h5py.File(path, "r") as weights:
            _refuse_links(weights)
            weights.visititems(look)
    _check_unpacked(sum(sizes), most)


def _refuse_links(group: Any) -> None:
    """Refuse links to other files, which HDF5 would follow, and which a visit leaves out."""
    import h5py

    left, seen = [group], 0
    while left:
        part = left.pop()
        for name in part:
            seen += 1
            link = part.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink) or seen > _MOST_PARTS:
                raise DigitLabError("its weights lie in other files, which are never opened.")
            if isinstance(link, h5py.HardLink) and isinstance(part[name], h5py.Group):
                left.append(part[name])


def _check_unpacked(size: int, most: int) -> None:
    if size > most:
        raise DigitLabError(
            f"its weights unpack to {size / 1e6:,.0f} MB, but its network needs at most "
            f"{most / 1e6:,.0f} MB: save the model again."
        )


def check_size(parameters: int, largest: int) -> None:
    """Refuse a network by its parameters, or by the values between two of its layers."""
    if parameters > MAX_PARAMETERS:
        raise DigitLabError(
            f"its network has {parameters:,} parameters, but at most {MAX_PARAMETERS:,} are "
            "loaded: give a smaller model."
        )
    if largest > MAX_VALUES:
        raise DigitLabError(
            f"a layer of its network gives {largest:,} values for each image, but at most "
            f"{MAX_VALUES:,} are allowed: give a smaller model."
        )


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    known = {CONFIG, WEIGHTS, "metadata.json"}
    if strays := [name for name in names if name not in known]:
        raise DigitLabError(
            f"{strays[0][:60]!r} in it belongs to no network of digits: give a .keras file with "
            "layers and weights alone."
        )
    if len(set(names)) < len(names):
        raise DigitLabError("it holds a file twice: save the model again.")
    for entry in entries:
        most = 4 * MAX_BYTES if entry.filename == WEIGHTS else _MAX_CONFIG_BYTES
        if entry.file_size > most:
            raise DigitLabError(
                f"{entry.filename} in it unpacks to {entry.file_size / 1e6:,.0f} MB, but at most "
                f"{most / 1e6:,.0f} MB are loaded: give a smaller model."
            )
        if entry.compress_type not in zip_entries.PLAIN_METHODS:
            raise DigitLabError(
                f"{entry.filename} in it is packed in an unusual way: save the model again."
            )


def _check_description(described: Any) -> None:
    if not isinstance(described, dict) or "class_name" not in described:
        raise ValueError
    layers = 0
    for key, value in _items(described):
        if key == "layers" and isinstance(value, list):
            layers += len(value)
        elif key == "inbound_nodes" and isinstance(value, list):
            layers += max(len(value) - 1, 0)  # each further place that a layer is used in
        elif key in _IDENTIFIERS or type(value) is not int:
            continue
        elif key in _WIDTHS and value > MAX_UNITS:
            raise DigitLabError(
                f"a layer of its network has {value:,} {key}, but at most {MAX_UNITS:,} are "
                "loaded: give a smaller model."
            )
        elif value > MAX_VALUES:
            raise DigitLabError(
                f"its network has a '{key}' of {value:,}, but at most {MAX_VALUES:,} are allowed: "
                "give a smaller model."
            )
    if layers > MAX_LAYERS:
        raise DigitLabError(
            f"its network has {layers:,} layers, but at most {MAX_LAYERS:,} are loaded: give a "
            "smaller model."
        )


def _check_code(described: dict[str, Any]) -> None:
    """Refuse what Keras could only build with code of the file's author, and say what it is."""
    described["compile_config"] = None  # losses and metrics of its training, which is over
    for _, part in [("", described), *_items(described)]:
        if not isinstance(part, dict) or not isinstance(part.get("class_name"), str):
            continue
        kind, module = part["class_name"], part.get("module", "keras")
        facts = part.get("config")
        name = facts.get("name", kind) if isinstance(facts, dict) else kind
        if kind in _CODE or kind == "__lambda__":
            raise DigitLabError(
                f"its layer {_quoted(name)} is a {kind.strip('_')} layer, which runs code of the "
                f"file's author and is never loaded: {_HAND_BACK}."
            )
        if kind in _FILES:
            raise DigitLabError(
                f"its layer {_quoted(name)} is a {kind} layer, which reads words and not pictures."
            )
        own = kind == "function" and module == "builtins"
        foreign = str(module).partition(".")[0] not in ("keras", "builtins")
        if own or (foreign and not kind.startswith("__")):
            what = facts if own and isinstance(facts, str) else part.get("registered_name") or kind
            raise DigitLabError(
                f"it needs {_quoted(what)}, code of its author's that is not in the file and would "
                f"never be run: {_HAND_BACK}."
            )


def _quoted(words: object) -> str:
    return repr(str(words)[:60])


def _items(described: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every value of a JSON object with its key, at any depth; of a list, each part."""
    left: list[tuple[str, Any]] = list(described.items())
    while left:
        key, value = left.pop()
        yield key, value
        if isinstance(value, dict):
            left.extend(value.items())
        elif isinstance(value, list):
            left.extend((key, part) for part in value)
