"""A trained model, asked for answers without TensorFlow.

The app, the command line and the benchmarks predict through ONNX Runtime: loaded in a tenth of a
second, a fraction of a millisecond for a digit. One thread, because the app shares its machine with
a training run and one digit gains nothing from more. A model file is checked before it is trusted.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.architecture import CLASSES
from core.errors import DigitLabError

MAX_MODEL_BYTES = 200_000_000
_BATCH = 128  # images at a time: as fast as larger ones, in a tenth of their memory
_SILENT = 4  # ONNX Runtime's severity "fatal": faults are told in our own sentence


@dataclass(frozen=True)
class Prediction:
    """What a model says of n images.

    Attributes
    ----------
    probabilities : float32 array, shape (n, 10), rows sum to 1
        Column k is the probability of the digit k.
    embedding : float32 array, shape (n, d)
        What the network's last layer sees of each image.
    """

    probabilities: np.ndarray
    embedding: np.ndarray


class Predictor:
    """A ``model.onnx`` ready to predict. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        ONNX file with one float32 input (n, 28, 28, 1) and the float32 outputs ``probabilities``
        (n, 10) and ``embedding`` (n, d).

    Raises
    ------
    DigitLabError
        If there is no such file, it is too large, or it is not such a model.
    """

    def __init__(self, path: Path) -> None:
        self._name = Path(path).name
        self._session = _session(_content(Path(path)), self._name)
        self._input = _checked_input(self._session, self._name)

    def predict(self, images: np.ndarray) -> Prediction:
        """Predict the digits in images.

        Parameters
        ----------
        images : float32 array, shape (n, 28, 28), in [0, 1]
            White ink on black, as MNIST has it.

        Returns
        -------
        Prediction

        Raises
        ------
        DigitLabError
            If the model fails, or answers with anything but probabilities.
        """
        images = np.ascontiguousarray(images, dtype=np.float32)[..., None]  # (n, 28, 28, 1)
        starts = range(0, max(len(images), 1), _BATCH)
        batches = [self._run(images[start : start + _BATCH]) for start in starts]
        if len(batches) == 1:
            return Prediction(*batches[0])
        probabilities, embedding = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        return Prediction(probabilities, embedding)

    def _run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        try:
            probabilities, embedding = self._session.run(
                ["probabilities", "embedding"], {self._input: images}
            )
        except Exception as fault:  # ONNX Runtime's errors share no base class but this
            raise DigitLabError(
                f"{self._name} could not read 28x28 images: export the model again."
            ) from fault
        # Written so that a NaN fails the comparison.
        right_shape = probabilities.shape == (len(images), CLASSES)
        if not right_shape or not (abs(probabilities.sum(axis=1) - 1) < 1e-3).all():
            raise DigitLabError(
                f"{self._name} did not answer with {CLASSES} probabilities that sum to 1:"
                " export the model again with a softmax output."
            )
        return probabilities, embedding


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_MODEL_BYTES:
            raise DigitLabError(
                f"{path.name} has {size / 1e6:,.0f} MB and at most {MAX_MODEL_BYTES / 1e6:,.0f} MB"
                " are loaded: train a smaller network."
            )
        return path.read_bytes()
    except OSError as fault:
        raise DigitLabError(
            f"There is no readable model file {path}: check the path or train a model."
        ) from fault


def _session(content: bytes, name: str):  # -> onnxruntime.InferenceSession, imported only here
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _SILENT
    try:
        return onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
    except Exception as fault:  # ONNX Runtime's errors share no base class but this
        raise DigitLabError(
            f"{name} is not an ONNX model that can be loaded: export the model again."
        ) from fault


def _checked_input(session, name: str) -> str:
    inputs = session.get_inputs()
    outputs = {output.name: output for output in session.get_outputs()}
    fits = (
        len(inputs) == 1
        and _is_float(inputs[0], 28, 28, 1)
        and "probabilities" in outputs
        and _is_float(outputs["probabilities"], CLASSES)
        and "embedding" in outputs
        and _is_float(outputs["embedding"], None)
    )
    if not fits:
        raise DigitLabError(
            f"{name} is a model of another kind: Digit Lab needs a float32 input (n, 28, 28, 1) and"
            f" the outputs probabilities (n, {CLASSES}) and embedding (n, d), as its own exports"
            " have them."
        )
    return inputs[0].name


def _is_float(node, *sides: int | None) -> bool:
    """Compare type and shape; sides that are open, here or in the file, may be anything."""
    shape = node.shape or []
    return (
        node.type == "tensor(float)"
        and len(shape) == 1 + len(sides)
        and not isinstance(shape[0], int)
        and all(
            side is None or not isinstance(given, int) or given == side
            for given, side in zip(shape[1:], sides, strict=True)
        )
    )
