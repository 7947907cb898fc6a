"""Figures of files that others may have written, in bounds that whatever shows them can take.

Beyond these a duration cannot be written as hours and minutes, or a number is hundreds of digits
long. No figure of a real run comes near.
"""

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

LARGEST = 1e15
# Three centuries; as a Unix time, the year 2286.
LONGEST_S = 1e10

Count = Annotated[int, Field(ge=0, le=10**12)]
Figure = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S)]
Share = Annotated[float, Field(ge=0, le=1)]


def is_figure(value: Any) -> bool:
    """Return whether a value is a number that can be shown: finite, and not too large."""
    return type(value) in (int, float) and abs(value) <= LARGEST  # NaN is not less than anything.


def _or_none(most: float) -> BeforeValidator:
    def check(value: Any) -> Any:
        odd = isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= most)
        return None if odd else value

    return BeforeValidator(check)


# Measured, and perhaps undefined: read as unknown where they cannot be shown.
Measured = Annotated[float | None, _or_none(LARGEST)]
MeasuredSeconds = Annotated[float | None, _or_none(LONGEST_S)]
