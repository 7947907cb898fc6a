"""Corruptions: fifteen ways to degrade an image of a digit that people can still read.

After MNIST-C (Mu and Gilmer 2019, https://arxiv.org/abs/1906.02337), reimplemented from its
description. The strengths are the published ones. Where the authors give five, so do we, with
MNIST-C's as the default. Where they give one (stripe, dotted line, zigzag, canny edges), the others
are ours. ``bench/robustness.py`` measures models on them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import DigitLabError
from core.evaluation import degradations
from core.reading.normalise import as_floats

SEVERITIES = (1, 2, 3, 4, 5)

Apply = Callable[[np.ndarray, np.random.Generator, Any], np.ndarray]


@dataclass(frozen=True)
class Corruption:
    """One way to degrade images, in five strengths.

    Attributes
    ----------
    title, description : str
        Its name for people, and a sentence on its effect.
    severity : int
        The strength in MNIST-C, 1 to 5.
    levels : tuple
        The function's last argument at each strength.
    apply : callable
        The function of `core.evaluation.degradations`.
    """

    title: str
    description: str
    severity: int
    levels: tuple[Any, Any, Any, Any, Any]
    apply: Apply

    def __call__(
        self, images: np.ndarray, rng: np.random.Generator, severity: int | None = None
    ) -> np.ndarray:
        """Corrupt images.

        Parameters
        ----------
        images : uint8 array, shape (n, 28, 28)
            White ink (255) on black (0).
        rng : numpy.random.Generator
            The same state gives the same result.
        severity : {1, 2, 3, 4, 5}, optional
            Default: MNIST-C's.

        Returns
        -------
        uint8 array, shape (n, 28, 28)

        Raises
        ------
        DigitLabError
            Images of another shape or type, or no such strength.
        """
        if (
            images.dtype != np.uint8
            or images.ndim != 3
            or images.shape[1:] != (degradations.SIDE, degradations.SIDE)
        ):
            raise DigitLabError(
                f"Only uint8 images of shape (n, 28, 28) can be corrupted, not {images.dtype} "
                f"{images.shape}: convert them first."
            )
        severity = self.severity if severity is None else severity
        if severity not in SEVERITIES:
            raise DigitLabError(f"A severity is 1, 2, 3, 4 or 5, not {severity}: choose one.")
        spoilt = self.apply(as_floats(images), rng, self.levels[severity - 1])
        return (255 * spoilt.clip(0, 1)).round().astype(np.uint8)


CORRUPTIONS = {
    corruption.apply.__name__: corruption
    for corruption in (
        Corruption(
            "Shot noise",
            "Grain as in a photograph taken with too little light.",
            5,
            (60, 25, 12, 5, 3),
            degradations.shot_noise,
        ),
        Corruption(
            "Impulse noise",
            "Single pixels turn black or white, like salt and pepper.",
            4,
            (0.03, 0.06, 0.09, 0.17, 0.27),
            degradations.impulse_noise,
        ),
        Corruption(
            "Glass blur",
            "Seen through frosted glass: neighbouring pixels change places.",
            1,
            ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
            degradations.glass_blur,
        ),
        Corruption(
            "Motion blur",
            "Smeared to one side, as if the camera had moved.",
            1,
            ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
            degradations.motion_blur,
        ),
        Corruption(
            "Shear",
            "Slanted to the left or to the right.",
            2,
            (0.2, 0.4, 0.6, 0.8, 1.0),
            degradations.shear,
        ),
        Corruption(
            "Scale",
            "Smaller than the digits it was trained on.",
            3,
            (0.9, 0.8, 0.7, 0.6, 0.5),
            degradations.scale,
        ),
        Corruption(
            "Rotate",
            "Turned to the left or to the right.",
            2,
            (0.2, 0.4, 0.6, 0.8, 1.0),
            degradations.rotate,
        ),
        Corruption(
            "Brightness",
            "Black paper becomes grey, and bright grey white.",
            5,
            (0.1, 0.2, 0.3, 0.4, 0.5),
            degradations.brightness,
        ),
        Corruption(
            "Translate",
            "Moved towards one of the four corners.",
            3,
            (1, 2, 3, 4, 5),
            degradations.translate,
        ),
        Corruption(
            "Stripe",
            "Black and white change places in a stripe at either side.",
            3,
            (5, 6, 7, 8, 9),
            degradations.stripe,
        ),
        Corruption(
            "Fog",
            "A grey cloud lies over the digit.",
            5,
            ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)),
            degradations.fog,
        ),
        Corruption(
            "Spatter",
            "Drops of grey mud cover parts of the digit.",
            4,
            (
                (0.65, 0.3, 4, 0.69, 0.6),
                (0.65, 0.3, 3, 0.68, 0.6),
                (0.65, 0.3, 2, 0.68, 0.5),
                (0.65, 0.3, 1, 0.65, 1.5),
                (0.67, 0.4, 1, 0.65, 1.5),
            ),
            degradations.spatter,
        ),
        Corruption(
            "Dotted line",
            "A dotted line runs across the digit.",
            1,
            (1, 2, 3, 4, 5),
            degradations.dotted_line,
        ),
        Corruption(
            "Zigzag",
            "A zigzag line runs across the digit.",
            1,
            (1, 2, 3, 4, 5),
            degradations.zigzag,
        ),
        Corruption(
            "Canny edges",
            "Nothing is left but thin outlines.",
            1,
            (1.0, 1.25, 1.5, 1.75, 2.0),
            degradations.canny_edges,
        ),
    )
}
