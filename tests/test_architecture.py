"""`core.architecture`: shapes and parameters against Keras, and every refusal."""

import pytest

from core.architecture import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAverage,
    Pool,
    follow,
    parameter_count,
    trace,
)
from core.errors import DigitLabError


def test_shapes_and_parameters_of_a_small_network_by_hand():
    traced = trace(
        [
            Conv(filters=4, kernel=5, stride=2),  # 28 -> 14; 5*5*1*4 + 4
            BatchNorm(),  # 4 figures a channel
            Conv(filters=6, kernel=3, padding="valid", bias=False),  # 14 -> 12; 3*3*4*6
            Pool(size=5),  # 12 -> 2
            Flatten(),  # 2*2*6
            Dropout(rate=0.5),
            Dense(units=7),  # (24 + 1) * 7
        ]
    )
    assert [layer.output_shape for layer in traced] == [
        (14, 14, 4),
        (14, 14, 4),
        (12, 12, 6),
        (2, 2, 6),
        (24,),
        (24,),
        (7,),
        (10,),
    ]
    assert [layer.parameters for layer in traced] == [104, 16, 216, 0, 0, 0, 175, 80]
    # 14*14 places of 25 weights a filter; one a normalised value; 12*12 of 9*4; 24*7; 7*10.
    assert [layer.multiply_adds for layer in traced] == [19600, 784, 31104, 0, 0, 0, 168, 70]


def test_global_average_leaves_one_number_a_channel():
    assert trace([Conv(filters=3), GlobalAverage()])[1].output_shape == (3,)


def test_no_hidden_layer_but_flatten_is_a_linear_classifier():
    assert parameter_count([Flatten()]) == 785 * 10


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([Dense(units=5)], "layer 1 (dense)"),
        ([Conv(filters=3)], "flatten or global_average"),
        ([], "28x28x1"),
        ([Flatten(), Conv(filters=3)], "layer 2 (conv)"),
        ([Flatten(), Pool()], "layer 2 (pool)"),
        ([Flatten(), GlobalAverage()], "layer 2 (global_average)"),
        ([Pool(size=14), Pool(size=3)], "leaves 0 pixels of 2x2"),
        ([Pool(size=7), Conv(filters=1, kernel=5, padding="valid")], "leaves 0 pixels of 4x4"),
        ([Flatten(), *[Dense(units=4096)] * 3], "at most 20,000,000"),
    ],
)
def test_a_network_that_cannot_be_built_is_explained(layers, says):
    with pytest.raises(DigitLabError) as refusal:
        trace(layers)
    assert says in str(refusal.value)
    assert follow(layers).fault == str(refusal.value)


@pytest.mark.parametrize(
    ("layers", "place", "followed"),
    [
        ([Flatten(), Pool(), Dense(units=5)], 1, 1),
        ([Conv(filters=3)], 1, 1),  # the end of the list
        ([], 0, 0),
        ([Flatten(), Dense(units=9), *[Dense(units=4096)] * 3], 3, 6),  # the largest, the first of
        ([Flatten()], None, 2),
    ],
)
def test_a_network_is_followed_up_to_the_layer_at_fault(layers, place, followed):
    found = follow(layers)
    assert (found.place, len(found.layers)) == (place, followed)
