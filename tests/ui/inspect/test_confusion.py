"""`ui.inspect.confusion`: what stands in the cells, their colours, and which one was chosen."""

import numpy as np
import pytest

from ui.inspect import confusion

COUNTS = np.diag(np.arange(100, 110))
COUNTS[4, 9], COUNTS[9, 4] = 7, 3


def cells(counts, rates):
    return confusion.styled(counts, rates).data.to_numpy()


def coloured(counts):
    styler = confusion.styled(counts, rates=False)
    styler._compute()
    return {cell for cell, styles in styler.ctx.items() if styles}


def test_counts_stand_in_their_cells_and_nothing_in_empty_ones():
    shown = cells(COUNTS, rates=False)
    assert (shown[4, 9], shown[9, 4], shown[0, 0], shown[0, 1]) == ("7", "3", "100", "")


def test_rates_are_shares_of_the_true_digit():
    shown = cells(COUNTS, rates=True)
    assert shown[4, 9] == f"{100 * 7 / (104 + 7):.1f}"
    assert shown[9, 4] == f"{100 * 3 / (109 + 3):.1f}"
    assert shown[0, 0] == "100.0"


def test_colour_is_for_mistakes():
    assert coloured(COUNTS) == {(4, 9), (9, 4)}


def test_a_digit_that_never_came_breaks_nothing():
    nothing = np.zeros((10, 10), int)
    assert not coloured(nothing)
    for rates in (False, True):
        assert not cells(nothing, rates).astype(bool).any()


def test_rows_are_true_digits():
    """A swap of the axes shows the wrong images."""
    assert confusion._chosen({"selection": {"cells": [(4, "9")]}}) == (4, 9)


@pytest.mark.parametrize("cells", [[], [(3, "_index")], [(3, "")]])
def test_what_is_no_cell_is_none(cells):
    assert confusion._chosen({"selection": {"cells": cells}}) is None


def test_nothing_chosen_is_none():
    assert confusion._chosen(None) is None
