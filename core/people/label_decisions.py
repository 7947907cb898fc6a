"""What people decided about labels of a test set, one by one. No label is changed by it.

``verdicts/<digest of the test set>.json`` under the home folder, shared by all models that were
tested on those images, and replaced whole. A file that cannot be read is never written over.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core import paths
from core.disk.atomic import keeping, locked, write_record
from core.errors import DigitLabError

Says = Literal["right", "other", "neither"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES = 8_000_000
Place = Annotated[int, Field(ge=0, lt=10**9)]


class Decision(BaseModel):
    """What a person decided about the label of one image.

    Attributes
    ----------
    says : {'right', 'other', 'neither'}
        The label is right; it is the other digit; it is neither of them, or nobody could tell.
    label : int
        The label that it has, 0 to 9.
    other : int
        The digit that was held against it, 0 to 9.
    when : datetime
        In UTC.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    says: Says
    label: int = Field(ge=0, le=9)
    other: int = Field(ge=0, le=9)
    when: AwareDatetime

    @property
    def digit(self) -> int | None:
        """Return the digit that the person holds the image for; ``None`` for neither."""
        return {"right": self.label, "other": self.other}.get(self.says)


_FILE = TypeAdapter(dict[Place, Decision])


def read(test_digest: str) -> dict[int, Decision]:
    """Return what was decided, by place in the test set, first decided first.

    Raises
    ------
    DigitLabError
        The file is there but cannot be read.
    """
    path = _path(test_digest)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise _unreadable(path, fault.strerror or str(fault)) from fault
    if len(content) > _MAX_BYTES:
        raise _unreadable(path, "too large")
    return parse(content, path)


def parse(content: bytes, path: Path) -> dict[int, Decision]:
    """Return the decisions that a file holds; raises DigitLabError where it holds none."""
    try:
        return _FILE.validate_json(content)
    except ValidationError:
        raise _unreadable(path, "damaged") from None


def record(test_digest: str, index: int, label: int, other: int, says: Says | None) -> None:
    """Keep what a person decided about an image, or take it back.

    Parameters
    ----------
    test_digest : str
        Of the test set.
    index : int
        Place of the image in it.
    label, other : int
        The label that it has, and the digit that was held against it, 0 to 9.
    says : {'right', 'other', 'neither'} or None
        ``None`` takes back what was decided.

    Raises
    ------
    DigitLabError
        What is there cannot be read, or nothing can be written; nothing is changed then.
    """
    path = _path(test_digest)
    what = "The decision"
    # Of two people who decide at once, neither loses what the other said.
    with keeping(what, path.parent), locked(path.with_suffix(".lock")):
        found = read(test_digest)
        found.pop(index, None)
        if says is not None:
            now = datetime.now(UTC).replace(microsecond=0)
            found[index] = Decision(says=says, label=label, other=other, when=now)
        write_record(path, _FILE.dump_json(found, indent=1), what)


def table(decisions: dict[int, Decision]) -> pd.DataFrame:
    """Return one row a decision; ``digit`` is what the image is held for, empty for neither."""
    return pd.DataFrame(
        [
            {
                "index": index,
                "label": one.label,
                "verdict": one.says,
                "digit": one.digit,
                "when": one.when.isoformat(),
            }
            for index, one in decisions.items()
        ],
        columns=["index", "label", "verdict", "digit", "when"],
    ).astype({"digit": "Int64"})


def accuracy(
    labels: np.ndarray, answers: np.ndarray, decisions: dict[int, Decision]
) -> tuple[int, int]:
    """Return (right, n) of a model if the decisions stood, and "neither" were left out.

    Parameters
    ----------
    labels, answers : ndarray of int, shape (n,), values 0 to 9
        Labels as they are; they are not changed.
    decisions : dict of int to Decision
        By place; places beyond the set are passed over.
    """
    right = labels == answers
    counts = np.ones(len(labels), bool)
    for index, one in decisions.items():
        if index < len(labels):
            right[index] = answers[index] == one.digit
            counts[index] = one.says != "neither"
    return int((right & counts).sum()), int(counts.sum())


def _path(test_digest: str) -> Path:
    # The digest stands in a model's card, which may come from anywhere: it must not name a path.
    if not _DIGEST.fullmatch(test_digest):
        raise DigitLabError(
            "The model's card does not name its test set by a SHA-256 digest, so no decisions can "
            "be saved for it: train it again."
        )
    return paths.decisions_folder() / f"{test_digest}.json"


def _unreadable(path: Path, reason: str) -> DigitLabError:
    return DigitLabError(
        f"The decisions in '{path}' cannot be read ({reason}): repair the file, or move it away to "
        "start again; it is not overwritten."
    )
