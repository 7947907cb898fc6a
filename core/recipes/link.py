"""Links: a configuration as a short text for an address, or as a complete file.

The text of version 1 is "1", followed by base64url without padding of raw deflate of the JSON
``[recipe, check, changes]``. The changes are the differences from the recipe. The check is a
checksum of the whole configuration, so that a recipe that has changed since is noticed and not
silently used. Texts and files are untrusted: their size is bounded before and after unpacking, and
only what `core.config.parse` accepts comes out. No paths travel: a file of digits goes by its name.
"""

import base64
import json
import zlib
from pathlib import PureWindowsPath
from typing import Any

from core.config import TrainConfig, parse
from core.data import stroke_files
from core.data.files import name_of
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES

_VERSION = "1"
_MAX_TEXT = 6_000  # characters; browsers and chats take more
_MAX_JSON = 40_000  # bytes; sixty layers with every setting take a quarter of it
# The dictionary for compression. Part of version 1: a change here makes old texts unreadable.
_WORDS = (
    b'"train_images":1000,"written_digits":20000,"weight_decay":0.004,"precision":"mixed_bfloat16",'
    b'"settling":0.2,"tensorboard":true,"deterministic":true,"imbalance":10.0,"label_noise":0.1,'
    b'"ema":0.99,"clip_norm":1.0,"early_stopping":3,"reduce_on_plateau":2,"augmentation":{'
    b'"rotation":15.0,"shift":2.0,"scale":0.1,"shear":0.2,"elastic":0.5,"thickness":0.5,'
    b'"noise":0.1,"damage":0.2},"loss":"sparse_categorical_crossentropy","label_smoothing":0.05,'
    b'"optimizer":"adamw","sgd","rmsprop","adam","data":"mnist","sample","validation_split":0.1,'
    b'"schedule":"one-cycle","cosine","constant","learning_rate":0.001,"batch_size":128,"seed":1,'
    b'"epochs":5,"layers":[{"layer":"dropout","rate":0.25},{"layer":"global_average"},'
    b'{"layer":"dense","units":128,"activation":"leaky_relu","elu","tanh","sigmoid"},'
    b'{"layer":"conv","filters":32},{"layer":"pool","kind":"average"},{"layer":"pool","size":3},'
    b'{"layer":"conv","filters":16,"kernel":5,"stride":2,"padding":"valid","bias":false,'
    b'"activation":"linear"},{"layer":"batch_norm","momentum":0.9},{"layer":"activation",'
    b'"function":"silu"},{"layer":"flatten"}]}]'
)


def encode(config: TrainConfig) -> str:
    """Return a configuration as a text of letters, digits, "-" and "_".

    `decode` returns it, with a file of digits by its name (`core.data.files.name_of`) instead of
    its path.
    """
    config = _without_path(config)
    base = _base(config.recipe, config.data)
    changes = {name: value for name, value in _compact(config).items() if base.get(name) != value}
    # Settings of the recipe that this configuration lacks have their defaults here.
    changes |= {name: _default(name) for name in base.keys() - _compact(config).keys()}
    return pack([config.recipe, _check(config), changes])


def decode(text: str) -> TrainConfig:
    """Return the configuration that `encode` wrote as this text.

    Raises
    ------
    DigitLabError
        The text is not a link of ours, was cut short, has another version, or belongs to a recipe
        that has changed since.

    Examples
    --------
    >>> from core.config import with_changes
    >>> config = with_changes(RECIPES["cnn-classic"].config, {"epochs": 2})
    >>> text = encode(config)
    >>> len(text) < 100
    True
    >>> decode(text) == config
    True
    """
    match unpack(text):
        case [str(recipe), int(check), dict(changes)]:
            data = changes.get("data")
            base = _base(recipe, data if isinstance(data, str) else "mnist")
            config = parse({"recipe": recipe, **base, **changes})
        case _:
            raise broken()
    if any(map(_is_place, (config.data, config.start_from, *config.strokes))):
        raise broken()
    if _check(config) != check:
        raise DigitLabError(
            f"This link was made when the recipe '{recipe}' had other settings than it has now: "
            "ask for the configuration as a file, which holds all of them."
        )
    return config


def to_json(config: TrainConfig) -> str:
    """Return a complete configuration as the content of a file."""
    return json.dumps(_without_path(config).model_dump(mode="json"), indent=1)


def from_json(content: bytes, name: str) -> TrainConfig:
    """Read a file of `to_json`, or one written by hand.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        The file's name in error messages.

    Raises
    ------
    DigitLabError
        The file is too large, not JSON or not a valid configuration, or it names a model to
        start from or strokes by a path instead of a name that is known here.

    Examples
    --------
    >>> config = RECIPES["tiny"].config
    >>> from_json(to_json(config).encode(), "tiny.json") == config
    True
    """
    values = parse_file(content, name)
    try:
        config = parse(values)
    except DigitLabError as fault:
        raise DigitLabError(f"'{name}' cannot be used: {fault}") from None
    if _is_place(config.start_from):
        raise DigitLabError(
            f"'{name}' cannot be used: start_from must be the name of a model or the id of a run, "
            "not a path."
        )
    if not all(map(stroke_files.is_name, config.strokes)):
        raise DigitLabError(
            f"'{name}' cannot be used: strokes must be names of files in strokes/ of the data "
            "folder, not paths."
        )
    return config


def parse_file(content: bytes, name: str) -> dict[str, Any]:
    """Read a small file with a JSON object; raises DigitLabError if it is none."""
    if len(content) > _MAX_JSON:
        raise DigitLabError(
            f"'{name}' has {len(content):,} bytes, but a configuration has at most {_MAX_JSON:,}: "
            "choose a file that was saved with Share this configuration."
        )
    values = _json(content)
    if not isinstance(values, dict):
        raise DigitLabError(
            f"'{name}' holds no configuration: choose a .json file that was saved with Share this "
            "configuration."
        )
    return values


def pack(value: Any) -> str:
    """Return a JSON value as a text of letters, digits, "-" and "_", for an address."""
    whole = json.dumps(value, separators=(",", ":"))
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    packed = packer.compress(whole.encode()) + packer.flush()
    return _VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str) -> Any:
    """Return what `pack` wrote as this text, ``None`` if it is not JSON.

    Raises
    ------
    DigitLabError
        The text is not a link of ours, was cut short, or has another version.
    """
    if text[:1].isdigit() and not text.startswith(_VERSION):
        raise DigitLabError(
            "This link comes from another version of Digit Lab: ask for the configuration as a "
            "file instead."
        )
    if not text.startswith(_VERSION) or len(text) > _MAX_TEXT or not text.isascii():
        raise broken()
    try:
        packed = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), b"-_", validate=True)
        unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS)
        whole = unpacker.decompress(packed, _MAX_JSON)
    except (ValueError, zlib.error):
        raise broken() from None
    if not unpacker.eof or unpacker.unused_data:
        raise broken()
    return _json(whole)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # Not JSON, not UTF-8, or nested thousands deep.
        return None


def broken() -> DigitLabError:
    """Return the fault of a text that is none of ours."""
    return DigitLabError(
        "This link's configuration cannot be read, it may have been cut short: copy the whole link."
    )


def _base(recipe: str, data: str) -> dict[str, Any]:
    # The user's own recipes are unknown elsewhere, so all of their settings travel.
    if recipe not in RECIPES:
        return {}
    config = RECIPES[recipe].config_for(data)
    return _compact(config.model_copy(update={"data": "mnist"}))


def _compact(config: TrainConfig) -> dict[str, Any]:
    """Return what a configuration sets, without defaults at any level except for the name."""
    values = config.model_dump(mode="json", exclude_defaults=True, exclude={"recipe", "layers"})
    values["layers"] = [
        {"layer": layer.layer, **layer.model_dump(mode="json", exclude_defaults=True)}
        for layer in config.layers
    ]
    return values


def _default(name: str) -> Any:
    default = TrainConfig.model_fields[name].default
    return default.model_dump(exclude_defaults=True) if name == "augmentation" else default


def _check(config: TrainConfig) -> int:
    return zlib.crc32(json.dumps(_compact(config), sort_keys=True).encode())


def _is_place(name: str) -> bool:
    # PureWindowsPath accepts both kinds of slashes, and knows drives and shares.
    return PureWindowsPath(name).name != name


def _without_path(config: TrainConfig) -> TrainConfig:
    model = PureWindowsPath(config.start_from).name
    strokes = [stroke_files.name_of(source) for source in config.strokes]
    changes = {"data": name_of(config.data), "start_from": model, "strokes": strokes}
    return config.model_copy(update=changes)
