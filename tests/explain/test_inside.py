"""`core.explain.inside`: a file that is looked into, or none."""

import onnx
import pytest

from core.errors import DigitLabError
from core.explain.inside import Inside
from core.onnx_graph import described
from tests.explain.networks import write_small


def test_operations_that_belong_together_are_one_layer(small):
    found = [(layer.kind, layer.activation) for layer in small[0].layers]
    assert found == [
        ("conv", "relu"),
        ("pool", "linear"),
        ("norm", "silu"),
        ("global_average", "linear"),
        ("dense", "softmax"),
    ]


def test_a_file_that_is_no_network_is_one_sentence(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(DigitLabError, match="cannot show its layers"):
        Inside(tmp_path / "model.onnx")
    with pytest.raises(DigitLabError, match="cannot show its layers"):
        Inside(tmp_path / "gone.onnx")


def test_a_file_of_an_earlier_version_says_what_to_do(tmp_path):
    write_small(tmp_path / "model.onnx")
    network = onnx.load(tmp_path / "model.onnx")
    del network.metadata_props[:]
    onnx.save(network, tmp_path / "model.onnx")
    with pytest.raises(DigitLabError, match=r"earlier version .*train the network again, or"):
        Inside(tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"name":"a"', '"name":"e"'),
        ('"source":"r"', '"source":"p"'),
        ('"source":"r"', '"source":"nowhere"'),
        ('"kind":"norm"', '"kind":"conv"'),
        ('"kind":"pool"', '"kind":"anything"'),
        ('"window":[3,3]', '"window":[5,5]'),
        ('"window":[3,3]', '"window":[100000,100000]'),
        ('"activation":"silu"', '"activation":"relu"'),
        ('"pads":[1,1,1,1]', '"pads":[0,0,1,1]'),
        ('"strides":[2,2],"pads"', '"strides":[1,1],"pads"'),
        ("[{", "{"),
    ],
)
def test_a_file_that_says_other_than_it_does_is_refused(tmp_path, before, after):
    """An imported run's file may say anything: what is shown must be what is calculated."""
    write_small(tmp_path / "model.onnx")
    network = onnx.load(tmp_path / "model.onnx")
    (said,) = network.metadata_props
    assert before in said.value
    said.value = said.value.replace(before, after, 1)
    onnx.save(network, tmp_path / "model.onnx")
    with pytest.raises(DigitLabError, match="cannot show its layers"):
        Inside(tmp_path / "model.onnx")


def test_what_is_described_is_read_again(tmp_path):
    write_small(tmp_path / "model.onnx")
    first, *_, last = described(onnx.load(tmp_path / "model.onnx"))
    assert (first.pads, first.weights.shape, first.bias.tolist()) == (
        (1, 1, 1, 1),
        (2, 1, 3, 3),
        [0.5, 0.0],
    )
    assert (last.source, last.output) == ("embedding", "probabilities")
