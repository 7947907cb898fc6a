"""`ui.inspect.maps`: numbers as pictures and tables that say no more and no less than they are."""

import numpy as np
import pytest

from ui import charts
from ui.inspect import maps


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    monkeypatch.setattr(charts, "diverging", lambda: ["#ff8000", "#808080", "#0000ff"])
    monkeypatch.setattr(charts, "ground_colour", lambda: "#ffffff")
    monkeypatch.setattr(charts, "right_colour", lambda: "#0000ff")
    monkeypatch.setattr(charts, "wrong_colour", lambda: "#ff8000")


def test_the_sign_decides_the_colour_and_zero_is_neutral():
    picture = maps.tiled(np.array([[[-2.0, 0.0], [1.0, 2.0]]]))
    side = (picture.shape[0] - 2) // 2
    corners = picture[::side, ::side][:2, :2]
    assert corners.tolist() == [
        [[255, 128, 0], [128, 128, 128]],
        [[64, 64, 192], [0, 0, 255]],  # half-way to blue
    ]


def test_maps_stand_in_rows_of_twelve_with_a_line_between():
    picture = maps.tiled(np.ones((13, 4, 4)))
    high, wide = picture.shape[0] // 2, picture.shape[1] // 12
    assert high == wide
    assert (picture[: high - 2, : wide - 2] == [0, 0, 255]).all()
    assert (picture[high - 2 : high] == 255).all()
    assert (picture[high:, wide:] == 255).all()  # the thirteenth stands alone


def test_all_zeros_and_a_single_number_are_pictures():
    assert (maps.tiled(np.zeros((1, 2, 2)))[0, 0] == 128).all()
    assert maps.tiled(np.ones((40, 1, 1))).shape[0] > maps.tiled(np.ones((32, 1, 1))).shape[0]


@pytest.mark.parametrize("n", [1, 10, 11, 128])
def test_a_vector_in_rows_of_ten(n):
    rows = maps.in_rows(np.arange(n))
    assert rows.shape == (-(-n // 10), 10)
    assert rows.reshape(-1)[:n].tolist() == list(range(n))
    assert np.isnan(rows.reshape(-1)[n:]).all()


def test_the_table_says_the_numbers_and_no_minus_zero():
    shown = maps._styled(np.array([[-0.001, 1.25], [np.nan, -3.0]]), 10)
    assert shown.data.to_numpy().tolist() == [["0.00", "1.25"], ["", "-3.00"]]
    assert shown.data.index.tolist() == ["0", "10"]
    assert "rgba(255, 128, 0" in shown.to_html()
