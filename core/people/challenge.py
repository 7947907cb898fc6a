"""The game: draw the requested digit, as fast and as badly as it is still read.

A round asks for each digit once. Every digit played becomes a line of ``log.jsonl`` in the home
folder's ``challenge/``, appended whole, so the log is a data set of hurried digits. A line that is
torn or not ours is skipped. Nothing leaves the machine.
"""

import io
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import paths
from core.disk.atomic import keeping, locked
from core.errors import DigitLabError
from core.people.corrections import Pixels, image_of, pixels_of
from core.reading.reader import Digit

DIGITS = 10  # in a round
NAME_LENGTH = 30  # characters of a player's name
SLOW_S = 10.0  # speed earns nothing from here on
_FASTEST_S = 0.5  # nobody draws faster
_HALF = 50  # points for speed, and as many for being barely recognised
_LEAST = 0.1  # probability: the highest of ten is never lower
_MOST_BYTES = 16 * 2**20  # of the log that is read: about 5,000 digits
_LONGEST = 300_000  # characters of a line with its strokes

Class = Annotated[int, Field(ge=0, le=9)]
Share = Annotated[float, Field(ge=0, le=1)]


class Attempt(BaseModel):
    """One digit that was played: a line of the log.

    Attributes
    ----------
    round : str
        Time (UTC) at which its round began, which identifies the round.
    player : str
        As typed, possibly empty; never to be shown as HTML.
    asked : int
        The digit to draw.
    answer : int or None
        The model's last answer; ``None`` if nothing was drawn or it was a non-digit.
    probabilities : list of ten floats
        Of the picture; all zero if nothing was drawn.
    seconds : float
        From the request to the end of the last stroke.
    pixels : str
        The 28x28 picture that the model saw, 784 bytes in base64.
    model : str
        The model's name.
    strokes : dict or None
        The drawing as the canvas component's JSON; left out if it is very long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    round: str = Field(pattern=r"^[0-9]{8}-[0-9]{6}-[0-9]{6}$")
    player: str = Field(max_length=NAME_LENGTH)
    asked: Class
    answer: Class | None
    probabilities: list[Share] = Field(min_length=10, max_length=10)
    seconds: float = Field(ge=0, le=86_400)
    pixels: Pixels
    model: str = Field(max_length=1000)
    strokes: dict[str, Any] | None = None

    @property
    def image(self) -> np.ndarray:
        """The picture that the model saw: uint8, shape (28, 28)."""
        return image_of(self.pixels)

    @property
    def points(self) -> int:
        """Its points, see `points`."""
        return points(self.answer == self.asked, self.probabilities[self.asked], self.seconds)


@dataclass
class Round:
    """A round that is being played."""

    player: str
    model: str
    began: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
    asked: list[int] = field(default_factory=lambda: random.sample(range(DIGITS), DIGITS))
    played: list[Attempt] = field(default_factory=list)
    since: float = 0.0  # when the digit was requested, on the caller's clock
    begun_again: bool = False  # the requested digit was erased once

    @property
    def digit(self) -> int | None:
        """The digit to draw now; ``None`` when the round is over."""
        return self.asked[len(self.played)] if len(self.played) < len(self.asked) else None

    def take(self, read: Digit | None, strokes: dict[str, Any] | None, now: float) -> Attempt:
        """End a digit with its reading, write it to the log, and ask for the next.

        Parameters
        ----------
        read : core.reading.reader.Digit or None
            ``None`` if nothing was drawn.
        strokes : dict or None
            The drawing as the canvas component's JSON.
        now : float
            Seconds on the same clock as ``since``.

        Raises
        ------
        DigitLabError
            The log cannot be written; the round continues without.
        """
        asked = self.digit
        if asked is None:
            raise DigitLabError("This round is over: start another.")
        image = np.zeros((28, 28)) if read is None else read.image
        attempt = Attempt(
            round=self.began,
            player=self.player[:NAME_LENGTH],
            asked=asked,
            answer=None if read is None or read.verdict == "not-a-digit" else read.digit,
            probabilities=[0.0] * 10 if read is None else read.probabilities.clip(0, 1).tolist(),
            seconds=min(max(now - self.since, 0.0), 86_400.0),
            pixels=pixels_of(image),
            model=self.model,
            strokes=strokes,
        )
        self.played.append(attempt)
        self.since, self.begun_again = now, False
        _append(attempt)
        return attempt


def points(right: bool, probability: float, seconds: float) -> int:
    """Return the points for a digit, 0 to 100: fast and barely recognised earns most.

    Parameters
    ----------
    right : bool
        Whether it was read as the requested digit; otherwise it earns nothing.
    probability : float, in [0, 1]
        Of the requested digit: 50 points at 10 %, none at 100 %.
    seconds : float
        50 points at half a second, none from ten seconds on.
    """
    if not right:
        return 0
    speed = (SLOW_S - max(seconds, _FASTEST_S)) / (SLOW_S - _FASTEST_S)
    barely = (1 - max(probability, _LEAST)) / (1 - _LEAST)
    return max(round(_HALF * max(speed, 0.0) + _HALF * max(barely, 0.0)), 1)


def changed_at() -> tuple[int, int]:
    """Return a value that changes with the log, as a key for caches."""
    try:
        facts = _file().stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def log() -> list[Attempt]:
    """Return the digits played, oldest first; invalid lines are skipped.

    Of a log beyond 16 MB the oldest digits are left out, too.
    """
    try:
        with _file().open("rb") as file:
            file.seek(max(file.seek(0, io.SEEK_END) - _MOST_BYTES, 0))
            lines = file.read(_MOST_BYTES).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Attempt.model_validate_json(line))
        except ValidationError:
            continue
    return found


@dataclass(frozen=True)
class Result:
    """A completed round: the player, the points and the number of digits read correctly."""

    player: str
    points: int
    read: int
    seconds: float
    model: str
    round: str


def best(attempts: list[Attempt], most: int = 10) -> list[Result]:
    """Return the best complete rounds, the most points first."""
    rounds: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        rounds.setdefault(attempt.round, []).append(attempt)
    results = [result(played) for played in rounds.values() if len(played) == DIGITS]
    return sorted(results, key=lambda one: (-one.points, one.seconds, one.round))[:most]


def result(played: list[Attempt]) -> Result:
    """Return the result of a round."""
    last = played[-1]
    return Result(
        player=last.player,
        points=sum(one.points for one in played),
        read=sum(one.answer == one.asked for one in played),
        seconds=sum(one.seconds for one in played),
        model=last.model,
        round=last.round,
    )


def as_data_set(attempts: list[Attempt]) -> bytes:
    """Return the drawings as an ``.npz`` with ``images`` and ``labels``, for the Train page.

    Labels are the requested digits; ``answers`` the model's, 255 for a non-digit; ``seconds`` the
    time each took. A digit that was not drawn has no image.
    """
    drawn = [one for one in attempts if one.image.any()]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        images=np.array([one.image for one in drawn], np.uint8).reshape(-1, 28, 28),
        labels=np.array([one.asked for one in drawn], np.uint8),
        answers=np.array([255 if one.answer is None else one.answer for one in drawn], np.uint8),
        seconds=np.array([one.seconds for one in drawn], np.float32),
    )
    return content.getvalue()


def forget() -> None:
    """Delete the log; raises DigitLabError if that fails."""
    try:
        _file().unlink(missing_ok=True)
    except OSError as fault:
        raise DigitLabError(
            f"The log of the game could not be deleted ({fault.strerror or fault}): try again."
        ) from fault


def _file() -> Path:
    return paths.challenge_folder() / "log.jsonl"


def _append(attempt: Attempt) -> None:
    line = attempt.model_dump_json()
    if len(line) > _LONGEST:
        line = attempt.model_copy(update={"strokes": None}).model_dump_json()
    path = _file()
    # Windows appends by seeking to the end, then writing: two at once would write the same place.
    lock = locked(path.with_suffix(".lock"))
    with keeping("The digit", path.parent), lock, path.open("ab") as file:
        # A torn line of an earlier writer is ended first.
        whole = file.tell() == 0 or _ends_with_newline(path)
        file.write((b"" if whole else b"\n") + line.encode() + b"\n")


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, io.SEEK_END)
        return file.read(1) == b"\n"
