"""Inside a network: what every layer makes of one digit.

Read from the ONNX file itself, without TensorFlow: `core.explain.layers` says what follows what,
and ONNX Runtime gives what comes out of each. `core.explain.arithmetic` then works a single number
out again from the layer's input, by hand as it were.
"""

from pathlib import Path

import numpy as np

from core.errors import DigitLabError
from core.explain.layers import read
from core.reading.network import MAX_BYTES


class Inside:
    """A network that is looked into. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        A model's ONNX file, as `core.reading.predictor.Predictor` takes it.

    Attributes
    ----------
    layers : list of Layer
        In the order in which a digit goes through them.

    Raises
    ------
    DigitLabError
        There is no such file, or it is no network that can be looked into.
    """

    def __init__(self, path: Path) -> None:
        import onnx
        import onnxruntime

        self._name = Path(path).name
        try:
            if Path(path).stat().st_size > MAX_BYTES:
                raise DigitLabError(f"{self._name} is too large to be looked into.")
            network = onnx.load(path, load_external_data=False)  # nothing beside the file
            self.layers, wanted, self._channels_last = read(network.graph)
            named = {output.name for output in network.graph.output}
            network.graph.output.extend(
                onnx.ValueInfoProto(name=name) for name in wanted if name not in named
            )
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 4  # faults are told in our own sentence
            self._session = onnxruntime.InferenceSession(
                network.SerializeToString(), options, ["CPUExecutionProvider"]
            )
        except DigitLabError:
            raise
        except Exception as fault:  # ONNX's errors share no base class but this
            raise DigitLabError(
                f"{self._name} cannot be looked into: it is missing, damaged or no network that "
                "Digit Lab exported; export the model again."
            ) from fault
        self._wanted = wanted
        self._input = self._session.get_inputs()[0].name

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return every layer's input and output for one digit.

        Parameters
        ----------
        image : ndarray of float32, shape (28, 28), in [0, 1]

        Returns
        -------
        dict of str to ndarray of float32
            By name of tensor, maps as (channels, rows, columns), vectors as (d,).
        """
        given = np.ascontiguousarray(image, np.float32)[None, :, :, None]  # (1, 28, 28, 1)
        try:
            found = self._session.run(self._wanted, {self._input: given})
        except Exception as fault:  # ONNX Runtime's errors share no base class but this
            raise DigitLabError(
                f"{self._name} could not read a 28x28 image: export the model again."
            ) from fault
        values = dict(zip(self._wanted, found, strict=True)) | {self._input: given}
        return {name: self._maps(name, value) for name, value in values.items()}

    def _maps(self, name: str, value: np.ndarray) -> np.ndarray:
        one = value[0].astype(np.float32)
        if one.ndim == 3:
            return np.moveaxis(one, -1, 0) if name in self._channels_last else one
        return one.reshape(-1)
