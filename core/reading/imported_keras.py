"""Checks of ``.keras`` files before Keras sees them: what they would unpack to, and build.

A ``.keras`` file is an archive: ``config.json`` describes the layers, ``model.weights.h5`` holds
their weights. Both are compressed descriptions, by which a file of 780 kB can demand gigabytes.
`check` reads the archive's directory and the description; `core.model.load` then has Keras work out
the shapes, without their values, and compares them with the limits here before it builds anything.
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
# Weights in float64 with two moments of an optimiser, and room for names.
_BYTES_A_PARAMETER, _BYTES_OF_NAMES = 24, 4_000_000
_WIDTHS = ("units", "filters")
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
        with zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file) as archive:
            _check_entries(archive.infolist())
            described = json.loads(zip_entries.read(archive, archive.getinfo(CONFIG)))
            _check_description(described)
    except DigitLabError:
        raise
    except zip_entries.DAMAGE as fault:
        raise DigitLabError(
            "it is damaged or not a .keras file: save the model again with Keras 3."
        ) from fault
    return described


def check_weights(path: Path, parameters: int) -> None:
    """Refuse a file whose weights would unpack to far more than its network has.

    Parameters
    ----------
    path : pathlib.Path
        A ``.keras`` file that `check` let pass.
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

    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(WEIGHTS)
        _check_unpacked(entry.file_size, most)
        with h5py.File(io.BytesIO(zip_entries.read(archive, entry)), "r") as weights:
            weights.visititems(look)
    _check_unpacked(sum(sizes), most)


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
