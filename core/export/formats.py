"""The export formats of a model, and the facts about a checked file."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import DigitLabError
from core.runs import contract

# int8 cannot reproduce Keras's exact probabilities, so only the answers are compared.
LEAST_AGREEMENT = 0.99


@dataclass(frozen=True)
class Format:
    """A file format and its purpose.

    Attributes
    ----------
    name : str
        Its name on the command line.
    title : str
        Its name for people.
    purpose : str
        One sentence that begins with the use that a pupil would have for it.
    files : tuple of str
        Its usual file name, then those of other files that it needs.
    is_folder : bool
        Whether the first of them is a folder.
    whole_numbers : bool
        Whether it computes in int8, and so only approximates Keras.
    """

    name: str
    title: str
    purpose: str
    files: tuple[str, ...]
    is_folder: bool = False
    whole_numbers: bool = False

    @property
    def suffix(self) -> str:
        """The suffix by which other programs know the format; empty for a folder."""
        return "" if self.is_folder else self.files[0].removeprefix("model")

    @property
    def is_at_hand(self) -> bool:
        """Whether every model that is trained here has this file already."""
        return self.files[0] in (contract.KERAS_MODEL, contract.ONNX_MODEL)


NETWORK = "network.json"

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "keras",
            "Keras",
            "For more training or changes in Python.",
            (contract.KERAS_MODEL,),
        ),
        Format(
            "onnx",
            "ONNX",
            "For your own programs, in nearly every language, and for web pages.",
            (contract.ONNX_MODEL,),
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
        Its size, including the files that it needs.
    largest_difference : float
        Largest difference between one of its probabilities and Keras's.
    agreement : float
        Share of the check images with the same answer as Keras's, 0 to 1.
    n : int
        Number of check images.
    checked_on : str
        The data set of the check images, as `core.data.load` takes it.
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
        No format has that name; the sentence lists the names.
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
