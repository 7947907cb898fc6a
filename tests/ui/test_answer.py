"""`ui.answer`: everything that was drawn is in it."""

import numpy as np
import pytest

from core.reading.normalise import normalise
from core.reading.reader import BLANK, Digit, Reading
from ui import answer


def digit(best: int, share: float = 0.9, verdict: str = "digit", second: int = 0) -> Digit:
    probabilities = np.zeros(10, np.float32)
    probabilities[second] = 1 - share
    probabilities[best] = share
    steps = normalise(np.ones((20, 4), np.float32))
    return Digit(verdict, best, probabilities, None, steps.box, steps)


def of(*digits: Digit) -> answer.Answer | None:
    text = "".join("?" if d.verdict == "not-a-digit" else str(d.digit) for d in digits)
    (verdict,) = kinds if len(kinds := {d.verdict for d in digits}) == 1 else ("unsure",)
    return answer.to(Reading(verdict, text, list(digits), np.zeros((1, 1), np.float32)))


def test_nothing_drawn_has_no_answer():
    assert answer.to(BLANK) is None


@pytest.mark.parametrize(
    ("digits", "headline", "words", "place"),
    [
        ([digit(7, 0.9)], "7", "90.0 % sure", 0),
        (
            [digit(4, 0.6, "unsure", second=9)],
            "4 or 9",
            "Not sure: 4 (60 %) and 9 (40 %) are close.",
            0,
        ),
        (
            [digit(3, 0.9, "not-a-digit")],
            "?",
            "This does not look like a digit. If it had to be one: 3.",
            0,
        ),
        ([digit(4, 0.9999), digit(2, 0.95)], "42", "Two digits, at least 95.0 % sure of each", 1),
        ([digit(1, 0.9999)] * 10, "1" * 10, "10 digits, each as good as certain", 0),
        (
            [digit(4, 0.6, "unsure", second=9), digit(2, 0.9999)],
            "42",
            "Not sure: of 2 parts, the first could be 4 or 9.",
            0,
        ),
        (
            [digit(4, 0.99), digit(2, 0.8, "not-a-digit"), digit(1, 0.7, "not-a-digit")],
            "4??",
            "Not sure: of 3 parts, the second does not look like a digit and the third does not "
            "look like a digit.",
            2,
        ),
        (
            [digit(3, 0.8, "not-a-digit"), digit(2, 0.7, "not-a-digit")],
            "?",
            "This looks neither like a digit nor like a number.",
            0,
        ),
    ],
)
def test_headline_words_and_the_least_sure_digit(digits, headline, words, place):
    assert of(*digits) == (headline, words, place)
