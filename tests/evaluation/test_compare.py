"""`core.evaluation.compare`: exact tests against counts by hand, and words that fit them."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import with_changes
from core.evaluation import compare
from core.evaluation.compare import Pair
from core.recipes.shipped import RECIPES

CONFIG = RECIPES["dense-starter"].config


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_sum_of_both_tails(a, b):
    n, less = a + b, min(a, b)
    tail = sum(comb(n, k) for k in range(less + 1)) / 2**n
    assert compare.mcnemar(a, b) == pytest.approx(min(1.0, 2 * tail))


def test_mcnemar_is_scipys_test_of_the_discordant_images():
    from scipy.stats import binomtest  # half a second that each process would need to begin

    for a, b in ((155, 247), (0, 9), (3000, 2800), (1, 1)):
        assert compare.mcnemar(a, b) == pytest.approx(binomtest(a, a + b).pvalue)


def test_holm_by_hand():
    """Holm 1979: the smallest of three times 3, the next times 2, never falling."""
    assert compare.holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert compare.holm([0.9, 0.8]) == [1.0, 1.0]
    assert compare.holm([]) == []


def test_pairs_count_what_only_one_reads_right():
    a = np.array([1, 1, 1, 0, 0], bool)
    b = np.array([1, 0, 0, 1, 0], bool)
    (pair,) = compare.pairs([a, b])
    assert (pair.only_first, pair.only_second) == (2, 1)
    assert pair.adjusted == pair.p_value == 1.0
    assert len(compare.pairs([a, b, a, b])) == 6


@pytest.mark.parametrize(
    ("counts", "adjusted", "words"),
    [
        ((20, 2), 0.0001, "A is better than B: chance alone hardly explains it (p < 0.001)"),
        ((2, 20), 0.04, "B is better than A: chance alone hardly explains it (p = 0.040)"),
        ((5, 4), 0.9, "may well be chance (p = 0.900)"),
        ((1, 1), 1.0, "A alone reads 1 image correctly, B 1. Neither is ahead."),
        ((0, 0), 1.0, "A alone reads 0 images correctly, B 0. Neither is ahead."),
    ],
)
def test_the_sentence_fits_the_test(counts, adjusted, words):
    assert words in compare.in_words(Pair(0, 1, *counts, adjusted, adjusted), ["A", "B"])


def test_the_sentence_tells_of_many_pairs():
    said = compare.in_words(Pair(0, 1, 9, 1, 0.02, 0.12), ["A", "B"], n_pairs=6)
    assert "p = 0.120, corrected for 6 pairs" in said


def test_where_they_disagree():
    answers = [np.array([1, 2, 3]), np.array([1, 2, 4]), np.array([1, 0, 3])]
    assert compare.disagreements(answers).tolist() == [1, 2]


def test_only_what_differs_is_listed():
    other = with_changes(CONFIG, {"seed": 9, "augmentation": {"rotation": 5.0}})
    found = compare.differences([CONFIG, other])
    assert found == {
        "seed": [CONFIG.seed, 9],
        "augmentation: rotation": [CONFIG.augmentation.rotation, 5.0],
    }
    assert compare.differences([CONFIG, CONFIG]) == {}


def test_networks_are_told_by_kinds_and_sizes():
    wide = with_changes(CONFIG, {"layers": [{"layer": "flatten"}, {"layer": "dense", "units": 64}]})
    assert compare.differences([CONFIG, wide])["layers"] == [
        "flatten, dense 128",
        "flatten, dense 64",
    ]


def test_networks_that_look_alike_are_told_by_all_settings():
    layers = [{"layer": "flatten"}, {"layer": "dense", "units": 128, "activation": "tanh"}]
    found = compare.differences([CONFIG, with_changes(CONFIG, {"layers": layers})])["layers"]
    assert found[0] != found[1]
    assert "activation tanh" in found[1]
