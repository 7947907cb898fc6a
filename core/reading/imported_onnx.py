"""Checks of ONNX files from elsewhere: what they would take is known before they run.

ONNX is a language, in which a file of a few bytes can demand any memory and any time. The exports
of `core.model.export_onnx`, now and earlier, need about twenty of its operators, no loops, and
sizes that are known before anything is calculated. Of an imported run nothing else is accepted
(`check`); a file that a person names may have other operators (`check_bounds`).
"""

import math
from typing import TYPE_CHECKING

from core.errors import DigitLabError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

# The operators in exports of every kind of layer and activation.
# fmt: off
_OPERATORS = frozenset({
    "Add", "AveragePool", "Cast", "Concat", "Conv", "Elu", "Flatten", "Gather",
    "GlobalAveragePool", "Identity", "LeakyRelu", "MatMul", "MaxPool", "Mul", "Relu", "Reshape",
    "Shape", "Sigmoid", "Slice", "Softmax", "Squeeze", "Tanh", "Transpose",
})
# fmt: on
_MOST_NODES = 1_000  # a network of sixty layers has a third of it
_IMAGES = 32  # for which steps are measured: no fewer than `core.reading.network.BATCH`
_MOST_NUMBERS = _IMAGES << 20  # a step; the widest configurable layer has 401,408 per image


def check(content: bytes) -> None:
    """Refuse a file that is not a network as Digit Lab exports them.

    Parameters
    ----------
    content : bytes
        An ONNX file.

    Raises
    ------
    DigitLabError
        It is damaged, has operators, sub-graphs or external files that no export has, or would
        take more memory than any network that can be trained here. The message lacks the file's
        name, which the caller knows.
    """
    network = parsed(content)
    if not (_is_bounded(network) and all(map(_is_known, network.graph.node))):
        raise DigitLabError("its network was not exported by Digit Lab.")


def check_bounds(content: bytes) -> None:
    """Refuse a file of another program whose memory cannot be told before it runs, or is too large.

    Any operator may occur, as long as the shape of what it gives follows from the input's.

    Parameters
    ----------
    content : bytes
        An ONNX file with one input.

    Raises
    ------
    DigitLabError
        It is damaged, has sub-graphs, functions or external files, or a step of it has no known
        size or too large a one. The message lacks the file's name.
    """
    network = parsed(content)
    check_parts(network)
    if not _is_bounded(network):
        raise DigitLabError(
            "its network has steps whose size is too large or not known before it runs: give a "
            "plain and smaller classifier."
        )


def check_parts(network: "ModelProto") -> None:
    """Refuse a network that is not all in its file, or not made of ONNX's own plain steps.

    Raises
    ------
    DigitLabError
        It says which, and what helps. The message lacks the file's name.
    """
    import onnx

    nodes, constants = network.graph.node, network.graph.initializer
    tensors = [*constants, *(part.t for node in nodes for part in node.attribute)]
    if any(onnx.external_data_helper.uses_external_data(part) for part in tensors):
        raise DigitLabError(
            "its weights are in another file, which is never opened: save it as one file, with "
            "external_data=False in torch.onnx.export or onnx.save(onnx.load('FILE'), 'ONE.onnx')."
        )
    strange = next((node for node in nodes if node.domain not in ("", "ai.onnx")), None)
    if strange is not None or network.functions:
        name = strange.op_type if strange is not None else network.functions[0].name
        raise DigitLabError(
            f"its step {name[:60]!r} is not one of ONNX's own: export it without operators and "
            "functions of its author's."
        )
    looped = next((node for node in nodes if not _is_plain(node)), None)
    if looped is not None:
        raise DigitLabError(
            f"its step '{looped.op_type}' runs a network within the network, in a loop or on a "
            "condition: export the model for prediction alone."
        )
    if len(nodes) > _MOST_NODES:
        raise DigitLabError(
            f"its network has {len(nodes):,} steps, but at most {_MOST_NODES:,} are run: give a "
            "smaller model."
        )


def parsed(content: bytes) -> "ModelProto":
    """Return the content of an ONNX file, which is not yet checked; raises DigitLabError."""
    import onnx

    try:
        return onnx.load_model_from_string(content)
    except Exception as fault:  # the only base class that protobuf's errors share
        raise DigitLabError("its network is damaged.") from fault


def _is_bounded(network: "ModelProto") -> bool:
    """Return whether a network is whole, has no graph within it, and its steps are bounded."""
    import onnx

    nodes, constants = network.graph.node, network.graph.initializer
    try:
        return (
            len(nodes) <= _MOST_NODES
            and not network.functions
            and not network.graph.sparse_initializer
            and all(_is_plain(node) for node in nodes)
            and not any(onnx.external_data_helper.uses_external_data(part) for part in constants)
            and _fits(network)
        )
    except Exception as fault:  # the only base class that ONNX's errors share
        raise DigitLabError("its network is damaged.") from fault


def _is_plain(node: "NodeProto") -> bool:
    """Return whether a node is one of ONNX's own and contains no graph."""
    return node.domain == "" and all(
        not part.HasField("g") and not part.graphs for part in node.attribute
    )


def _is_known(node: "NodeProto") -> bool:
    return node.op_type in _OPERATORS


def _fits(network: "ModelProto") -> bool:
    """Return whether every step's shape follows from the input's, and is bounded."""
    import onnx

    (image,) = network.graph.input
    image.type.tensor_type.shape.dim[0].dim_value = _IMAGES
    # The shapes that the file itself declares are not trusted.
    del network.graph.value_info[:]
    for output in network.graph.output:
        output.type.tensor_type.ClearField("shape")
    found = onnx.shape_inference.infer_shapes(network, data_prop=True).graph
    sizes = {value.name: _size(value) for value in (*found.value_info, *found.output)}
    made = [name for node in found.node for name in node.output]
    return all(sizes.get(name, math.inf) <= _MOST_NUMBERS for name in made)


def _size(value: "ValueInfoProto") -> float:
    kind = value.type.tensor_type
    if not kind.HasField("shape") or not all(d.HasField("dim_value") for d in kind.shape.dim):
        return math.inf
    return math.prod(d.dim_value for d in kind.shape.dim)
