"""Files of ours, told by the names that every model here has: they are taken as they are."""

from pathlib import Path

from core.errors import DigitLabError
from core.reading import imported_keras, imported_onnx, model_files, network

_INPUT, _OUTPUTS = "image", {"probabilities", "embedding"}


def is_ours(path: Path) -> bool:
    """Return whether a file was written by Digit Lab: calibrated, and with our input and outputs.

    Raises
    ------
    DigitLabError
        It is no model, or damaged; the sentence names the file.
    """
    try:
        kind = model_files.kind_of(path)
        if kind == "onnx":
            graph = imported_onnx.parsed(network.file_content(path)).graph
            names = {output.name for output in graph.output}
            return [one.name for one in graph.input] == [_INPUT] and names >= _OUTPUTS
        if kind == "hdf5":
            return False
        described = imported_keras.check(path).get("config", {})
        layers = [layer.get("config", {}).get("name") for layer in described.get("layers", [])]
    except DigitLabError as fault:
        raise DigitLabError(f"'{path.name}' cannot be used as a model: {fault}") from fault
    except (AttributeError, TypeError):  # a description of another form
        return False
    return len(layers) > 1 and (layers[0], layers[-1]) == (_INPUT, "probabilities")
