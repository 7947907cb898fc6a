"""Names of arrays, files, folders and columns: the part, the content or the digit that they say.

``x_train``, ``trainX``, ``Training Images``, ``t10k-labels-idx1-ubyte``, ``test/y``: all are
words of a small vocabulary, in any order and spelling.
"""

import re

PARTS = {
    "train": ("train", "training", "trn", "tr"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "tst", "te", "t10k", "evaluation", "eval"),
}
LABEL_WORDS = (
    *("labels", "label", "targets", "target", "classes", "class", "digit", "number", "lbl", "lab"),
    *("gt", "truth", "y", "category", "numeral"),
)
IMAGE_WORDS = (
    *("images", "image", "imgs", "img", "data", "pixels", "pixel", "features", "feature"),
    *("pictures", "picture", "digits", "inputs", "input", "samples", "x"),
)
# Of what is neither: kept beside images and labels by many.
_OTHER_WORDS = (
    *(
        "id",
        "ids",
        "index",
        "indices",
        "idx",
        "writer",
        "writers",
        "answers",
        "answer",
        "mean",
        "std",
        "weights",
    ),
    *("predictions", "predicted", "pred", "probabilities", "logits", "path", "paths", "filename"),
)
_NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PART_OF = {word: part for part, words in PARTS.items() for word in words}
_KNOWN = sorted({*_PART_OF, *LABEL_WORDS, *IMAGE_WORDS}, key=len, reverse=True)
_GLUED = re.compile(f"(?:{'|'.join(_KNOWN)})+")
_ONE = re.compile("|".join(_KNOWN))
_WORD = re.compile(r"t10k|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words(name: str) -> list[str]:
    """Split a name into its words, in small letters.

    Examples
    --------
    >>> words("emnist-digits-TrainImages"), words("xtest"), words("t10k-labels")
    (['emnist', 'digits', 'train', 'images'], ['x', 'test'], ['t10k', 'labels'])
    """
    found = []
    for word in _WORD.findall(name):
        small = word.lower()
        found += _ONE.findall(small) if _GLUED.fullmatch(small) else [small]
    return found


def part_of(name: str) -> str | None:
    """Return the part that a name says: ``train``, ``validation`` or ``test``; the last one counts.

    Examples
    --------
    >>> part_of("mnist/testing/3"), part_of("X_val"), part_of("images")
    ('test', 'validation', None)
    """
    return next((_PART_OF[word] for word in reversed(words(name)) if word in _PART_OF), None)


def says_labels(name: str) -> bool:
    """Return whether a name is one of labels; in ``digits/labels`` the last word counts."""
    return _last_of(name, LABEL_WORDS, IMAGE_WORDS)


def says_images(name: str) -> bool:
    """Return whether a name is one of images."""
    return _last_of(name, IMAGE_WORDS, LABEL_WORDS)


def says_other(name: str) -> bool:
    """Return whether a name is one of what belongs to images and is neither they nor labels."""
    known = [word for word in words(name) if word not in ("idx",) or name.lower() == "idx"]
    return any(word in _OTHER_WORDS for word in known)


def _last_of(name: str, wanted: tuple[str, ...], others: tuple[str, ...]) -> bool:
    for word in reversed(words(name)):
        if word in wanted:
            return True
        if word in others:
            return False
    return False


def digit_in(name: str) -> int | None:
    """Return the digit that a folder or a class is named after.

    Examples
    --------
    >>> digit_in("7"), digit_in("digit_3"), digit_in("Sample002"), digit_in("class-five")
    (7, 3, 1, 5)
    >>> digit_in("A"), digit_in("12"), digit_in("cat")
    (None, None, None)
    """
    known = words(name)
    if known[:1] == ["sample"] and len(known) == 2 and re.fullmatch(r"0\d\d", known[1]):
        return int(known[1]) - 1 if 1 <= int(known[1]) <= 10 else None  # Chars74K
    numbers = [word for word in known if word.isdecimal()]
    if len(numbers) == 1 and len(numbers[0].lstrip("0") or "0") == 1:
        return int(numbers[0])
    spelled = [_NUMBER_WORDS.index(word) for word in known if word in _NUMBER_WORDS]
    return spelled[0] if not numbers and len(spelled) == 1 else None
