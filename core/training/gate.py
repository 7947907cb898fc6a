"""Training of the gate, the network that tells digits from everything else.

The digits are MNIST's, scikit-learn's, those of the generator and of people's pens. The non-digits
are the kinds of `core.strokes.others` that are marked ``trained``, and the same MNIST digits
mirrored, laid over one another or cut in pieces. So the gate cannot go by the look of a pen.

Hendrycks, Mazeika and Dietterich 2019 (outlier exposure), https://arxiv.org/abs/1812.04606.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data import Dataset, drawn, non_digits, sample
from core.data.augment import Augmentation
from core.data.generated import write_digits
from core.data.stroke_files import Strokes
from core.reading.gate import FILE, OUTPUT
from core.strokes import others
from core.training import judge
from core.training.digits import stroke_facts
from core.training.judge import NONE

_NETWORK = judge.Network(
    OUTPUT,
    blocks=((24, 48), (64, 96)),
    augmentation=Augmentation(
        rotation=12, shift=1, scale=0.1, shear=0.3, elastic=0.7, thickness=0.9
    ),
)


@dataclass(frozen=True)
class Settings(judge.Settings):
    """Settings for the training of the gate.

    Attributes
    ----------
    written : int
        Number of digits from the generator.
    drawn : int
        Number of pictures of people's strokes.
    spoilt, of_each_kind : int
        Number of non-digits made from MNIST's digits, and of images of each kind of non-digit; some
        kinds get a multiple.
    epochs, batch_size, seed : int
    """

    written: int = 45_000
    drawn: int = 45_000
    of_each_kind: int = 2_000
    spoilt: int = 30_000
    epochs: int = 16
    batch_size: int = 256
    seed: int = 0


# For a gate whose training continues, with kinds of non-digits that are new to it.
CONTINUED = Settings(written=20_000, drawn=20_000, of_each_kind=900, spoilt=12_000, epochs=2)


def train(
    data: Dataset,
    folder: Path,
    settings: Settings,
    start: Path | None = None,
    strokes: Sequence[Strokes] = (),
) -> dict[str, object]:
    """Train the gate and write ``gate.onnx`` and ``gate.json``; see `core.training.judge.train`.

    The training images of ``data`` are the basic digits; its test images are not used. One writer
    in eight of each of the ``strokes`` is kept back, to choose the threshold on.
    """
    people = [drawn.split(file, settings.seed) for file in strokes]
    return judge.train(
        _NETWORK,
        lambda: training_images(data, settings, [file for file, _ in people]),
        settings,
        folder / FILE.name,
        start,
        trained_on=[kind.name for kind in others.KINDS if kind.trained],
        data_digest=data.digest,
        strokes=[stroke_facts(*file).model_dump() for file in people],
    )


def training_images(
    data: Dataset, settings: Settings, strokes: Sequence[Strokes] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Collect digits and make non-digits.

    Returns
    -------
    images : uint8 array, shape (n, 28, 28)
    labels : int32 array, shape (n,)
        0 to 9, or `core.training.judge.NONE`.
    """
    scanned = sample.load()
    digits = [
        (data.x_train, data.y_train),
        (scanned.x_train, scanned.y_train),
        write_digits(settings.written, settings.seed),
        drawn.draw_digits(strokes, settings.drawn, settings.seed),
    ]
    none = [
        non_digits.draw(kind, kind.times * settings.of_each_kind, settings.seed)
        for kind in others.KINDS
        if kind.trained
    ]
    none.append(non_digits.spoil(data.x_train, data.y_train, settings.spoilt, settings.seed))
    images = np.concatenate([*(images for images, _ in digits), *none])
    labels = np.full(len(images), NONE)
    known = np.concatenate([labels for _, labels in digits])
    labels[: len(known)] = known
    return images, labels.astype(np.int32)
