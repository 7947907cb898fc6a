"""`core.brought_models`: networks of many forms are taken, and how they want pictures is found."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from bench.foreign_networks import digits, learned, write
from core.brought_models import adopt, presentation, wrapping
from core.brought_models.adapter import Pixels, adapters, turned
from core.brought_models.network_file import Network
from core.data.generated import write_digits
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor

INVERSE = np.array([9, 0, 1, 2, 3, 4, 5, 6, 7, 8])  # class 9 stands for 0, class 0 for 1


@functools.cache
def tried():
    images, labels = write_digits(600, seed=5)
    return as_floats(images), labels


@functools.cache
def plain():
    return learned(*digits())


def padded(images):
    return np.pad(images, ((0, 0), (2, 2), (2, 2)))


def colours(images):
    return np.stack([images] * 3, 1)


def photographs(images):
    mean, deviation = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    shape = (3, 1, 1)
    return (colours(images) - np.reshape(mean, shape)) / np.reshape(deviation, shape)


def found(path):
    network = Network(path.read_bytes())
    images, labels = tried()
    way = presentation.find(network.run, network.ways, images, labels, network.takes_whole)
    return network, way


def node(operator, *sources, to, **facts):
    return helper.make_node(operator, list(sources), [to], **facts)


OUTPUTS = {
    "logits": ((), "logits"),
    "softmax": ((node("Softmax", "z", to="p", axis=1),), "probabilities"),
    "log-softmax": ((node("LogSoftmax", "z", to="p", axis=1),), "log probabilities"),
    "sigmoid": ((node("Sigmoid", "z", to="p"),), "ten probabilities"),
}
PIXELS = {
    "from 0 to 1": lambda x: x,
    "from 0 to 1, black on white": lambda x: 1 - x,
    "from 0 to 255": lambda x: 255 * x,
    "from 0 to 255, black on white": lambda x: 255 - 255 * x,
    "from -1 to 1": lambda x: 2 * x - 1,
    "from -1 to 1, black on white": lambda x: 1 - 2 * x,
    "from -0.5 to 0.5": lambda x: x - 0.5,
    "standardised (mean 0.1307, deviation 0.3081)": lambda x: (x - 0.1307) / 0.3081,
}
SHAPES = [
    ("n", 28, 28),
    ("n", 784),
    ("n", 1, 28, 28),
    ("n", 28, 28, 1),
    ("n", 1, 784),
    (None, "channels", "height", "width"),
    (1, 1, 28, 28),
    (64, 28, 28),
]
FRAMES = {
    "a margin of 2 pixels added": (("n", 1, 32, 32), padded),
    "a margin of 4 pixels cut off": (("n", 20, 20), lambda x: x[:, 4:24, 4:24]),
    "the same picture in three channels": (("n", 3, 28, 28), colours),
    "pixels standardised as photographs are (ImageNet)": (("n", 3, 28, 28), photographs),
    "rows and columns exchanged": (("n", 28, 28), lambda x: x.transpose(0, 2, 1)),
    "mirrored": (("n", 28, 28), lambda x: x[:, :, ::-1]),
}


@pytest.mark.parametrize("words", PIXELS)
def test_the_pixels_that_a_network_learned_are_found(tmp_path, words):
    """Networks that want other pixels than 0 to 1 scored 0 to 17 %, without a word."""
    images, labels = digits()
    path = write(tmp_path / "m.onnx", learned(PIXELS[words](images), labels), ("n", 1, 28, 28))
    _, way = found(path)
    assert way.best.adapter.pixels.words == words
    assert way.best.accuracy > 0.75
    assert words in way.words("digits")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_inputs_of_many_shapes_are_taken(tmp_path, shape):
    fixed = shape[0] if isinstance(shape[0], int) else None
    flat_by = (fixed, 784) if fixed else None
    network, way = found(write(tmp_path / "m.onnx", plain(), shape, flat_by=flat_by))
    assert way.best.accuracy > 0.75
    assert way.best.adapter.pixels.is_plain
    images = tried()[0][:7]
    path = tmp_path / "wrapped.onnx"
    path.write_bytes(wrapping.wrap(network, way.best.adapter, network.outputs[0]))
    together = Predictor(path).predict(images)
    assert together.embedding.shape == (7, 400)
    alone = [Predictor(path).predict(image[None]).probabilities[0] for image in images]
    np.testing.assert_allclose(together.probabilities, alone, atol=1e-6)


@pytest.mark.parametrize("kind", OUTPUTS)
def test_outputs_of_many_kinds_become_probabilities(tmp_path, kind):
    after, expected = OUTPUTS[kind]
    network, way = found(write(tmp_path / "m.onnx", plain(), ("n", 784), after=after))
    adapter = way.best.adapter
    assert adapter.answer == expected
    (tmp_path / "w.onnx").write_bytes(wrapping.wrap(network, adapter, network.outputs[0]))
    images = tried()[0][:50]
    first, bias, last, end = plain()
    z = np.maximum(images.reshape(50, -1) @ first + bias, 0) @ last + end
    numbers = 1 / (1 + np.exp(-z)) if kind == "sigmoid" else np.exp(z - z.max(1, keepdims=True))
    expected = numbers / numbers.sum(axis=1, keepdims=True)
    given = Predictor(tmp_path / "w.onnx").predict(images).probabilities
    np.testing.assert_allclose(given, expected, atol=1e-4)


@pytest.mark.parametrize("words", FRAMES)
def test_pictures_are_brought_to_what_a_network_takes(tmp_path, words):
    shape, change = FRAMES[words]
    images, labels = digits()
    _, way = found(write(tmp_path / "m.onnx", learned(change(images), labels), shape))
    assert words in way.best.adapter.words()
    assert way.best.accuracy > 0.75


def test_outputs_in_another_order_are_put_right(tmp_path):
    """A network whose class 0 is the digit 1, and class 9 the digit 0, read next to nothing."""
    images, labels = digits()
    path = write(tmp_path / "m.onnx", learned(images, INVERSE[labels]), ("n", 784))
    _, way = found(path)
    assert way.best.adapter.order == tuple(INVERSE)
    assert way.best.accuracy > 0.75
    assert any("digit 0 was output 9" in words for words in way.best.adapter.words())


def test_of_several_outputs_the_one_that_reads_is_taken(tmp_path):
    random = np.random.default_rng(0).normal(0, 1, (400, 10)).astype(np.float32)
    after = (
        node("MatMul", "r", "random", to="junk"),
        node("Softmax", "z", to="p", axis=1),
        node("ArgMax", "z", to="label", axis=1),
    )
    path = write(
        tmp_path / "m.onnx",
        plain(),
        ("n", 784),
        after=after,
        outputs=("r", "junk", "p"),
        random=random,
    )
    network, way = found(path)
    assert network.outputs[way.best.output] == "p"


@pytest.mark.parametrize("element", [TensorProto.UINT8, TensorProto.INT64], ids=["uint8", "int64"])
def test_whole_numbers_are_pixels_from_0_to_255(tmp_path, element):
    images, labels = digits()
    network, way = found(
        write(
            tmp_path / "m.onnx",
            learned(255 * images, labels),
            ("n", 28, 28),
            before=(helper.make_node("Cast", ["input"], ["floats"], to=TensorProto.FLOAT),),
            element=element,
        )
    )
    assert way.best.adapter.pixels.words == "from 0 to 255"
    (tmp_path / "w.onnx").write_bytes(wrapping.wrap(network, way.best.adapter, "z"))
    images = tried()[0][:20]
    expected = way.best.adapter.probabilities(network.run(way.best.adapter.prepare(images))[0])
    given = Predictor(tmp_path / "w.onnx").predict(images).probabilities
    np.testing.assert_allclose(given, expected, atol=1e-5)


@pytest.mark.parametrize("opset", [7, 8, 21])
def test_old_and_new_files_are_taken(tmp_path, opset):
    """Files of a model zoo have their weights among the inputs, and operators of years ago."""
    ir_version = 3 if opset < 9 else 10
    path = write(tmp_path / "m.onnx", plain(), ("n", 784), opset=opset, ir_version=ir_version)
    assert found(path)[1].best.accuracy > 0.75


def test_a_network_that_reads_nothing_is_said_to(tmp_path):
    first, bias, last, end = plain()
    shuffled = np.random.default_rng(1).permutation(first)
    _, way = found(write(tmp_path / "m.onnx", [shuffled, bias, last, end], ("n", 784)))
    assert way.best.accuracy < presentation.READS
    assert "reads only" in way.words("digits")


def test_ties_go_to_the_usual_pixels_and_are_told():
    """A network that scales its pictures itself reads those from 0 to 1 as those from 0 to 255."""
    first, bias, last, end = plain()

    def run(prepared):
        scaled = prepared / np.maximum(prepared.max(axis=1, keepdims=True), 1e-6)
        return [np.maximum(scaled @ first + bias, 0) @ last + end]

    way = presentation.find(run, adapters((784,)), *tried())
    assert way.best.adapter.pixels.is_plain
    assert not way.is_clear
    assert "not by far" in way.words("digits")
    assert "from 0 to 255" in way.words("digits")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (("n", 100, 7), "takes 100×7 for each picture"),
        (("n", 785), "takes 785 for each picture"),
        ((784,), "no place for several pictures"),
        (("n", 3, 3000, 3000), "takes 3×3000×3000"),
    ],
    ids=str,
)
def test_other_inputs_are_refused_with_what_they_take(tmp_path, shape, words):
    size = 785 if 785 in shape else 784
    weights = [np.zeros((size, 400), np.float32), *plain()[1:]]
    flat_by = (1, 784) if shape == (784,) else None
    with pytest.raises(DigitLabError, match=words):
        Network(write(tmp_path / "m.onnx", weights, shape, flat_by=flat_by).read_bytes())


def test_other_than_ten_classes_are_refused(tmp_path):
    images, labels = digits()
    path = write(tmp_path / "m.onnx", learned(images, labels, classes=47), ("n", 784))
    with pytest.raises(DigitLabError, match="answers with 47 numbers"):
        Network(path.read_bytes())


def test_a_network_that_mixes_pictures_is_refused(home, no_mnist, tmp_path):
    """A mean over the pictures: each answer depends on what else is read at the same time."""
    after = (
        node("ReduceMean", "z", to="mean", axes=[0], keepdims=1),
        node("Sub", "z", "mean", to="p"),
    )
    path = write(tmp_path / "m.onnx", plain(), ("n", 784), after=after)
    (tmp_path / "out").mkdir()
    with pytest.raises(DigitLabError, match=r"'m\.onnx'.*several pictures at a time otherwise"):
        adopt.adopt(path, tmp_path / "out")


def test_every_adapter_fits_its_input():
    for shape in [(28, 28), (784,), (1, 32, 32), (3, 20, 20), (64, 64, 3), (None, None, None)]:
        for adapter in adapters(shape):
            prepared = adapter.prepare(np.zeros((2, 28, 28), np.float32))
            assert prepared.shape == (2, *adapter.shape)


@settings(max_examples=12)
@given(
    factor=st.floats(-300, 300, width=32),
    summand=st.floats(-5, 5, width=32),
    order=st.permutations(range(10)),
    temperature=st.floats(0.2, 5),
    turns=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    shape=st.sampled_from([(784,), (1, 28, 28), (28, 28, 1)]),
)
def test_a_wrapped_network_does_what_its_adapter_says(
    tmp_path_factory, factor, summand, order, temperature, turns, shape
):
    path = write(tmp_path_factory.mktemp("w") / "m.onnx", plain(), ("n", *shape))
    network = Network(path.read_bytes())
    adapter = replace(
        turned(network.ways[0], *turns),
        pixels=Pixels("any", (factor,), (summand,)),
        order=tuple(order),
        temperature=temperature,
    )
    images = tried()[0][:5]
    path.write_bytes(wrapping.wrap(network, adapter, "z"))
    expected = adapter.probabilities(network.run(adapter.prepare(images))[0])
    found = Predictor(path).predict(images).probabilities
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ((0.1, 9.0), "fit far worse"),
        ((0.955, 2.0), "fit less well"),
        ((0.97, 0.11), "but not by far"),
    ],
)
def test_far_worse_is_said_of_what_is_far_worse(second, said):
    """Pixels that fitted 2.5 points less well were said to fit far worse."""
    (way,) = adapters((784,))
    best, other = (presentation.Trial(way, 0, *trial) for trial in ((0.98, 0.1), second))
    assert said in presentation.Presentation(best, other, 1000).words("digits")
