"""Inside a network: the output of every layer for one digit.

Read from the ONNX file itself, without TensorFlow: the file names its layers (`core.onnx_graph`),
and ONNX Runtime computes the output of each. `core.explain.arithmetic` then recomputes a single
number from the layer's input.
"""

from pathlib import Path

import numpy as np

from core.errors import DigitLabError
from core.explain.arithmetic import work_out
from core.onnx_graph import described, is_foreign
from core.reading.network import MAX_BYTES

_AGREE = 1e-3  # relative or absolute difference allowed between the network and its arithmetic


class Inside:
    """A network whose layers can be inspected. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        A model's ONNX file, as `core.reading.predictor.Predictor` takes it.

    Attributes
    ----------
    layers : list of Layer
        In the order in which a digit passes through them.

    Raises
    ------
    DigitLabError
        The file is missing, is not a network that can be inspected, or does not name its layers,
        like files of earlier versions.
    """

    def __init__(self, path: Path) -> None:
        import onnx
        import onnxruntime

        self._name = Path(path).name
        try:
            if Path(path).stat().st_size > MAX_BYTES:
                raise DigitLabError(f"{self._name} is too large to show its layers.")
            network = onnx.load(path, load_external_data=False)  # nothing beside the file
            self.layers = described(network)
            if not self.layers and is_foreign(network):
                raise DigitLabError(
                    "This model was made by another program, whose file does not say which of its "
                    "steps are layers: its answers, mistakes and map can be looked at, and the "
                    "layers of a model that was trained here."
                )
            if not self.layers:
                raise DigitLabError(
                    f"{self._name} was exported by an earlier version of Digit Lab and does not "
                    "say which layers it has: to look inside, train the network again, or put the "
                    "file that `python -m core export` makes of it in its place."
                )
            self._wanted = sorted({t for one in self.layers for t in (one.source, one.output)})
            named = {output.name for output in network.graph.output}
            network.graph.output.extend(
                onnx.ValueInfoProto(name=name) for name in self._wanted if name not in named
            )
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 4  # we report faults in a sentence of our own
            self._session = onnxruntime.InferenceSession(
                network.SerializeToString(), options, ["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
            self._check()
        except DigitLabError:
            raise
        except Exception as fault:  # the only base class that ONNX's errors share
            raise DigitLabError(
                f"{self._name} cannot show its layers: it is missing, damaged or not exported by "
                "Digit Lab; export the model again."
            ) from fault

    def _check(self) -> None:
        """Check that the layers are as the file says, since it is untrusted."""
        values = self.run(np.random.default_rng(0).random((28, 28), np.float32))
        for layer in self.layers:
            found = values[layer.output]
            for place in (0, int(abs(found).argmax()), found.size - 1):
                cell = tuple(map(int, np.unravel_index(place, found.shape)))
                told = work_out(layer, values, cell).after
                if not abs(told - found[cell]) <= _AGREE * max(1, abs(told)):
                    raise ValueError(f"{layer.name} gives {found[cell]}, not {told}")

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
        except Exception as fault:  # the only base class that ONNX Runtime's errors share
            raise DigitLabError(
                f"{self._name} could not read a 28x28 image: export the model again."
            ) from fault
        return {name: value[0] for name, value in zip(self._wanted, found, strict=True)}
