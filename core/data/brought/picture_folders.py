"""Pictures by class: a folder for each digit, the digit in each file's name, or a list of labels.

With or without folders for training and test; the folders may be nested either way.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np

from core.data.brought import names
from core.data.brought.choice import Pair
from core.data.brought.contents import MAX_BYTES, Entry, too_large
from core.data.validate import MAX_IMAGES
from core.errors import DigitLabError

_LARGEST_STACK = 40 * 40  # pixels: larger pictures are brought to 28 x 28 one by one
_SMALLEST_SIDE = 8  # pixels
# Where a single digit stands apart in a name: "7_00012", "img_12_label7", "digit7-a".
_IN_NAMES = (
    r"(\d)[_\-. ]",
    r".*[_\-. ](?:label|class|digit|num|y)?(\d)$",
    r"(?:label|class|digit|num|n)[_\-]?(\d)[_\-. ]",
)
_LONGEST_LIST = 40_000_000  # bytes


def read(entries: list[Entry], lists: list[Entry], title: str) -> tuple[dict[str, Pair], str]:
    """Read pictures and their labels, by part.

    Parameters
    ----------
    entries : list of Entry
        Pictures.
    lists : list of Entry
        Text files beside them, one of which may name each picture's digit.
    title : str
        The name of what was brought, for errors.

    Returns
    -------
    pairs : dict of str to Pair
    form : str
        What was recognised, such as "pictures in a folder for each digit".

    Raises
    ------
    DigitLabError
        A picture has no label or cannot be read, or there are too many of them.
    """
    if len(entries) > MAX_IMAGES:
        raise DigitLabError(
            f"{title} holds {len(entries):,} pictures and 20 to {MAX_IMAGES:,} are allowed: bring"
            " fewer."
        )
    if sum(entry.size or 0 for entry in entries) > MAX_BYTES:
        raise too_large(title)
    entries = _without_unlabelled_test(entries)
    for labelled, form in (
        (lambda: _by_folder(entries, title), "pictures in a folder for each digit"),
        (lambda: _by_list(entries, lists), "pictures with a list of labels"),
        (lambda: _by_file_name(entries), "pictures with the digit in their names"),
    ):
        labels = labelled()
        if labels is not None:
            return _pairs(entries, labels, title), form
    folders = sorted({parts[-1] for entry in entries if (parts := _folders(entry))})
    if len(folders) >= 2:
        raise DigitLabError(
            f"{title} has its pictures in folders such as '{folders[0][:30]}' and"
            f" '{folders[1][:30]}', which name no digits: only folders named 0 to 9 are taken."
        )
    raise DigitLabError(
        f"{title} holds {len(entries):,} pictures, and which digit each shows is not said: put them"
        " into folders named 0 to 9."
    )


def _without_unlabelled_test(entries: list[Entry]) -> list[Entry]:
    """Leave out a competition's test pictures, if all others lie in a folder for each digit."""
    known = [entry for entry in entries if _digit_of(_folders(entry)) is not None]
    rest = [entry for entry in entries if _digit_of(_folders(entry)) is None]
    is_test = all(names.part_of("/".join(_folders(entry))) == "test" for entry in rest)
    return known if known and rest and is_test else entries


def _folders(entry: Entry) -> list[str]:
    return list(PurePosixPath(entry.name).parts[:-1])


def _by_folder(entries: list[Entry], title: str) -> list[int] | None:
    """Return each picture's digit by the folders that it lies in; ``None`` if none names one."""
    # Folders that all share say nothing: "mnist_png" holds no digit, "batch2" only seems to.
    shared = _shared([_folders(entry) for entry in entries])
    found = [_digit_of([*_folders(entry)[shared:]]) for entry in entries]
    known = [digit for digit in found if digit is not None]
    if len(set(known)) < 2:
        return None
    if len(known) < len(found):
        odd = next(entry for entry, digit in zip(entries, found, strict=True) if digit is None)
        folder = "/".join(_folders(odd)[shared:]) or odd.name
        raise DigitLabError(
            f"{title} has pictures in '{folder[:40]}', which names no digit: leave out what is not"
            " in a folder named 0 to 9."
        )
    return known


def _shared(paths: list[list[str]]) -> int:
    depth = 0
    while all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return depth


def _digit_of(folders: list[str]) -> int | None:
    for folder in reversed(folders):
        if names.part_of(folder) is None and (digit := names.digit_in(folder)) is not None:
            return digit
    return None


def _by_file_name(entries: list[Entry]) -> list[int] | None:
    """Return the digit that stands apart in each name, at the same place in all of them."""
    stems = [PurePosixPath(entry.name).stem for entry in entries]
    for pattern in _IN_NAMES:
        matches = [re.match(pattern, stem, re.IGNORECASE) for stem in stems]
        digits = [int(match[1]) for match in matches if match]
        if len(digits) == len(entries) and len(set(digits)) >= 2:
            return digits
    spelled = [names.digit_in(re.sub(r"[\d_\-. ]+$", "", stem)) for stem in stems]
    return [digit for digit in spelled if digit is not None] if None not in spelled else None


def _by_list(entries: list[Entry], lists: list[Entry]) -> list[int] | None:
    """Return the digits of a list beside the pictures, a file name and a label in a line."""
    wanted = {PurePosixPath(entry.name).name: entry for entry in entries}
    for one in lists:
        if (one.size or 0) > _LONGEST_LIST:
            continue
        found: dict[str, int] = {}
        for line in _lines(one.read().decode("utf-8", "replace")):
            cells = [cell.strip(" \"'") for cell in re.split(r"[,;:\t {}\[\]]+", line.strip())]
            place = next((k for k, cell in enumerate(cells) if _name_of(cell, wanted)), None)
            if place is None:
                continue
            # Before the file's name may stand its number; after it, its label.
            digits = [
                int(cell)
                for cell in (*cells[:place], *cells[place + 1 :])
                if re.fullmatch(r"\d", cell)
            ]
            if digits:
                found[_name_of(cells[place], wanted)] = digits[-1]
        if len(found) == len(wanted) == len(entries):
            return [found[PurePosixPath(entry.name).name] for entry in entries]
    return None


def _lines(text: str) -> list[str]:
    """Return the lines of a list; of JSON the records, or pairs of a name and a label."""
    if text.lstrip()[:1] in ("{", "["):
        text = re.sub(
            r"\}" if re.search(r"\}\s*,?\s*\{", text) else ",", "\n", text.replace("\n", " ")
        )
    return text.splitlines()


def _name_of(cell: str, wanted: dict[str, Entry]) -> str:
    name = PurePosixPath(cell.replace("\\", "/")).name
    return next((n for n in (name, f"{name}.png", f"{name}.jpg") if n in wanted), "")


def _pairs(entries: list[Entry], labels: list[int], title: str) -> dict[str, Pair]:
    shared = _shared([_folders(entry) for entry in entries])
    parts: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        part = names.part_of("/".join(_folders(entry)[shared:])) or "all"
        parts.setdefault(part, []).append(place)
    if "all" in parts and len(parts) > 1:
        raise DigitLabError(
            f"{title} has pictures in and beside folders for training and test: put all of them"
            " into these folders."
        )
    pictures = _decoded(entries)
    numbers = np.array(labels)
    field = f"the pictures in {title}"
    return {
        part: Pair(pictures[places], numbers[places], (field, f"the labels in {title}"))
        for part, places in parts.items()
    }


def _decoded(entries: list[Entry]) -> np.ndarray:
    return _one_form(len(entries), lambda place: _pixels(entries[place]))


def grey_pictures(files: list[bytes | None], title: str) -> np.ndarray:
    """Decode picture files that lie in the rows of a table.

    Returns
    -------
    uint8 array, shape (n, h, w)
        As they are if all are small and alike, else brought to (28, 28).

    Raises
    ------
    DigitLabError
        One of them is missing or cannot be read.
    """
    from core.reading.pictures import decode

    def picture(place: int) -> np.ndarray:
        content = files[place]
        if not content:
            raise DigitLabError(f"{title} has no picture in row {place + 1:,}: leave that row out.")
        try:
            return decode(content)
        except DigitLabError as fault:
            raise DigitLabError(f"{title}, row {place + 1:,}: {fault}") from fault

    return _one_form(len(files), picture)


def _one_form(count: int, picture: Callable[[int], np.ndarray]) -> np.ndarray:
    """Return all pictures, uint8 (n, h, w): as they are if small and alike, else (28, 28)."""
    height, width = picture(0).shape[:2]
    if height * width > _LARGEST_STACK or min(height, width) < _SMALLEST_SIDE:
        return _one_by_one(count, picture)
    stack = np.empty((count, height, width), np.uint8)
    for place, target in enumerate(stack):
        pixels = picture(place)
        if pixels.shape[:2] != (height, width):
            return _one_by_one(count, picture)
        target[:] = _grey(pixels)
    return stack


def _one_by_one(count: int, picture: Callable[[int], np.ndarray]) -> np.ndarray:
    """Bring pictures of any size to MNIST's form, each with a border of its own."""
    from core.reading.ink import find_ink
    from core.reading.normalise import as_bytes, to_mnist

    images = np.empty((count, 28, 28), np.uint8)
    for place, image in enumerate(images):
        image[:] = as_bytes(to_mnist(find_ink(picture(place))))
    return images


def _pixels(entry: Entry) -> np.ndarray:
    from core.reading.pictures import decode

    try:
        return decode(entry.read())
    except DigitLabError as fault:
        raise DigitLabError(f"{entry.name[-60:]}: {fault}") from fault


def _grey(picture: np.ndarray) -> np.ndarray:
    """Return a picture as uint8 (h, w): colours by their lightness, transparency as paper."""
    if picture.ndim == 2:
        return picture
    colour: np.ndarray = picture[..., :3] @ np.array([0.299, 0.587, 0.114])
    if picture.shape[2] == 4:
        alpha = picture[..., 3].astype(np.float32)
        if alpha.min() < 255:
            inked = colour[alpha > 127]
            light = inked.size and np.median(inked) > 127  # white ink, on what shall be black
            colour = colour * alpha / 255 + (0 if light else 255) * (1 - alpha / 255)
    return np.rint(colour).clip(0, 255).astype(np.uint8)
