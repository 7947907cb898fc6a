"""`ui.train.network_drawing`: one block a shape, with what changes none beside it."""

from core.architecture import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, Pool, follow
from ui.train.network_drawing import Block, blocks

LAYERS = [
    Conv(filters=8),
    BatchNorm(),
    Activation(function="silu"),
    Pool(size=2, kind="average"),
    Flatten(),
    Dense(units=5),
    Dropout(rate=0.5),
]


def test_blocks_stand_in_the_order_data_flows():
    assert blocks(LAYERS, follow(LAYERS).layers) == [
        Block("digit", (28, 28, 1)),
        Block("conv 8", (28, 28, 8), ("norm", "silu")),
        Block("mean pool", (14, 14, 8)),
        Block("flatten", (1568,)),
        Block("dense 5", (5,), ("dropout",)),
        Block("answer", (10,)),
    ]


def test_a_network_that_cannot_be_built_is_drawn_as_far_as_it_goes():
    layers = [Conv(filters=8), Dense(units=5), Flatten()]
    assert [block.name for block in blocks(layers, follow(layers).layers)] == ["digit", "conv 8"]
