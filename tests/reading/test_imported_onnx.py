"""`core.reading.imported_onnx`: what exports need is let in, and nothing else."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core import registry
from core.errors import DigitLabError
from core.reading import imported_onnx
from tests.models import save_network, write_onnx

WEIGHTS = np.zeros((784, 10), np.float32)
FLAT = helper.make_node("Flatten", ["image"], ["embedding"])
ANSWER = [
    helper.make_node("MatMul", ["embedding", "weights"], ["logits"]),
    helper.make_node("Softmax", ["logits"], ["probabilities"]),
]


def network(tmp_path, *nodes, **constants):
    """Return an ONNX file with more nodes than it needs."""
    path = tmp_path / "network.onnx"
    save_network(path, [FLAT, *nodes, *ANSWER], 784, {"weights": WEIGHTS, **constants})
    return path.read_bytes()


def test_a_network_of_known_steps_is_let_in(tmp_path):
    write_onnx(tmp_path / "network.onnx", WEIGHTS)
    imported_onnx.check((tmp_path / "network.onnx").read_bytes())


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08\x07" * 1000])
def test_what_is_no_network_is_refused(content):
    with pytest.raises(DigitLabError, match="its network"):
        imported_onnx.check(content)


def test_a_number_that_grows_out_of_nothing_is_refused(tmp_path):
    """A file of 35 kB took 1.7 GB at the first digit that it read."""
    sides = np.array([20_000, 20_000], np.int64)
    grown = helper.make_node("ConstantOfShape", ["sides"], ["grown"])
    with pytest.raises(DigitLabError, match="not exported by Digit Lab"):
        imported_onnx.check(network(tmp_path, grown, sides=sides))


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Add", ["column", "row"], ["grown"]),
        helper.make_node("Mul", ["image", "row"], ["grown"]),
        helper.make_node("MaxPool", ["image"], ["grown"], kernel_shape=[1], pads=[9**8, 0]),
    ],
    ids=["broadcast", "broadcast over images", "padding"],
)
def test_known_steps_cannot_make_much_of_little(tmp_path, node):
    row = np.zeros((1, 9000), np.float32)
    content = network(tmp_path, node, row=row, column=np.ascontiguousarray(row.T))
    with pytest.raises(DigitLabError, match=r"not exported by Digit Lab|damaged"):
        imported_onnx.check(content)


def test_the_bound_of_a_step_does_not_follow_the_batches_that_are_read(tmp_path):
    """With eight images at a time, weights of more than eight million would have been refused."""
    row = np.zeros((1, 4000), np.float32)
    node = helper.make_node("Add", ["column", "row"], ["weights_of_16_million"])
    imported_onnx.check(network(tmp_path, node, row=row, column=np.ascontiguousarray(row.T)))


def test_graphs_within_a_graph_are_refused(tmp_path):
    body = helper.make_graph([FLAT], "body", [], [])
    loop = helper.make_node("Softmax", ["embedding"], ["more"])
    loop.attribute.append(helper.make_attribute("body", body))
    with pytest.raises(DigitLabError, match="not exported by Digit Lab"):
        imported_onnx.check(network(tmp_path, loop))


def test_files_beside_it_are_not_read(tmp_path):
    model = onnx.load_model_from_string(network(tmp_path))
    (weights,) = model.graph.initializer
    onnx.external_data_helper.set_external_data(weights, "/etc/hostname")
    weights.ClearField("raw_data")
    with pytest.raises(DigitLabError, match="not exported by Digit Lab"):
        imported_onnx.check(model.SerializeToString())


def test_what_a_file_says_of_its_own_shapes_is_not_believed(tmp_path):
    row = np.zeros((1, 1, 1, 9000), np.float32)
    grown = helper.make_node("Mul", ["image", "row"], ["grown"])
    model = onnx.load_model_from_string(network(tmp_path, grown, row=row))
    model.graph.value_info.append(helper.make_tensor_value_info("grown", TensorProto.FLOAT, [1]))
    with pytest.raises(DigitLabError, match="its network"):
        imported_onnx.check(model.SerializeToString())


def test_a_thousand_steps_are_too_many(tmp_path):
    steps = [helper.make_node("Relu", ["embedding"], [f"step{i}"]) for i in range(1001)]
    with pytest.raises(DigitLabError, match="not exported by Digit Lab"):
        imported_onnx.check(network(tmp_path, *steps))


def test_a_network_of_another_program_may_have_other_steps(tmp_path):
    """Of a file that a person names, only the sizes matter."""
    other = network(tmp_path, helper.make_node("Gelu", ["embedding"], ["grown"]))
    imported_onnx.check_bounds(network(tmp_path, helper.make_node("Erf", ["image"], ["grown"])))
    with pytest.raises(DigitLabError, match="size is too large or not known"):
        imported_onnx.check_bounds(other)  # there is no such step in this version of ONNX


def test_a_file_that_a_person_names_is_bounded_before_it_is_loaded(tmp_path):
    """`read --model` took 1.7 GB for a file of 35 kB: only imported runs were looked at."""
    sides = np.array([20_000, 20_000], np.int64)
    network(tmp_path, helper.make_node("ConstantOfShape", ["sides"], ["grown"]), sides=sides)
    with pytest.raises(DigitLabError, match=r"'network\.onnx' cannot be loaded"):
        registry.find(str(tmp_path / "network.onnx")).predictor()
    network(tmp_path)
    assert registry.find(str(tmp_path / "network.onnx")).predictor()
