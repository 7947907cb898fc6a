"""Choice: which of several arrays are images, which are their labels, and of which part.

Shapes decide where they leave no doubt, names where they do. What stays in doubt is refused with
what was found.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.brought import names, tables
from core.data.brought.contents import MAX_BYTES, too_large
from core.data.brought.stored import Stored
from core.errors import DigitLabError

_FROM_ONE = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)  # MATLAB counts from 1
_EXPECTED = "name them images and labels, or x_train, y_train, x_test and y_test"


@dataclass(frozen=True)
class Pair:
    """Images and their labels, as they were brought.

    Attributes
    ----------
    images, labels : array
        Of any shape and type that `images` and `labels` bring to one form.
    fields : tuple of two str
        Their names for errors.
    """

    images: np.ndarray
    labels: np.ndarray
    fields: tuple[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the two arrays, of use where they were chosen among others."""
        return tuple(field.partition(" in ")[0][-30:] for field in self.fields)


def choose(found: list[Stored], title: str) -> dict[str, Pair]:
    """Read images and labels, by part.

    Parameters
    ----------
    found : list of Stored
    title : str
        The name of what was brought, for errors.

    Returns
    -------
    dict of str to Pair
        ``train``, ``validation`` and ``test`` as far as they are there; ``all`` alone where no
        parts are told apart.

    Raises
    ------
    DigitLabError
        Images or labels are missing or in doubt, too large, or of objects.
    """
    found = _named_shortly(found)
    tables_found = {_part(one): one for one in found if _is_table(one)}
    if tables_found and len(tables_found) == len(found):
        _check_size(found, title)
        return {part: _from_table(one, title) for part, one in tables_found.items()}
    images = [one for one in found if _may_be_images(one)]
    labels = [one for one in found if _may_be_labels(one) and one not in images]
    by_class = {} if labels else _by_class(found, title) or _along_an_axis(found, title)
    if by_class:
        return by_class
    if not images and not labels:
        raise _nothing(found, title)
    if not images:
        raise DigitLabError(_lacks(found, labels, "images", title))
    if not labels:
        raise DigitLabError(_lacks(found, images, _counterpart(images[0].name), title))
    pairs = _paired(images, labels, found, title)
    _check_size([one for pair in pairs.values() for one in pair], title)
    return {
        part: Pair(one.read(), its.read(), (f"{one.name} in {title}", f"{its.name} in {title}"))
        for part, (one, its) in pairs.items()
    }


def _check_size(chosen: list[Stored], title: str) -> None:
    """Refuse arrays that are too large together, before one is read."""
    if sum(math.prod(one.shape) * one.dtype.itemsize for one in chosen) > MAX_BYTES:
        raise too_large(title)


def _named_shortly(found: list[Stored]) -> list[Stored]:
    """Leave out the folders that all names share: a folder called ``test`` says nothing then."""
    if len(found) < 2:
        return [Stored(found[0].name.split("/")[-1], *_rest(found[0]))] if found else []
    split = [one.name.split("/") for one in found]
    shared = 0
    while all(len(parts) > shared + 1 and parts[shared] == split[0][shared] for parts in split):
        shared += 1
    return [
        Stored("/".join(parts[shared:]), *_rest(one))
        for one, parts in zip(found, split, strict=True)
    ]


def _rest(one: Stored) -> tuple:
    return one.shape, one.dtype, one.load


def _part(one: Stored) -> str:
    return names.part_of(one.name) or "all"


def _may_be_images(one: Stored) -> bool:
    if not one.of_numbers or (math.prod(one.shape) == 0 and len(one.shape) < 3):
        return False
    if len(one.shape) == 2:
        # One of the two is the number of images; (n, 10) and (n, 1) are labels.
        return (
            min(one.shape) > 0
            and any(tables.is_square(side) for side in one.shape)
            and ((min(one.shape) > 1 and 10 not in one.shape) or names.says_images(one.name))
        )
    return 3 <= len(one.shape) <= 4


def _may_be_labels(one: Stored) -> bool:
    if one.dtype.kind == "V" or len(one.shape) not in (1, 2, 3):
        return False
    sides = [side for side in one.shape if side != 1]
    return len(sides) <= 1 or (len(sides) == 2 and 10 in sides)


def _is_table(one: Stored) -> bool:
    return one.of_numbers and len(one.shape) == 2 and tables.label_columns(one.shape[1]) is not None


def _counts(one: Stored) -> set[int]:
    """Return what may be the number of images of an array, or of labels."""
    return {one.shape[0], one.shape[-1]} if len(one.shape) > 1 else set(one.shape)


def _paired(
    images: list[Stored], labels: list[Stored], found: list[Stored], title: str
) -> dict[str, tuple[Stored, Stored]]:
    """Return the images of each part with their labels."""
    pairs: dict[str, tuple[Stored, Stored]] = {}
    for part in dict.fromkeys(_part(one) for one in images):
        of_images = _likeliest([one for one in images if _part(one) == part], names.says_images)
        of_labels = _likeliest([one for one in labels if _part(one) == part], names.says_labels)
        if part == "all" and len(of_images) == len(of_labels) == 2:
            return _two_parts(of_images, of_labels, found, title)
        if not of_labels:
            raise DigitLabError(_lacks(found, of_images, _counterpart(of_images[0].name), title))
        of_images = _one_of_copies(of_images)
        if len(of_images) == len(of_labels) > 2:
            of_images, of_labels = _one_after_another(of_images), _one_after_another(of_labels)
        fitting = [one for one in of_labels if _counts(one) & _counts(of_images[0])] or of_labels
        if len(fitting) > 1:  # the same labels twice, one-hot beside plain
            fitting = [one for one in fitting if len(one.shape) == 1 and one.of_numbers]
        if len(of_images) > 1 or len(fitting) != 1:
            raise _in_doubt(found, title)
        pairs[part] = (of_images[0], fitting[0])
    for one in labels:
        if _part(one) != "all" and _part(one) not in pairs and pairs.keys() != {"all"}:
            raise DigitLabError(_lacks(found, labels, _counterpart(one.name), title))
    if len(pairs) > 1 and "all" in pairs:
        pairs = _without_all(pairs)
    return pairs


def _one_of_copies(images: list[Stored]) -> list[Stored]:
    """Leave out flat copies: scikit-learn keeps its digits both as ``images`` and as ``data``."""
    if len({(one.shape[0], math.prod(one.shape)) for one in images}) == 1:
        shaped = [one for one in images if len(one.shape) > 2]
        return shaped if len(shaped) == 1 else images
    return images


def _one_after_another(some: list[Stored]) -> list[Stored]:
    """Join batches that are numbered, if they are of one form; else leave them as they are."""
    some = sorted(some, key=_by_number)
    if len({(one.shape[1:], one.dtype) for one in some}) > 1:
        return some
    shape = (sum(one.shape[0] for one in some), *some[0].shape[1:])

    def load() -> np.ndarray:
        return np.concatenate([one.read() for one in some])

    return [Stored(some[0].name, shape, some[0].dtype, load)]


def _without_all(pairs: dict[str, tuple[Stored, Stored]]) -> dict[str, tuple[Stored, Stored]]:
    """Take what names no part for training if others name the test, and leave it out if not."""
    rest = {part: pair for part, pair in pairs.items() if part != "all"}
    return rest if "train" in rest else {"train": pairs["all"], **rest}


def _likeliest(some: list[Stored], says: Callable[[str], bool]) -> list[Stored]:
    """Return those that are named for what they are, if any is; else those not named otherwise."""
    named = [one for one in some if says(one.name)]
    if named:
        return named
    return [one for one in some if not names.says_other(one.name)] or some


def _two_parts(
    images: list[Stored], labels: list[Stored], found: list[Stored], title: str
) -> dict[str, tuple[Stored, Stored]]:
    """Pair two arrays of images with two of labels by their lengths, else by their order."""
    images, labels = (sorted(some, key=_by_number) for some in (images, labels))
    if not _counts(images[0]) & _counts(labels[0]):
        labels = labels[::-1]
    pairs = list(zip(images, labels, strict=True))
    if any(not _counts(one) & _counts(its) for one, its in pairs):
        raise _in_doubt(found, title)
    # The larger part is the one to train on; of equal parts the first.
    pairs.sort(key=lambda pair: -math.prod(pair[1].shape))
    return {"train": pairs[0], "test": pairs[1]}


def _by_number(one: Stored) -> tuple:
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", one.name))


def _by_class(found: list[Stored], title: str) -> dict[str, Pair]:
    """Read arrays of images that are named by their digit: ``train0`` to ``train9``."""
    kept: dict[str, dict[int, Stored]] = {}
    for one in found:
        digit = names.digit_in(one.name)
        if digit is None or not _may_be_images(one):
            continue
        of_part = kept.setdefault(_part(one), {})
        if digit in of_part:
            return {}
        of_part[digit] = one
    if not kept or any(len(of_part) < 5 for of_part in kept.values()):
        return {}
    _check_size([one for of_part in kept.values() for one in of_part.values()], title)
    pairs = {}
    for part, of_part in kept.items():
        arrays = {digit: one.read() for digit, one in sorted(of_part.items())}
        shapes = {array.shape[1:] for array in arrays.values()}
        if len(shapes) != 1:
            return {}
        labels = np.repeat([*arrays], [len(array) for array in arrays.values()])
        pairs[part] = Pair(np.concatenate([*arrays.values()]), labels, ("the images", "the labels"))
    return pairs


def _along_an_axis(found: list[Stored], title: str) -> dict[str, Pair]:
    """Read an array (p, n, 10) or (n, p, 10), as USPS is kept: the digits 1 to 9, then 0."""
    cubes = [one for one in found if one.of_numbers and len(one.shape) == 3]
    if len(cubes) != 1 or cubes[0].shape[2] != len(_FROM_ONE):
        return {}
    (cube,) = cubes
    square = [tables.is_square(side) for side in cube.shape[:2]]
    if sum(square) != 1:
        return {}
    _check_size(cubes, title)
    by_digit = cube.read().transpose((2, 1, 0) if square[0] else (2, 0, 1))  # (10, n, p)
    labels = np.repeat(_FROM_ONE, by_digit.shape[1])
    images = by_digit.reshape(len(labels), -1)
    return {"all": Pair(images, labels, (f"{cube.name} in {title}", f"its last axis in {title}"))}


def _from_table(one: Stored, title: str) -> Pair:
    pixels, labels, _ = tables.split_array(one.read(), f"{one.name} in {title}")
    return Pair(pixels, labels, (f"{one.name} in {title}", f"the labels in {title}"))


def _shape(one: Stored) -> str:
    return f"{one.name[-40:]} {one.shape}".replace(",)", ")")


def _listing(found: list[Stored]) -> str:
    shown = ", ".join(_shape(one) for one in found[:6])
    return f"{shown} and {len(found) - 6} more" if len(found) > 6 else shown or "nothing"


def _nothing(found: list[Stored], title: str) -> DigitLabError:
    return DigitLabError(
        f"{title} has none of the expected arrays, it holds {_listing(found)}: {_EXPECTED}."
    )


def _in_doubt(found: list[Stored], title: str) -> DigitLabError:
    return DigitLabError(
        f"{title} holds {_listing(found)}, and which are images and which labels is in"
        f" doubt: {_EXPECTED}."
    )


def _lacks(found: list[Stored], there: list[Stored], missing: str, title: str) -> str:
    return f"{title} lacks {missing}: save it beside {_listing(there or found)}."


def _counterpart(name: str) -> str:
    """Name the labels of images, or the images of labels, as the file names the others."""
    swaps = (("images", "labels"), ("x", "y"), ("X", "y"), ("labels", "images"), ("y", "x"))
    for one, other in swaps:
        if re.search(rf"(?<![A-Za-z]){one}(?![a-z])", name):
            return re.sub(rf"(?<![A-Za-z]){one}(?![a-z])", other, name, count=1)
    return "labels" if names.says_images(name) else "images or labels"
