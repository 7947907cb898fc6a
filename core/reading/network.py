"""Networks in ONNX files, run without TensorFlow.

Shared by the classifiers (`core.reading.predictor`), the gate (`core.reading.gate`) and the
segmenter (`core.reading.segment`). A file is checked before it is trusted. It runs through ONNX
Runtime, which loads in a tenth of a second and takes a fraction of a millisecond for an image. It
uses one thread, because the app shares its machine with a training run and one digit gains nothing
from more. Only images beyond one batch are shared between two.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from core import paths
from core.errors import DigitLabError

MAX_BYTES = 200_000_000
BATCH = 8  # images at a time: `flagship` is as fast with 32, and keeps 20 MB more for itself
_ROUNDING = 1e-6  # by which a sum of ten probabilities in float32 may be above 1
_SILENT = 4  # ONNX Runtime's severity "fatal": we report faults in a sentence of our own


class Network:
    """An ONNX file ready to run. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        ONNX file with one float32 input (n, 28, 28, 1).
    outputs : mapping of str to int or None
        Names of the required float32 outputs (n, d), each with its d; None for any.

    Raises
    ------
    DigitLabError
        If there is no such file, it is too large, or it is not such a network.
    """

    def __init__(self, path: Path, outputs: Mapping[str, int | None]) -> None:
        self.name = Path(path).name
        self._outputs = outputs
        self._session = session(file_content(Path(path)), self.name)
        self._input = _checked_input(self._session, self.name, outputs)

    def run(self, images: np.ndarray) -> list[np.ndarray]:
        """Run the network on images.

        Parameters
        ----------
        images : float32 array, shape (n, 28, 28), in [0, 1]
            White ink on black, as in MNIST.

        Returns
        -------
        list of float32 array, shape (n, d)
            The outputs, in the order in which they were requested.

        Raises
        ------
        DigitLabError
            If the network fails, or its output has another shape than declared.
        """
        images = np.ascontiguousarray(images, dtype=np.float32)[..., None]  # (n, 28, 28, 1)
        if len(images) <= BATCH:
            return self._run(images)
        # An even number of batches, as equal as can be: an explanation asks for some eighty images.
        parts = np.array_split(images, 2 * -(-len(images) // (2 * BATCH)))
        with ThreadPoolExecutor(2) as pool:  # ONNX Runtime releases Python's lock
            batches = list(pool.map(self._run, parts))
        return [np.concatenate(values) for values in zip(*batches, strict=True)]

    def _run(self, images: np.ndarray) -> list[np.ndarray]:
        try:
            found = self._session.run([*self._outputs], {self._input: images})
        except Exception as fault:  # the only base class that ONNX Runtime's errors share
            raise DigitLabError(
                f"{self.name} could not read 28x28 images: export the model again."
            ) from fault
        for values, width in zip(found, self._outputs.values(), strict=True):
            if values.shape != (len(images), width or values.shape[-1]):
                raise DigitLabError(
                    f"{self.name} answered with {values.shape} numbers for {len(images)} images:"
                    " export the model again."
                )
        return found


class Judge:
    """A network that gives each image the probability of one property. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        ONNX file with one float32 input (n, 28, 28, 1) and one float32 output (n, 1).
    output : str
        The output's name, which names the property.

    Raises
    ------
    DigitLabError
        If there is no such file, it is too large, or it is not such a model.
    """

    def __init__(self, path: Path, output: str) -> None:
        if not path.is_file():
            raise DigitLabError(
                f"There is no readable model file {path}: get the one that comes with Digit Lab"
                " again."
            )
        self._network = Network(path, {output: 1})

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Judge images.

        Parameters
        ----------
        images : float32 array, shape (n, 28, 28), in [0, 1]
            White ink on black, in MNIST's form (`core.reading.normalise`).

        Returns
        -------
        float32 array, shape (n,), in [0, 1]

        Raises
        ------
        DigitLabError
            If the network fails, or answers with anything but numbers in [0, 1].
        """
        (judged,) = self._network.run(images)
        # Written so that a NaN fails the comparison.
        if not ((judged >= 0) & (judged <= 1 + _ROUNDING)).all():
            raise DigitLabError(
                f"{self._network.name} did not answer with a number from 0 to 1: get the file that"
                " comes with Digit Lab again."
            )
        return np.minimum(judged[:, 0], np.float32(1))


def file_content(path: Path) -> bytes:
    """Return a file's content; raises DigitLabError if it is missing or too large."""
    try:
        _, size, _ = paths.version(path)
        if size > MAX_BYTES:
            raise DigitLabError(
                f"{path.name} has {size / 1e6:,.0f} MB and at most {MAX_BYTES / 1e6:,.0f} MB"
                " are loaded: train a smaller network."
            )
        return path.read_bytes()
    except OSError as fault:
        raise DigitLabError(
            f"There is no readable model file {path}: check the path or train a model."
        ) from fault


def session(content: bytes, name: str) -> Any:
    """Return an onnxruntime.InferenceSession; raises DigitLabError, which begins with the name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _SILENT
    try:
        return onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
    except Exception as fault:  # the only base class that ONNX Runtime's errors share
        raise DigitLabError(
            f"{name} is not an ONNX model that can be loaded: export the model again."
        ) from fault


def _checked_input(session: Any, name: str, expected: Mapping[str, int | None]) -> str:
    inputs = session.get_inputs()
    outputs = {output.name: output for output in session.get_outputs()}
    fits = (
        len(inputs) == 1
        and _is_float(inputs[0], 28, 28, 1)
        and all(key in outputs and _is_float(outputs[key], d) for key, d in expected.items())
    )
    if not fits:
        wanted = " and ".join(f"{key} (n, {d or 'd'})" for key, d in expected.items())
        raise DigitLabError(
            f"{name} is a model of another kind: Digit Lab needs a float32 input (n, 28, 28, 1) and"
            f" the outputs {wanted}, as its own exports have them."
        )
    return inputs[0].name


def _is_float(node: Any, *sides: int | None) -> bool:
    """Compare type and shape; a side that is open, here or in the file, matches anything."""
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
