"""The offline sample: real handwritten digits that need no download.

The 1,797 digits that come with scikit-learn, 8x8 counts from 0 to 16, are brought to 28x28 by the
same steps as a drawing. They are the test part of a set by 13 people who filled in forms. The forms
follow one another in the file, as its repeating labels show. The split is therefore by form: the
last three are the test set. A form in both parts would test on handwriting that was trained on.

E. Alpaydin, C. Kaynak (1998): Optical Recognition of Handwritten Digits, UCI repository.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, TestSet, make_dataset, make_test_set
from core.errors import DigitLabError

TITLE = "offline sample (1,797 scikit-learn digits)"
TRAIN = 1415  # the third-last form begins here; 382 digits follow
_FULL = 16  # pixels in each of the blocks that were counted
_BITMAP = (32, 32)  # the original, which was counted in blocks of 4x4


def load() -> Dataset:
    """Read the sample: 1,415 training and 382 test images.

    Raises
    ------
    DigitLabError
        scikit-learn is not installed, or not completely.
    """
    images, labels = _read()
    pictures = _pictures(images)
    return make_dataset(
        "sample", TITLE, pictures[:TRAIN], labels[:TRAIN], pictures[TRAIN:], labels[TRAIN:]
    )


def load_test() -> TestSet:
    """Read the sample's test images; raises as `load` does."""
    images, labels = _read()
    return make_test_set(_pictures(images[TRAIN:]), labels[TRAIN:])


def _read() -> tuple[np.ndarray, np.ndarray]:
    """Return counts, uint8 (1797, 8, 8), and labels, uint8 (1797,)."""
    # The file is read directly: importing scikit-learn would take 1.2 s and 166 MB.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DigitLabError(
            "scikit-learn, which the offline sample comes with, is not installed: run"
            " `pip install -r requirements.txt`."
        )
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    try:
        table = np.loadtxt(path, np.uint8, delimiter=",")  # (1797, 65)
    except (OSError, EOFError, ValueError) as fault:
        raise DigitLabError(
            f"The offline sample cannot be read from {path}: install scikit-learn again."
        ) from fault
    return table[:, :-1].reshape(-1, 8, 8), table[:, -1].copy()


def _pictures(images: np.ndarray) -> np.ndarray:
    """Bring counts, (n, 8, 8), to MNIST's form, uint8 (n, 28, 28)."""
    from PIL import Image  # here, since most callers load MNIST

    from core.reading.normalise import as_bytes, to_mnist

    pictures = np.empty((len(images), 28, 28), np.uint8)
    for picture, counts in zip(pictures, images.astype(np.float32) / _FULL, strict=True):
        # Back to the bitmap's size before the crop, which would otherwise move in steps of four.
        bitmap = Image.fromarray(counts).resize(_BITMAP, Image.Resampling.BICUBIC)
        picture[:] = as_bytes(to_mnist(np.asarray(bitmap).clip(0, 1)))
    return pictures
