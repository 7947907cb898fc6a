"""The search space: which settings of a configuration vary, and over what, as data.

A space maps the names of settings to a `Range` or `Choices`. A name is that of a field of
`core.config.TrainConfig` (``learning_rate``), of an amount of augmentation
(``augmentation.rotation``) or of a layer's field (``layers.2.units``, counted from 1). A layer
itself (``layers.3``) and ``augmentation`` are on or off: choices of true and false.
"""

import json
import math
import types
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.architecture import Layer
from core.config import TrainConfig, parse
from core.data.augment import NO_CHANGES, Augmentation
from core.errors import DigitLabError

Value = bool | int | float | str | None
Parameters = dict[str, Value]
MOST_CHOICES, MOST_VARIED = 50, 20
# What would make tries incomparable, or decides nothing.
_FIXED = {
    "recipe": "it is a name",
    "data": "tries are compared on the same digits",
    "validation_split": "tries are compared on the same digits",
    "train_images": "tries are compared on the same digits",
    "own_digits": "tries learn from the same digits",
    "strokes": "tries learn from the same digits",
    "score_on": "tries are chosen on validation images alone",
    "start_from": "tries begin with new weights, or all with the same",
    "seed": "the best would only be the luckiest",
    "deterministic": "it decides nothing about the result",
    "tensorboard": "it decides nothing about the result",
    "layers": "name one of them, such as layers.1 or layers.1.units",
}


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Range(_Data):
    """All numbers from ``low`` to ``high``; by their logarithm, or in steps, if that is said."""

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = Field(None, gt=0)


class Choices(_Data):
    """The values to choose from."""

    choices: tuple[Value, ...] = Field(min_length=2, max_length=MOST_CHOICES)


Dimension = Range | Choices
Space = dict[str, Dimension]


def parse_space(base: TrainConfig, vary: Mapping[str, Any]) -> Space:
    """Return a validated search space around a configuration.

    Parameters
    ----------
    base : TrainConfig
        The starting point, which is tried first and must lie in the space.
    vary : mapping of str to dict
        For each setting a range, ``{"low": 0.001, "high": 0.1, "log": True}``, perhaps with a
        ``step``, or ``{"choices": [...]}``.

    Raises
    ------
    DigitLabError
        One sentence for the first fault: the setting, the value, what is allowed.

    Examples
    --------
    >>> base = parse({"recipe": "mine", "layers": [{"layer": "flatten"}]})
    >>> space = parse_space(base, {"learning_rate": {"low": 0.001, "high": 0.1, "log": True}})
    >>> config_for(base, {"learning_rate": 0.01}).learning_rate
    0.01
    >>> parse_space(base, {"epochs": {"low": 1, "high": 500}})
    Traceback (most recent call last):
        ...
    core.errors.DigitLabError: epochs: epochs must be a whole number from 1 to 200, not 500.
    """
    if not 1 <= len(vary) <= MOST_VARIED:
        raise DigitLabError(f"1 to {MOST_VARIED} settings can vary, not {len(vary)}.")
    space = {name: _dimension(base, name, given) for name, given in vary.items()}
    for name, dimension in space.items():
        start = value_of(base, name)
        if not _contains(dimension, start):
            raise DigitLabError(
                f"{name}: the starting point has {_show(start)}, which is not among the values to "
                "try: add it, or change the starting point."
            )
    _check_corners(base, space)
    return space


def parse_varied(text: str) -> tuple[str, dict[str, Any]]:
    """Split the command line's ``KEY=VALUES``: a range, or choices.

    A range is written ``LOW..HIGH``, with ``:log`` or ``:STEP`` after it if need be; choices stand
    with commas between them, each as JSON if it parses as such. ``on`` and ``off`` are true and
    false.

    Examples
    --------
    >>> parse_varied("learning_rate=0.001..0.1:log")
    ('learning_rate', {'low': 0.001, 'high': 0.1, 'log': True})
    >>> parse_varied("layers.2.units=32..128:32")
    ('layers.2.units', {'low': 32, 'high': 128, 'step': 32})
    >>> parse_varied("optimizer=adam,sgd")
    ('optimizer', {'choices': ['adam', 'sgd']})
    """
    name, separator, values = text.partition("=")
    if not separator or not name.strip() or not values.strip():
        raise DigitLabError(
            f"'{text}' does not say what varies: write KEY=LOW..HIGH, KEY=LOW..HIGH:log, "
            "KEY=LOW..HIGH:STEP or KEY=ONE,OTHER."
        )
    low, dots, rest = values.partition("..")
    if not dots:
        return name.strip(), {"choices": [_word(choice) for choice in values.split(",")]}
    high, colon, how = rest.partition(":")
    found = {"low": _word(low), "high": _word(high)}
    if colon:
        found |= {"log": True} if how.strip() == "log" else {"step": _word(how)}
    return name.strip(), found


def starting_point(base: TrainConfig, space: Space) -> Parameters:
    """Return the parameters of the configuration itself."""
    return {name: value_of(base, name) for name in space}


def config_for(base: TrainConfig, parameters: Mapping[str, Value]) -> TrainConfig:
    """Return a configuration with the parameters of a try.

    Raises
    ------
    DigitLabError
        They do not go together.
    """
    values = base.model_dump()
    off = []
    for name, value in parameters.items():
        match name.split("."):
            case ["layers", place]:
                off += [] if value else [int(place) - 1]
            case ["layers", place, field]:
                values["layers"][int(place) - 1][field] = value
            case ["augmentation", field]:
                values["augmentation"][field] = value
            case [field] if field != "augmentation":
                values[field] = value
    values["layers"] = [layer for i, layer in enumerate(values["layers"]) if i not in off]
    if parameters.get("augmentation") is False:
        values["augmentation"] = NO_CHANGES.model_dump()
    return parse(values)


def grid(space: Space) -> Iterator[Parameters]:
    """Yield each combination of the values, the last setting varying fastest."""
    for values in product(*(_values(dimension) for dimension in space.values())):
        yield dict(zip(space, values, strict=True))


def grid_size(space: Space) -> int:
    """Return how many combinations a grid has; raises DigitLabError if a range has no steps."""
    for name, dimension in space.items():
        if isinstance(dimension, Range) and dimension.step is None:
            raise DigitLabError(f"{name}: a grid needs a step, or choices instead of a range.")
    return math.prod(len(_values(dimension)) for dimension in space.values())


def is_whole(dimension: Range) -> bool:
    """Return whether a range is of whole numbers."""
    return all(isinstance(end, int) for end in (dimension.low, dimension.high))


def value_of(base: TrainConfig, name: str) -> Value:
    """Return a configuration's value of a setting; a layer, or its augmentation, is on."""
    match name.split("."):
        case ["layers", _] | ["augmentation"]:
            return True
        case ["layers", place, field]:
            return getattr(base.layers[int(place) - 1], field)
        case ["augmentation", field]:
            return getattr(base.augmentation, field)
    return getattr(base, name)


def _dimension(base: TrainConfig, name: str, given: Any) -> Dimension:
    kind = _kind(base, name)
    if isinstance(given, BaseModel):
        given = given.model_dump()
    try:
        found: Dimension = (
            Choices.model_validate(given)
            if isinstance(given, dict) and "choices" in given
            else Range.model_validate(given)
        )
    except ValidationError as fault:
        raise DigitLabError(f"{name}: {_explain(fault)}") from None
    if kind == "switch" and not (
        isinstance(found, Choices) and sorted(map(str, found.choices)) == ["False", "True"]
    ):
        raise DigitLabError(f"{name} is on or off: give the choices true and false.")
    if isinstance(found, Choices):
        if len(set(map(repr, found.choices))) < len(found.choices):
            raise DigitLabError(f"{name}: a choice is there twice: leave one out.")
        return found
    return _range(name, kind, found)


def _range(name: str, kind: str, found: Range) -> Range:
    if kind == "other":
        raise DigitLabError(f"{name} is not a number: give choices instead of a range.")
    if not found.low < found.high:
        raise DigitLabError(
            f"{name}: low must be below high, not {found.low:g} and {found.high:g}."
        )
    if found.step is not None and not _contains(found, found.high):
        raise DigitLabError(
            f"{name}: steps of {found.step:g} from {found.low:g} do not reach {found.high:g}."
        )
    if found.log and found.step is not None:
        raise DigitLabError(f"{name}: a range has steps or a logarithm, not both.")
    if found.log and found.low <= 0:
        raise DigitLabError(f"{name}: a range by logarithm begins above 0, not at {found.low:g}.")
    numbers = {"low": found.low, "high": found.high, "step": found.step}
    known = {field: float(number) for field, number in numbers.items() if number is not None}
    if kind == "whole":
        if not all(number.is_integer() for number in known.values()):
            raise DigitLabError(f"{name}: low, high and step must be whole numbers.")
        return found.model_copy(update={field: int(number) for field, number in known.items()})
    return found.model_copy(update=known)


def _kind(base: TrainConfig, name: str) -> Literal["switch", "whole", "number", "other"]:
    match name.split("."):
        case ["layers", place, *rest] if len(rest) <= 1 and rest != ["layer"]:
            layer = _layer(base, name, place)
            return _kind_of(type(layer), name, rest[0], f"layer {place}") if rest else "switch"
        case ["augmentation"]:
            return "switch"
        case ["augmentation", field]:
            return _kind_of(Augmentation, name, field, "augmentation")
        case [field]:
            if why := _FIXED.get(field):
                raise DigitLabError(f"{name} cannot vary: {why}.")
            return _kind_of(TrainConfig, name, field, "a configuration")
    raise DigitLabError(
        f"'{name}' is not a setting: write learning_rate, layers.1.units or augmentation.rotation."
    )


def _layer(base: TrainConfig, name: str, place: str) -> Layer:
    if not place.isdecimal() or not 1 <= int(place) <= len(base.layers):
        raise DigitLabError(f"{name}: the layers are 1 to {len(base.layers)}, not {place}.")
    return base.layers[int(place) - 1]


def _kind_of(
    model: type[BaseModel], name: str, field: str, where: str
) -> Literal["whole", "number", "other"]:
    fields = {known: info for known, info in model.model_fields.items() if known != "layer"}
    if field not in fields:
        names = ", ".join(known for known in fields if known not in _FIXED) or "none"
        raise DigitLabError(f"{name} is not a setting: those of {where} are {names}.")
    kinds = _members(fields[field].annotation)
    return "whole" if int in kinds else "number" if float in kinds else "other"


def _members(annotation: Any) -> tuple[Any, ...]:
    joined = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if joined else (annotation,)


def _contains(dimension: Dimension, value: Value) -> bool:
    if isinstance(dimension, Choices):
        return repr(value) in map(repr, dimension.choices)
    if not isinstance(value, int | float) or not dimension.low <= value <= dimension.high:
        return False
    steps = (value - dimension.low) / (dimension.step or 1.0)
    return dimension.step is None or math.isclose(steps, round(steps), abs_tol=1e-9)


def _values(dimension: Dimension) -> list[Value]:
    if isinstance(dimension, Choices):
        return list(dimension.choices)
    step = dimension.step or 1
    count = math.floor((dimension.high - dimension.low) / step + 1e-9) + 1
    return [dimension.low + step * i for i in range(count)]


def _ends(dimension: Dimension) -> tuple[Value, ...]:
    if isinstance(dimension, Choices):
        return dimension.choices
    return (dimension.low, dimension.high)


def _check_corners(base: TrainConfig, space: Space) -> None:
    """Refuse an end of a range, or a choice, that goes with no value of another setting."""
    config_for(base, {})
    allowed: set[tuple[str, str]] = set()
    faults: dict[tuple[str, str], str] = {}
    for name, dimension in space.items():
        for value in _ends(dimension):
            fault = _fault(base, {name: value})
            if fault:
                faults[name, repr(value)] = fault
            else:
                allowed.add((name, repr(value)))
    for one, other in combinations(space, 2) if faults else ():
        for values in product(_ends(space[one]), _ends(space[other])):
            keys = [(name, repr(value)) for name, value in zip((one, other), values, strict=True)]
            if not allowed.issuperset(keys) and not _fault(
                base, dict(zip((one, other), values, strict=True))
            ):
                allowed.update(keys)
    for (name, value), fault in faults.items():
        if (name, value) not in allowed:
            raise DigitLabError(f"{name}: {fault}")


def _fault(base: TrainConfig, parameters: Parameters) -> str:
    try:
        config_for(base, parameters)
    except DigitLabError as fault:
        return str(fault)
    return ""


def _explain(fault: ValidationError) -> str:
    error = fault.errors()[0]
    field = str(error["loc"][0]) if error["loc"] else ""
    what = {
        "low": "low must be a number",
        "high": "high must be a number",
        "log": "log must be true or false",
        "step": "step must be a number above 0",
        "choices": f"give 2 to {MOST_CHOICES} choices: words, numbers, true or false",
    }
    if field not in what:
        return "give a range, as low and high and perhaps log or step, or choices."
    return (
        f"{what[field]}, not {_show(error['input'])}." if field != "choices" else f"{what[field]}."
    )


def _word(text: str) -> Any:
    text = text.strip()
    if text in ("on", "off"):
        return text == "on"
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
