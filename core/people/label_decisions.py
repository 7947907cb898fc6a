"""Label decisions: what people decided about single labels of a test set. No label is changed.

``verdicts/<digest of the test set>.json`` under the home folder, replaced whole, is shared by all
models tested on those images. An unreadable file is never overwritten.
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
    """A person's decision about the label of one image.

    Attributes
    ----------
    says : {'right', 'other', 'neither'}
        The label is right; it is the other digit; it is neither of the two, or undecidable.
    label : int
        The image's label, 0 to 9.
    other : int
        The digit proposed instead, 0 to 9.
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
        """Return the digit that the person decided for; ``None`` for neither."""
        return {"right": self.label, "other": self.other}.get(self.says)


_FILE = TypeAdapter(dict[Place, Decision])


def read(test_digest: str) -> dict[int, Decision]:
    """Return the decisions by position in the test set, the earliest first.

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
    """Parse the content of a file of decisions; raises DigitLabError if it is invalid."""
    try:
        return _FILE.validate_json(content)
    except ValidationError:
        raise _unreadable(path, "damaged") from None


def record(test_digest: str, index: int, label: int, other: int, says: Says | None) -> None:
    """Save a decision about an image, or withdraw it.

    Parameters
    ----------
    test_digest : str
        SHA-256 of the test set.
    index : int
        Position of the image in it.
    label, other : int
        The image's label, and the digit proposed instead, 0 to 9.
    says : {'right', 'other', 'neither'} or None
        ``None`` withdraws the decision.

    Raises
    ------
    DigitLabError
        The file cannot be read or written; nothing is changed then.
    """
    path = _path(test_digest)
    what = "The decision"
    # If two people decide at once, neither loses the other's decision.
    with keeping(what, path.parent), locked(path.with_suffix(".lock")):
        found = read(test_digest)
        found.pop(index, None)
        if says is not None:
            now = datetime.now(UTC).replace(microsecond=0)
            found[index] = Decision(says=says, label=label, other=other, when=now)
        write_record(path, _FILE.dump_json(found, indent=1), what)


def table(decisions: dict[int, Decision]) -> pd.DataFrame:
    """Return one row for each decision; ``digit`` is the decided one, empty for neither."""
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
    """Return (right, n) of a model if the decisions applied and "neither" were left out.

    Parameters
    ----------
    labels, answers : ndarray of int, shape (n,), values 0 to 9
        The original labels; they are not changed.
    decisions : dict of int to Decision
        By position; positions beyond the set are ignored.
    """
    right = labels == answers
    counts = np.ones(len(labels), bool)
    for index, one in decisions.items():
        if index < len(labels):
            right[index] = answers[index] == one.digit
            counts[index] = one.says != "neither"
    return int((right & counts).sum()), int(counts.sum())


def _path(test_digest: str) -> Path:
    # The digest comes from a model's card, which may be untrusted: it must not name a path.
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
