"""`ui.inspect.confusion`: the buttons of the matrix, their words, colours and what they open."""

import numpy as np

from ui.inspect import confusion

COUNTS = np.diag(np.arange(100, 110))
COUNTS[4, 9], COUNTS[9, 4] = 7, 3


def cells(counts, rates=False, opened=""):
    """Return the buttons by what they open, without those of the rows."""
    return {
        one["opens"]: one for row in confusion.rows(counts, rates, opened) for one in row[1:] if one
    }


def test_counts_stand_in_their_cells_and_empty_ones_have_no_button():
    shown = cells(COUNTS)
    assert (shown["4-9"]["text"], shown["9-4"]["text"], shown["0-0"]["text"]) == ("7", "3", "100")
    assert len(shown) == 12


def test_rows_are_true_digits_and_columns_answers():
    """A swap of the axes shows the wrong images."""
    rows = confusion.rows(COUNTS, rates=False, opened="")
    assert rows[4][0]["opens"] == "4"
    assert rows[4][1 + 9]["opens"] == "4-9"
    assert [len(row) for row in rows] == [11] * 10


def test_rates_are_shares_of_the_true_digit():
    shown = cells(COUNTS, rates=True)
    assert shown["4-9"]["text"] == f"{100 * 7 / (104 + 7):.1f}"
    assert shown["9-4"]["text"] == f"{100 * 3 / (109 + 3):.1f}"
    assert shown["0-0"]["text"] == "100.0"


def test_every_button_has_a_name_of_its_own():
    rows = confusion.rows(COUNTS, rates=True, opened="")
    names = [one["says"] for row in rows for one in row if one]
    assert len(set(names)) == len(names) == 22
    assert "4 read as 9: 7 images" in names
    assert "0 read correctly: 100 images" in names
    assert "All misread 4s" in names


def test_colour_is_for_mistakes():
    assert {opens for opens, one in cells(COUNTS).items() if one["colour"]} == {"4-9", "9-4"}


def test_what_is_open_is_pressed():
    for opened in ("4-9", "4", ""):
        rows = confusion.rows(COUNTS, rates=False, opened=opened)
        pressed = [one["opens"] for row in rows for one in row if one and one["pressed"]]
        assert pressed == [opened] * bool(opened)


def test_a_digit_that_never_came_breaks_nothing():
    for rates in (False, True):
        assert not cells(np.zeros((10, 10), int), rates)
