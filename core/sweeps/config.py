"""`SweepConfig`: everything that decides what a sweep tries; as a file, or as a link.

Links and files are those of `core.recipes.link`, with what varies beside the starting point.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from core import config
from core.config import TrainConfig
from core.errors import DigitLabError
from core.recipes import link
from core.sweeps.space import Choices, Parameters, Range, config_for, grid_size, parse_space

MOST_TRIES, MOST_AT_ONCE = 1000, 16


class SweepConfig(BaseModel):
    """A sweep, complete: one worker that is given the same twice does the same."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # Each description completes "FIELD must be ...".
    base: TrainConfig = Field(description="a configuration: the starting point, tried first")
    vary: dict[str, Range | Choices] = Field(description="for each setting a range or choices")
    tries: int = Field(
        24, ge=1, le=MOST_TRIES, description=f"a whole number from 1 to {MOST_TRIES}"
    )
    at_once: int = Field(
        1,
        ge=1,
        le=MOST_AT_ONCE,
        description=f"a whole number from 1 to {MOST_AT_ONCE}: tries that train or wait together",
    )
    sampler: Literal["tpe", "random", "grid"] = Field(
        "tpe",
        description="'tpe' (near the best so far), 'random' or 'grid' (every combination)",
    )
    pruner: Literal["asha", "none"] = Field(
        "asha", description="'asha' (ends tries early that others are ahead of) or 'none'"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="a whole number from 0 to 2147483647")

    @field_validator("vary", mode="before")
    @classmethod
    def _read_space(cls, vary: Any, known: ValidationInfo) -> Any:
        if not isinstance(vary, dict) or "base" not in known.data:
            return vary
        return parse_space(known.data["base"], vary)

    def model_post_init(self, _context: Any) -> None:
        """Refuse a grid over ranges without steps."""
        if self.sampler == "grid":
            grid_size(self.vary)

    @property
    def most(self) -> int:
        """The tries that there can be: the size of a grid, else any number."""
        return grid_size(self.vary) if self.sampler == "grid" else MOST_TRIES

    def config_for(self, parameters: Parameters) -> TrainConfig:
        """Return the configuration of a try; raises DigitLabError if its parameters do not fit."""
        return config_for(self.base.model_copy(update={"score_on": "validation"}), parameters)


def parse(values: Any) -> SweepConfig:
    """Return the sweep described by a dictionary.

    Raises
    ------
    DigitLabError
        One sentence for the first fault.

    Examples
    --------
    >>> vary = {"learning_rate": {"low": 0.0003, "high": 0.03, "log": True}}
    >>> base = {"recipe": "mine", "layers": [{"layer": "flatten"}]}
    >>> sweep = parse({"base": base, "vary": vary, "tries": 12})
    >>> sweep.sampler, sweep.config_for({"learning_rate": 0.01}).score_on
    ('tpe', 'validation')
    >>> parse({"base": base, "vary": {"seed": {"choices": [1, 2]}}})
    Traceback (most recent call last):
        ...
    core.errors.DigitLabError: seed cannot vary: the best would only be the luckiest.
    """
    if not isinstance(values, dict):
        raise DigitLabError("A sweep must be a JSON object with base and vary.")
    if isinstance(values.get("base"), dict):
        values = values | {"base": config.parse(values["base"])}
    try:
        return SweepConfig.model_validate(values)
    except ValidationError as fault:
        raise DigitLabError(_explain(fault)) from None


def to_json(sweep: SweepConfig) -> str:
    """Return a sweep as the content of a file, with data and models by name and not by path."""
    base = json.loads(link.to_json(sweep.base))
    return json.dumps(sweep.model_dump(mode="json") | {"base": base}, indent=1)


def from_json(content: bytes, name: str) -> SweepConfig:
    """Read a file of `to_json`, or one written by hand.

    Raises
    ------
    DigitLabError
        The file is too large, not JSON or not a valid sweep.
    """
    values = link.parse_file(content, name)
    if "base" not in values:
        raise DigitLabError(
            f"'{name}' holds no sweep: it must have base, the starting point, and vary."
        )
    try:
        base = link.from_json(json.dumps(values["base"]).encode(), "base")
        return parse(values | {"base": base})
    except DigitLabError as fault:
        raise DigitLabError(f"'{name}' cannot be used: {fault}") from None


def encode(sweep: SweepConfig) -> str:
    """Return a sweep as a text for an address; `decode` returns it."""
    rest = sweep.model_dump(mode="json", exclude={"base"}, exclude_defaults=True)
    return link.pack([link.encode(sweep.base), rest])


def decode(text: str) -> SweepConfig:
    """Return the sweep that `encode` wrote as this text.

    Raises
    ------
    DigitLabError
        The text is not a link of ours, was cut short, or its recipe has changed since.

    Examples
    --------
    >>> base = {"recipe": "mine", "layers": [{"layer": "flatten"}]}
    >>> sweep = parse({"base": base, "vary": {"optimizer": {"choices": ["adam", "sgd"]}}})
    >>> decode(encode(sweep)) == sweep
    True
    """
    match link.unpack(text):
        case [str(base), dict(rest)] if "base" not in rest:
            return parse({"base": link.decode(base), **rest})
    raise link.broken()


def _explain(fault: ValidationError) -> str:
    error = fault.errors()[0]
    field = str(error["loc"][0]) if error["loc"] else "a sweep"
    if field not in SweepConfig.model_fields:
        names = ", ".join(SweepConfig.model_fields)
        return f"{field} is not a setting of a sweep: the settings are {names}."
    allowed = SweepConfig.model_fields[field].description
    if error["type"] == "missing":
        return f"{field} is missing: it must be {allowed}."
    return f"{field} must be {allowed}, not {str(error['input'])[:40]!r}."
