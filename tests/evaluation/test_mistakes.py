"""`core.evaluation.mistakes`: the right images, in the right order."""

import numpy as np
import pytest

from core.evaluation.mistakes import answers, cell, mistakes


@pytest.fixture
def rows():
    labels = np.array([4, 4, 9, 4, 7])
    probabilities = np.full((5, 10), 0.01)
    for row, (answer, share) in enumerate([(9, 0.6), (4, 0.9), (9, 0.8), (9, 0.7), (1, 0.5)]):
        probabilities[row, answer] = share
    probabilities[3, 4] = 0.001  # less confident in the label than row 0, hence a higher loss
    return answers(labels, probabilities)


def test_one_row_an_image(rows):
    assert rows["answer"].tolist() == [9, 4, 9, 9, 1]
    assert rows["confidence"].tolist() == [0.6, 0.9, 0.8, 0.7, 0.5]
    assert rows["loss"][1] == pytest.approx(-np.log(0.9))


def test_mistakes_come_most_sure_first(rows):
    assert mistakes(rows)["index"].tolist() == [3, 0, 4]


def test_mistakes_by_loss(rows):
    assert mistakes(rows, order="loss")["index"].tolist() == [3, 0, 4]
    assert mistakes(rows, order="loss")["loss"].is_monotonic_decreasing


def test_mistakes_of_one_digit(rows):
    assert mistakes(rows, label=7)["index"].tolist() == [4]
    assert mistakes(rows, answer=9)["index"].tolist() == [3, 0]


def test_a_cell_on_the_diagonal_has_the_right_answers(rows):
    assert cell(rows, 9, 9)["index"].tolist() == [2]
    assert cell(rows, 4, 9)["index"].tolist() == [3, 0]
    assert cell(rows, 0, 1).empty
