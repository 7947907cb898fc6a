"""`core.explain.layers`: what belongs together in an ONNX file is one layer."""


def test_operations_that_belong_together_are_one_layer(small):
    found = [(layer.kind, layer.activation) for layer in small[0].layers]
    assert found == [
        ("conv", "relu"),
        ("pool", "linear"),
        ("norm", "silu"),
        ("global_average", "linear"),
        ("dense", "softmax"),
    ]
