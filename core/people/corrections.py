"""Corrections: misread digits with the label that a person gave. Nothing leaves the machine.

One JSON file for each digit in the home folder's ``corrections/``, so each can be changed or
removed by itself. `core.launch.finetune` trains on them.
"""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from core import paths
from core.disk.atomic import keeping, locked, read_record, write_record
from core.errors import DigitLabError
from core.reading.normalise import as_bytes

_SIDE = 28
_MAX_BYTES = 400_000  # of a file: a long drawing takes about 20,000
_MAX_STROKES = 300_000  # characters of JSON
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}")
_MOMENT = "%Y%m%d-%H%M%S-%f"

Digit = Annotated[int, Field(ge=0, le=9)]


def _check_pixels(pixels: str) -> str:
    try:
        size = len(base64.b64decode(pixels, validate=True))
    except binascii.Error as fault:
        raise ValueError("no base64") from fault
    if size != _SIDE * _SIDE:
        raise ValueError("not 784 bytes")
    return pixels


# A 28x28 picture as 784 bytes in base64, see `pixels_of` and `image_of`.
Pixels = Annotated[str, Field(max_length=1100), AfterValidator(_check_pixels)]


class Correction(BaseModel):
    """One digit, its label and the model's answer.

    Attributes
    ----------
    id : str
        Its time of creation (UTC), and the name of its file.
    label : int
        Given by the person.
    pixels : str
        The 28x28 picture that the model saw, as 784 bytes in base64; see `image`.
    answer : int
        The model's.
    confidence : float
        Probability of the answer, in [0, 1].
    model : str
        The model's name.
    strokes : dict or None
        The drawing as the canvas component's JSON; ``None`` for a picture.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=f"^{_ID.pattern}$")
    label: Digit
    pixels: Pixels
    answer: Digit
    confidence: float = Field(ge=0, le=1)
    model: str = Field(max_length=1000)
    strokes: dict[str, Any] | None = None

    @field_validator("id")
    @classmethod
    def _is_a_moment(cls, name: str) -> str:
        datetime.strptime(name, _MOMENT)  # raises a ValueError if it is not
        return name

    @property
    def image(self) -> np.ndarray:
        """The picture that the model saw: uint8, shape (28, 28)."""
        return image_of(self.pixels)

    @property
    def created(self) -> datetime:
        """When it was corrected (UTC)."""
        return datetime.strptime(self.id, _MOMENT).replace(tzinfo=UTC)


def keep(
    image: np.ndarray,
    label: int,
    answer: int,
    confidence: float,
    model: str,
    strokes: dict[str, Any] | None = None,
) -> Correction:
    """Save a misread digit with its correct label.

    Parameters
    ----------
    image : float32 array, shape (28, 28), in [0, 1]
        The picture that the model saw.
    label, answer : int
        The correct digit and the model's answer, 0 to 9.
    confidence : float
        Probability of the model's answer, in [0, 1].
    model : str
        The model's name.
    strokes : dict, optional
        The drawing as the canvas component's JSON; left out if it is very long.

    Returns
    -------
    Correction

    Raises
    ------
    DigitLabError
        It cannot be written.
    """
    found = Correction(
        id=_now(),
        label=label,
        pixels=pixels_of(image),
        answer=answer,
        confidence=min(max(float(confidence), 0.0), 1.0),
        model=model,
        strokes=strokes,
    )
    if len(found.model_dump_json()) > _MAX_STROKES:
        found = found.model_copy(update={"strokes": None})
    with _changing():
        while _path(found.id).exists():  # another of this microsecond
            found = found.model_copy(update={"id": _now()})
        _write(found)
    return found


def pixels_of(image: np.ndarray) -> str:
    """Encode a picture, float32 (28, 28) in [0, 1], as `Correction` stores it."""
    return base64.b64encode(as_bytes(image).tobytes()).decode()


def image_of(pixels: str) -> np.ndarray:
    """Decode a picture that `Correction` stores, uint8 (28, 28)."""
    return np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(_SIDE, _SIDE)


def everything() -> list[Correction]:
    """Return all corrections, the newest first; other files are skipped."""
    try:
        names = [path for path in paths.corrections_folder().iterdir() if _ID.fullmatch(path.stem)]
    except OSError:
        return []
    found = [_read(path) for path in sorted(names, reverse=True) if path.suffix == ".json"]
    return [correction for correction in found if correction is not None]


def find(correction_id: str) -> Correction | None:
    """Return a correction as it is now, or ``None`` if it no longer exists."""
    return _read(_path(correction_id)) if _ID.fullmatch(correction_id) else None


def relabel(correction_id: str, label: int) -> Correction:
    """Change the label of a correction.

    Raises
    ------
    DigitLabError
        It no longer exists, or cannot be written.
    """
    with _changing():
        changed = _existing(correction_id).model_copy(update={"label": label})
        _write(changed)
    return changed


def remove(correction_id: str) -> Correction:
    """Remove a correction, and return it for `put_back`.

    Raises
    ------
    DigitLabError
        It no longer exists, or cannot be removed.
    """
    with _changing():
        found = _existing(correction_id)
        try:
            _path(correction_id).unlink()
        except OSError as fault:
            raise DigitLabError(
                f"The digit could not be removed ({fault.strerror or fault}): try again."
            ) from fault
    return found


def put_back(correction: Correction) -> None:
    """Undo `remove`, if nobody else has; raises DigitLabError if it cannot be written."""
    with _changing():
        if find(correction.id) is None:
            _write(correction)


def arrays(corrections: list[Correction]) -> tuple[np.ndarray, np.ndarray]:
    """Return images, uint8 (n, 28, 28), and labels, uint8 (n,)."""
    images = np.array([one.image for one in corrections], np.uint8).reshape(-1, _SIDE, _SIDE)
    return images, np.array([one.label for one in corrections], np.uint8)


def as_data_set(corrections: list[Correction]) -> bytes:
    """Return corrections as an ``.npz`` with ``images`` and ``labels``, for the Train page.

    It also has ``answers``, the model's misreadings.
    """
    images, labels = arrays(corrections)
    answers = np.array([one.answer for one in corrections], np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, images=images, labels=labels, answers=answers)
    return content.getvalue()


def _now() -> str:
    return datetime.now(UTC).strftime(_MOMENT)


@contextmanager
def _changing() -> Iterator[None]:
    """Admit one thread or process at a time to what looks at corrections and changes them."""
    folder = paths.corrections_folder()
    with keeping("The digit", folder), locked(folder / ".changes.lock"):
        yield


def _path(correction_id: str) -> Path:
    return paths.corrections_folder() / f"{correction_id}.json"


def _existing(correction_id: str) -> Correction:
    found = find(correction_id)
    if found is None:
        raise DigitLabError("This digit is no longer among your corrections: reload the list.")
    return found


def _read(path: Path) -> Correction | None:
    try:
        found = Correction.model_validate_json(read_record(path, _MAX_BYTES))
    except (OSError, ValidationError):
        return None
    return found if found.id == path.stem else None


def _write(correction: Correction) -> None:
    write_record(_path(correction.id), correction.model_dump_json(), "The digit")
