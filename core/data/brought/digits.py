"""Digits that were brought, in the form of all data sets, with what was recognised in them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.brought import images as image_forms
from core.data.brought import labels as label_forms
from core.data.brought import lie, reading
from core.data.brought.choice import Pair
from core.data.validate import check_extent, split
from core.errors import DigitLabError

PARTS = ("x_train", "y_train", "x_test", "y_test")
_ALONE = 100  # images of a test part from which on it is judged for itself

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Brought:
    """Digits as they were brought, and what sets them right.

    Attributes
    ----------
    title : str
        The name of what was brought.
    recognised : str
        Such as "CSV, label in the first column; values 0 to 255; white on black".
    parts : dict of str to (images, labels)
        ``train`` and ``test``, or ``all``: uint8 (n, 28, 28) and (n,), as they were brought.
    findings : dict of str to lie.Finding
        For each of them.
    """

    title: str
    recognised: str
    parts: dict[str, tuple[np.ndarray, np.ndarray]]
    findings: dict[str, lie.Finding]

    @property
    def faults(self) -> list[str]:
        """How the digits lie wrong, such as "black on white"; empty if they lie right."""
        return list(dict.fromkeys(fault for _, fault in self._faults()))

    def _faults(self) -> list[tuple[str, str]]:
        return [(part, f.way.fault()) for part, f in self.findings.items() if f.way != lie.RIGHT]

    @property
    def quickly_read(self) -> bool:
        """Whether reading the file again takes hardly longer than reading what is kept of it."""
        return self.recognised.startswith(("NPZ", "IDX"))

    @property
    def remarks(self) -> list[str]:
        """What looks wrong and cannot be set right, each a sentence."""
        said = [remark for finding in self.findings.values() for remark in finding.remarks]
        return list(dict.fromkeys(said))

    def set_right(self) -> list[str]:
        """Say what is set right, each a sentence; nothing if the digits lie right."""
        ways = self._faults()
        if len(ways) == len(self.findings) and len({fault for _, fault in ways}) == 1:
            ways = [("all", ways[0][1])]
        named = {"all": "The digits", "train": "The training digits", "test": "The test digits"}
        return [f"{named[part]} are {fault}: they were set right." for part, fault in ways]

    def arrays(self, as_is: bool = False) -> Arrays:
        """Return ``x_train y_train x_test y_test``, set right unless they stay as they are."""
        laid = {}
        for part, (images, labels) in self.parts.items():
            way = lie.RIGHT if as_is else self.findings[part].way
            laid[part] = (way.images(images), way.labels(labels))
        if "all" in laid:
            images, labels = laid["all"]
            train, test = split(labels)
            parts = (images[train], labels[train], images[test], labels[test])
        else:
            parts = (*laid["train"], *laid["test"])
        return dict(zip(PARTS, parts, strict=True))


def look(source: Path | list[tuple[str, bytes]], title: str, *, judged: bool = True) -> Brought:
    """Read digits in whatever form, and ask the model that ships how they lie.

    Parameters
    ----------
    source : pathlib.Path or list of (name, content)
        A file or folder, or uploads.
    title : str
        Its name for errors.
    judged : bool
        Whether the model is asked; else nothing is set right or refused by it.

    Raises
    ------
    DigitLabError
        It cannot be read, breaks a rule, or shows no digits.
    """
    try:
        pairs, form = reading.read(source, title)
    except DigitLabError as fault:  # of a file within it
        raise fault if title in str(fault) else DigitLabError(f"{title}: {fault}") from fault
    parts, about = _in_one_form(_two_parts(pairs))
    for images, labels in parts.values():
        if len(images) == 0 or len(labels) == 0:
            raise DigitLabError(f"{title} has a part without images: save some, or leave it out.")
    train = parts["train"] if "test" in parts else parts["all"]
    check_extent(train[1], parts["test"][1] if "test" in parts else train[1][:0], title)
    findings = dict.fromkeys(parts, lie.Finding())
    if judged:
        findings = _judged(parts, title)
    bright = image_forms.is_bright(train[0])
    said = [form, *about, "black on white" if bright else "white on black"]
    return Brought(title, "; ".join(said), parts, findings)


def _two_parts(pairs: dict[str, Pair]) -> dict[str, list[Pair]]:
    """Put validation images to the training ones, or make them the test part if there is none."""
    pairs = dict(pairs)
    validation = pairs.pop("validation", None)
    train = pairs.get("train")
    if validation is not None:
        if "test" not in pairs and train is not None:
            pairs["test"] = validation
        elif train is None:
            pairs["train"] = validation
    if len(pairs) == 1:
        return {"all": [*pairs.values()]}
    merged = validation is not None and pairs.get("test") is not validation
    extra = [validation] if merged and validation is not None and train is not None else []
    return {"train": [pairs["train"], *extra], "test": [pairs["test"]]}


def _in_one_form(
    parts: dict[str, list[Pair]],
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str]]:
    raw, fields, labels, remarks = [], [], [], []
    for pair in (pair for some in parts.values() for pair in some):
        shaped = image_forms.shaped(pair.images, _label_count(pair.labels), pair.fields[0])
        brought, said = label_forms.bring(pair.labels, pair.fields[1], len(shaped))
        raw.append(shaped)
        fields.append(pair.fields[0])
        labels.append(brought)
        remarks += said
    images, form = image_forms.bring(raw, fields)
    joined, place = {}, 0
    for part, some in parts.items():
        end = place + len(some)
        x, y = images[place:end], labels[place:end]
        joined[part] = (x[0], y[0]) if len(x) == 1 else (np.concatenate(x), np.concatenate(y))
        place = end
    return joined, [form.said(), *dict.fromkeys(remarks)]


def _label_count(labels: np.ndarray) -> int:
    sides = [side for side in labels.shape if side not in (1, 10)]
    return sides[0] if sides else max(labels.shape, default=0)


def _judged(parts: dict[str, tuple[np.ndarray, np.ndarray]], title: str) -> dict[str, lie.Finding]:
    findings = {part: lie.look(*arrays) for part, arrays in parts.items() if part != "test"}
    first = next(iter(findings.values()))
    if "test" in parts:
        alone = len(parts["test"][1]) >= _ALONE
        findings["test"] = lie.look(*parts["test"]) if alone else lie.Finding(first.way)
    for finding in findings.values():
        if finding.refusal:
            raise DigitLabError(
                f"{title} {finding.refusal}: bring digits (from a shell, --as-is takes it all the"
                " same)."
            )
    return findings
