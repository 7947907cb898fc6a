"""Network files: an ONNX network of another program, brought to a form that can be tried.

`Network` frees the number of pictures that it reads at a time, which many exports fix at one, and
finds the outputs that are ten wide. Nothing runs before the sizes of all its steps are bounded.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from core.architecture import CLASSES
from core.brought_models.adapter import Adapter, adapters
from core.errors import DigitLabError
from core.reading import imported_keras, imported_onnx, network

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

_OLDEST, _CONVERTED = 9, 13  # operator sets: of what is wrapped, and what older ones become
_FLOATS = {1: np.float32, 10: np.float16, 11: np.float64}  # by ONNX's numbers of types
WHOLE = {2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64}
WHOLE |= {12: np.uint32, 13: np.uint64}


class Network:
    """A network of another program.

    Parameters
    ----------
    content : bytes
        An ONNX file.
    ours : bool
        Whether it was exported here from a Keras model whose sizes are bounded already.

    Attributes
    ----------
    model : onnx.ModelProto
        With one input, of any number of pictures, and the outputs that may be ten wide.
    input : str
        Name of the input.
    element : int
        ONNX's number of its type.
    ways : list of Adapter
        The ways in which a picture fits it, each with a shape that the network may take.
    names : list of str
        All its outputs.
    outputs : list of str
        Those of them that are ten wide.

    Raises
    ------
    DigitLabError
        It cannot be used; the sentence, which lacks the file's name, says why and what helps.
    """

    def __init__(self, content: bytes, ours: bool = False) -> None:
        self.model = imported_onnx.parsed(content)
        if not ours:
            imported_onnx.check_parts(self.model)
        self.model = _modern(self.model)
        given = _only_input(self.model)
        self.input, self.element = given.name, given.type.tensor_type.elem_type
        if self.element not in _FLOATS | WHOLE:
            raise DigitLabError("its input is not of numbers: give a network that reads pictures.")
        shape = _free_batch(self.model, given)
        self.names = [output.name for output in self.model.graph.output]
        _drop_odd_outputs(self.model)
        self.ways = self._fitting(shape, given, ours)
        self._sessions: dict[tuple[int, ...], Any] = {}
        self.outputs = self._ten_wide()

    @property
    def takes_whole(self) -> bool:
        """Whether its input is of whole numbers."""
        return self.element in WHOLE

    def run(self, prepared: np.ndarray) -> list[np.ndarray]:
        """Return the outputs that are ten wide, each float32 (n, 10), for prepared pictures.

        Raises
        ------
        DigitLabError
            The network fails, or does not answer for each picture.
        """
        parts = [
            self._run(prepared[start : start + network.BATCH], self.outputs)
            for start in range(0, len(prepared), network.BATCH)
        ]
        return [np.concatenate(one) for one in zip(*parts, strict=True)]

    def _run(self, prepared: np.ndarray, outputs: list[str]) -> list[np.ndarray]:
        sides = prepared.shape[1:]
        if sides not in self._sessions:
            self._sessions[sides] = network.session(self.model.SerializeToString(), "it")
        kind = (_FLOATS | WHOLE)[self.element]
        values = np.rint(prepared) if self.takes_whole else prepared
        try:
            found = self._sessions[sides].run(outputs, {self.input: values.astype(kind)})
        except Exception as fault:  # the only base class that ONNX Runtime's errors share
            raise DigitLabError(
                f"it cannot read {len(prepared)} pictures of {'×'.join(map(str, sides))} numbers: "
                "export it for any number of them (dynamic_axes or dynamic_shapes in PyTorch)."
            ) from fault
        if any(values.size != CLASSES * len(prepared) for values in found if outputs):
            raise DigitLabError(
                "it does not answer with ten numbers for each picture: export it for any number of "
                "pictures (dynamic_axes or dynamic_shapes in PyTorch)."
            )
        return [np.asarray(values, np.float32).reshape(-1, CLASSES) for values in found]

    def _fitting(
        self, shape: tuple[int | None, ...], given: "ValueInfoProto", ours: bool
    ) -> list[Adapter]:
        if not all(_is_open_or_small(side) for side in shape):
            raise DigitLabError("its input is too large for pictures of digits.")
        ways, fault = adapters(shape), None
        if not ways:
            sides = "×".join("any" if side is None else str(side) for side in shape) or "one number"
            raise DigitLabError(
                f"it takes {sides} for each picture, but a digit has 28×28 pixels: give a network "
                "that takes 28×28, 784, 1×28×28 or other square pictures."
            )
        if ours:
            return ways
        fitting = []
        for way in ways:
            _set_sides(given, way.shape)
            try:
                imported_onnx.check_bounds(self.model.SerializeToString())
                fitting.append(way)
            except DigitLabError as reason:
                fault = reason
        _set_sides(given, fitting[0].shape if len({w.shape for w in fitting}) == 1 else shape)
        if not fitting and fault:
            raise fault
        return fitting

    def _ten_wide(self) -> list[str]:
        names = [output.name for output in self.model.graph.output]
        widths: dict[str, int] = {}
        fault = None
        for way in self.ways:
            pictures = way.prepare(np.zeros((2, 28, 28), np.float32))
            for name in names:
                try:
                    self._run(pictures, [name])
                    widths[name] = CLASSES
                except DigitLabError as reason:
                    fault = reason
        found = [name for name in names if widths.get(name) == CLASSES]
        if found:
            return found
        known = _widths(self.model)
        if known and CLASSES not in known:
            many = " and ".join(f"{width:,}" for width in known)
            raise DigitLabError(
                f"it answers with {many} numbers for each picture, but a digit model answers with "
                "ten, one for each digit from 0 to 9: give a model of ten classes."
            )
        raise fault or DigitLabError("it has no output of ten numbers.")


def _is_open_or_small(side: int | None) -> bool:
    return side is None or 0 < side <= imported_keras.MAX_VALUES


def _modern(model: "ModelProto") -> "ModelProto":
    """Return the network with operators that are new enough to be wrapped."""
    import onnx

    model.ir_version = max(model.ir_version, 4)  # from 4 on weights need not be inputs
    versions = [one.version for one in model.opset_import if one.domain in ("", "ai.onnx")]
    if not versions or min(versions) >= _OLDEST:
        return model
    try:
        return onnx.version_converter.convert_version(model, _CONVERTED)
    except Exception as fault:  # the only base class that ONNX's errors share
        raise DigitLabError(
            f"it was written for an old version of ONNX (operators {min(versions)}): export it "
            f"again with opset_version={_CONVERTED}."
        ) from fault


def _only_input(model: "ModelProto") -> "ValueInfoProto":
    """Return the one input, after taking the weights from the list, where old files have them."""
    weights = {part.name for part in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in weights]
    if len(inputs) != 1:
        raise DigitLabError(
            f"it has {len(inputs)} inputs, but a digit model has one, the picture: give a network "
            "with one input."
        )
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    return model.graph.input[0]


def _free_batch(model: "ModelProto", given: "ValueInfoProto") -> tuple[int | None, ...]:
    """Let the network read any number of pictures; return the sides of one, `None` for open."""
    sides = given.type.tensor_type.shape.dim
    if not given.type.tensor_type.HasField("shape") or len(sides) < 2:
        raise DigitLabError(
            "its input has no place for several pictures: export it for an input of the shape "
            "(n, 1, 28, 28) or (n, 784)."
        )
    at_a_time = sides[0].dim_value or 1
    sides[0].Clear()
    sides[0].dim_param = "n"
    _free_reshapes(model, given.name, at_a_time)
    # What the file says of other shapes was for another number of pictures.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    return tuple(side.dim_value if side.HasField("dim_value") else None for side in sides[1:])


def _free_reshapes(model: "ModelProto", name: str, at_a_time: int) -> None:
    """Let each reshape of what comes from the pictures keep their number, in place of a fixed one.

    A network that does not then read several pictures as it reads one is refused later.
    """
    from onnx import helper, numpy_helper

    constants = {part.name: part for part in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
    from_pictures, changed = {name}, []
    for node in model.graph.node:
        if not from_pictures & set(node.input):
            continue
        from_pictures |= set(node.output)
        if node.op_type != "Reshape" or node.input[0] not in from_pictures:
            continue
        wanted = constants.get(node.input[1]) if len(node.input) > 1 else None
        shape = None if wanted is None else numpy_helper.to_array(wanted).reshape(-1)
        if shape is None or len(shape) < 2 or shape[0] != at_a_time or len(shape) > 8:
            continue
        kept = f"{node.output[0]}/any number"
        changed.append(numpy_helper.from_array(np.array([0, *shape[1:]], np.int64), kept))
        node.input[1] = kept
        for part in [part for part in node.attribute if part.name == "allowzero"]:
            part.CopyFrom(helper.make_attribute("allowzero", 0))
    model.graph.initializer.extend(changed)


def _drop_odd_outputs(model: "ModelProto") -> None:
    """Drop the outputs that are not tensors of floats, such as labels and tables of them."""
    kept = [one for one in model.graph.output if one.type.tensor_type.elem_type in _FLOATS]
    if not kept:
        raise DigitLabError("it has no output of ten numbers, one for each digit.")
    del model.graph.output[:]
    model.graph.output.extend(kept)


def _set_sides(given: "ValueInfoProto", shape: tuple[int | None, ...]) -> None:
    for side, length in zip(given.type.tensor_type.shape.dim[1:], shape, strict=True):
        side.Clear()
        if length is not None:
            side.dim_value = length


def _widths(model: "ModelProto") -> list[int]:
    """Return how many numbers each output has for a picture, as far as that is known."""
    return sorted(set(_known_widths(model)))


def _known_widths(model: "ModelProto") -> Iterator[int]:
    import onnx

    for output in onnx.shape_inference.infer_shapes(model, data_prop=True).graph.output:
        sides = output.type.tensor_type.shape.dim[1:]
        if sides and all(side.HasField("dim_value") for side in sides):
            yield math.prod(side.dim_value for side in sides)
