"""The formats that a model can be exported to, and what is known of a file once it is checked."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import DigitLabError
from core.runs import store

# Whole numbers cannot give the very probabilities of Keras: what counts is that the answers stay.
LEAST_AGREEMENT = 0.99


@dataclass(frozen=True)
class Format:
    """A file format and what it is good for.

    Attributes
    ----------
    name : str
        As it is typed on the command line.
    title : str
        What people call it.
    purpose : str
        One sentence that begins with what a pupil would want it for.
    files : tuple of str
        Its usual file name, then those of files that it cannot be used without.
    is_folder : bool
        Whether the first of them is a folder.
    whole_numbers : bool
        Whether it computes in int8, and so can only be near to Keras.
    """

    name: str
    title: str
    purpose: str
    files: tuple[str, ...]
    is_folder: bool = False
    whole_numbers: bool = False

    @property
    def suffix(self) -> str:
        """The ending by which other programs know the format; empty for a folder."""
        return "" if self.is_folder else self.files[0].removeprefix("model")

    @property
    def is_at_hand(self) -> bool:
        """Whether every model that is trained here has this file already."""
        return self.files[0] in (store.KERAS_MODEL, store.ONNX_MODEL)


NETWORK = "network.json"

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "keras",
            "Keras",
            "For more training or changes in Python.",
            (store.KERAS_MODEL,),
        ),
        Format(
            "onnx",
            "ONNX",
            "For your own programs, in nearly every language, and for web pages.",
            (store.ONNX_MODEL,),
        ),
        Format(
            "litert",
            "LiteRT",
            "For phones and small computers; it was called TensorFlow Lite.",
            ("model.tflite",),
        ),
        Format(
            "litert-int8",
            "LiteRT int8",
            "For the smallest chips (microcontrollers): whole numbers only.",
            ("model.tflite",),
            whole_numbers=True,
        ),
        Format(
            "weights",
            "Weights",
            "Only the learned numbers, for a network that you build.",
            ("model.weights.h5", NETWORK),
        ),
        Format(
            "savedmodel",
            "SavedModel",
            "For servers that answer many people at once, with TensorFlow Serving.",
            ("saved_model",),
            is_folder=True,
        ),
    )
}


@dataclass(frozen=True)
class Exported:
    """An exported model that has passed its check.

    Attributes
    ----------
    path : pathlib.Path
        The file, or the folder of a SavedModel.
    bytes : int
        Its size, with the files that it cannot be used without.
    largest_difference : float
        Between a probability that it gives and the one that Keras gives.
    agreement : float
        Share of the check images on which its answer is that of Keras, 0 to 1.
    n : int
        Number of check images.
    checked_on : str
        The data set that they are from, as `core.data.load` takes it.
    beside : tuple of str
        Names of the files in the same folder that belong to it.
    """

    path: Path
    bytes: int
    largest_difference: float
    agreement: float
    n: int
    checked_on: str = ""
    beside: tuple[str, ...] = ()


def get_format(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    DigitLabError
        No format has that name; the sentence lists the names there are.

    Examples
    --------
    >>> get_format("litert").files
    ('model.tflite',)
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise DigitLabError(
            f"There is no format '{name}': the formats are {', '.join(FORMATS)}."
        ) from None
