"""The adapter of a network from elsewhere: how it wants its pictures, and what it answers.

Plain data and NumPy. `core.brought_models.wrapping` writes the same steps into an ONNX file,
`core.brought_models.keras_network` into a Keras model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.architecture import CLASSES, INPUT_SHAPE

SIDE = INPUT_SHAPE[0]
SMALLEST = 1e-30  # a probability of 0 has no logarithm


@dataclass(frozen=True, eq=False)
class Frame:
    """The place of a picture in the rows and columns that a network takes.

    Attributes
    ----------
    words : str
        For people; empty if nothing is changed.
    rows, columns : ndarray of float32, shape (side, 28)
        The picture becomes ``rows @ picture @ columns.T``.
    """

    words: str
    rows: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True, eq=False)
class Pixels:
    """The numbers that a network wants for the pixels: ``factor * ink + summand``.

    Attributes
    ----------
    words : str
        For people: "from 0 to 255, black on white".
    factor, summand : tuple of float
        One number for all channels, or one for each; ink is 1, paper is 0.
    """

    words: str
    factor: tuple[float, ...]
    summand: tuple[float, ...]

    @property
    def is_plain(self) -> bool:
        """Whether they are what Digit Lab has itself."""
        return (self.factor, self.summand) == ((1.0,), (0.0,))


@dataclass(frozen=True, eq=False)
class Adapter:
    """Everything between our pictures, float32 (n, 28, 28), and probabilities of ten digits.

    Attributes
    ----------
    shape : tuple of int
        What the network takes for one picture.
    channels : int
        1 or 3.
    channels_last : bool
        Where the channels are, if there are three.
    frame : Frame
    pixels : Pixels
    transposed : bool
        Whether it wants rows and columns exchanged.
    answer : {'logits', 'probabilities', 'log probabilities', 'ten probabilities'}
        What its output is.
    order : tuple of int
        Its output ``order[k]`` is that of the digit k.
    temperature : float
        Divisor of the logits, from a calibration.
    """

    shape: tuple[int, ...]
    channels: int
    channels_last: bool
    frame: Frame
    pixels: Pixels
    transposed: bool = False
    answer: str = "logits"
    order: tuple[int, ...] = tuple(range(CLASSES))
    temperature: float = 1.0

    @property
    def takes_logarithm(self) -> bool:
        """Whether the output is probabilities, whose logarithms are the logits."""
        return self.answer in ("probabilities", "ten probabilities")

    @property
    def mixing(self) -> np.ndarray:
        """The matrix, float32 (10, 10), that makes calibrated logits of the network's."""
        return (np.eye(CLASSES)[:, list(self.order)] / self.temperature).astype(np.float32)

    def prepare(self, images: np.ndarray) -> np.ndarray:
        """Return the input of the network for images, float32 (n, *shape).

        Parameters
        ----------
        images : ndarray of float32, shape (n, 28, 28), in [0, 1]
        """
        if self.transposed:
            images = images.transpose(0, 2, 1)
        x = self.frame.rows @ images @ self.frame.columns.T  # (n, side, side)
        axis = -1 if self.channels_last else 1
        x = np.stack([x] * self.channels, axis)  # (n, side, side, c) or (n, c, side, side)
        factor, summand = self.by_channel()
        return (x * factor + summand).reshape(-1, *self.shape).astype(np.float32)

    def by_channel(self) -> tuple[np.ndarray, np.ndarray]:
        """Return factor and summand in a shape that fits a picture with its channels."""
        shape = (-1,) if self.channels_last else (-1, 1, 1)
        return tuple(  # type: ignore[return-value]
            np.array(values, np.float32).reshape(shape)
            for values in (self.pixels.factor, self.pixels.summand)
        )

    def logits(self, given: np.ndarray) -> np.ndarray:
        """Return calibrated logits, float64 (n, 10), of the network's output for n pictures."""
        z = given.reshape(-1, CLASSES).astype(np.float64)
        if self.takes_logarithm:
            z = np.log(np.maximum(z, SMALLEST))
        return z[:, list(self.order)] / self.temperature

    def probabilities(self, given: np.ndarray) -> np.ndarray:
        """Return probabilities, float32 (n, 10), of the network's output for n pictures."""
        return softmax(self.logits(given)).astype(np.float32)

    def words(self) -> list[str]:
        """Say everything that is done to pictures and answers, in a few words each."""
        sides = "×".join(map(str, self.shape))
        said = [] if self.shape == INPUT_SHAPE else [f"reshaped to {sides}"]
        said += [self.frame.words] if self.frame.words else []
        said += ["the same picture in three channels"] if self.channels == 3 else []
        said += ["rows and columns exchanged"] if self.transposed else []
        said += [] if self.pixels.is_plain else [f"pixels {self.pixels.words}"]
        match self.answer:
            case "logits":
                said.append("softmax added")
            case "log probabilities":
                said.append("logarithms of probabilities turned into probabilities")
            case "ten probabilities":
                said.append("ten separate probabilities divided by their sum")
        if self.order != tuple(range(CLASSES)):
            said.append(f"outputs put in order (digit 0 was output {self.order[0]})")
        if self.temperature != 1.0:
            said.append(f"calibrated with temperature {self.temperature:.2f}")
        return said


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities of logits; both (n, 10)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def adapters(shape: Sequence[int | None]) -> list[Adapter]:
    """Return the ways in which one picture fits an input, without one for other kinds of inputs.

    Parameters
    ----------
    shape : sequence of int or None
        The sides of the input for one picture; ``None`` where the network leaves one open.

    Examples
    --------
    >>> [one.shape for one in adapters((784,))], adapters((100, 7))
    ([(784,)], [])
    >>> [one.frame.words for one in adapters((1, 32, 32))]
    ['a margin of 2 pixels added', 'enlarged to 32×32']
    """
    found = []
    for sides, side, channels, last in _layouts(tuple(shape)):
        found += [Adapter(sides, channels, last, frame, PLAIN) for frame in _frames(side)]
    return found


PLAIN = Pixels("from 0 to 1", (1.0,), (0.0,))


def _layouts(shape: tuple[int | None, ...]) -> list[tuple[tuple[int, ...], int, int, bool]]:
    """Return shape, side, channels and whether they come last, of each reading of a shape."""
    if len(shape) > 3 or not shape:
        return []
    if None in shape:
        return [layout for sides in _closed(shape) for layout in _layouts(sides)]
    sides = tuple(side for side in shape if side is not None)
    large = [side for side in sides if side != 1]
    if len(large) == 1:  # a vector
        side = round(large[0] ** 0.5)
        return [(sides, side, 1, True)] if side**2 == large[0] and _is_side(side) else []
    if len(large) == 2 and large[0] == large[1] and _is_side(large[0]):
        return [(sides, large[0], 1, True)]
    if len(sides) == 3 and sides[0] == 3 and sides[1] == sides[2] and _is_side(sides[1]):
        return [(sides, sides[1], 3, False)]
    if len(sides) == 3 and sides[2] == 3 and sides[0] == sides[1] and _is_side(sides[0]):
        return [(sides, sides[0], 3, True)]
    return []


def _closed(shape: tuple[int | None, ...]) -> list[tuple[int, ...]]:
    """Return shapes with numbers where a network leaves sides open."""
    usual: dict[int, list[tuple[int, ...]]] = {
        1: [(SIDE * SIDE,)],
        2: [(SIDE, SIDE)],
        3: [(1, SIDE, SIDE), (SIDE, SIDE, 1), (3, SIDE, SIDE), (SIDE, SIDE, 3)],
    }
    return [
        sides
        for sides in usual[len(shape)]
        if all(given in (None, side) for given, side in zip(shape, sides, strict=True))
    ]


def _is_side(side: int) -> bool:
    return 8 <= side <= 256


def _frames(side: int) -> list[Frame]:
    eye = np.eye(SIDE, dtype=np.float32)
    if side == SIDE:
        return [Frame("", eye, eye)]
    scaled = _resampling(side)
    if side > SIDE:
        margin = side - SIDE
        padded = np.pad(eye, ((margin // 2, margin - margin // 2), (0, 0)))  # (side, 28)
        words = f"a margin of {margin // 2} pixels added"
        return [
            Frame(words, padded, padded),
            Frame(f"enlarged to {side}×{side}", scaled, scaled),
        ]
    cut = (SIDE - side) // 2
    frames = [Frame(f"reduced to {side}×{side}", scaled, scaled)]
    if side >= 20:
        cropped = eye[cut : cut + side]
        frames.append(Frame(f"a margin of {cut} pixels cut off", cropped, cropped))
    return frames


def _resampling(side: int) -> np.ndarray:
    """Return the matrix, float32 (side, 28), of a linear resampling without aliasing."""
    scale = SIDE / side
    centres = (np.arange(side) + 0.5) * scale - 0.5
    reach = max(scale, 1.0)
    distance = np.abs(centres[:, None] - np.arange(SIDE)) / reach  # (side, 28)
    weights = np.maximum(1 - distance, 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def turned(adapter: Adapter, transposed: bool, rows: bool, columns: bool) -> Adapter:
    """Return an adapter that also exchanges rows and columns, or mirrors the picture."""
    frame = adapter.frame
    words = [frame.words] if frame.words else []
    words += ["upside down"] if rows else []
    words += ["mirrored"] if columns else []
    return replace(
        adapter,
        transposed=transposed,
        frame=Frame(
            ", ".join(words),
            frame.rows[::-1].copy() if rows else frame.rows,
            frame.columns[::-1].copy() if columns else frame.columns,
        ),
    )
