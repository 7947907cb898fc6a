"""Answer: what is said of a reading, in words; the same at pen up and while the pen moves.

Pure functions of a `Reading`: everything that was drawn is in the answer.
"""

from typing import NamedTuple

from core.reading.reader import REFUSED, Digit, Reading
from core.wording import counted
from ui import wording

_LEFT_OUT = (
    " Not sure that this is all: something that touches the border or a ruled line was not read."
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_NUMBERS = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


class Answer(NamedTuple):
    """The answer to everything that was drawn.

    Attributes
    ----------
    headline : str
        The digit, "4 or 9" if unsure, all digits of a number, and "?" for a non-digit.
    words : str
        A sentence on how sure it is, Markdown.
    place : int
        Of the digit whose picture and probabilities stand beside it: the least sure one.
    """

    headline: str
    words: str
    place: int


def to(found: Reading) -> Answer | None:
    """Return the answer to a reading, or ``None`` if nothing was drawn."""
    if not found.digits:
        return None
    rest = _LEFT_OUT if found.left_out else ""
    if found.turned:
        rest += f" Turned by a quarter, it reads {' / '.join(found.turned.splitlines())}."
    if len(found.digits) == 1:
        (digit,) = found.digits
        headline = " or ".join(map(str, digit.candidates)) or REFUSED
        return Answer(headline, to_digit(digit) + rest, 0)
    if found.verdict == "not-a-digit":
        return Answer(REFUSED, "This looks neither like a digit nor like a number." + rest, 0)
    surest = [float(digit.probabilities.max()) for digit in found.digits]
    return Answer(found.text, _to_number(found, min(surest)) + rest, surest.index(min(surest)))


def to_digit(digit: Digit) -> str:
    """Say how sure one digit is, what else it may be, or that it does not look like one."""
    if digit.verdict == "unsure" and len(digit.candidates) == 1:
        return f"Not sure that this is a digit. If it is one: {digit.digit}."
    if digit.verdict == "unsure":
        close = [
            f"{k} ({wording.roughly(float(digit.probabilities[k]))})" for k in digit.candidates
        ]
        return f"Not sure: {wording.enumeration(close)} are close."
    if digit.verdict == "not-a-digit":
        return f"This does not look like a digit. If it had to be one: {digit.digit}."
    return wording.sure(float(digit.probabilities[digit.digit]))


def _to_number(found: Reading, weakest: float) -> str:
    """Say how many digits there are, and how sure the weakest is or which are in doubt."""
    n = len(found.digits)
    doubts = [
        _doubt(ordinal(place), digit)
        if digit.verdict == "unsure"
        else f"the {ordinal(place)} does not look like a digit"
        for place, digit in enumerate(found.digits)
        if digit.verdict != "digit"
    ]
    if doubts:
        return f"Not sure: of {counted(n, 'part')}, {wording.enumeration(doubts)}."
    how_many = f"{_NUMBERS[n - 2]} digits" if n - 2 < len(_NUMBERS) else counted(n, "digit")
    if lines := found.text.count("\n"):
        how_many += f" on {counted(lines + 1, 'line')}"
    sure = wording.sure(weakest)
    return (
        f"{how_many}, {f'each {sure}' if sure == wording.CERTAIN else f'at least {sure} of each'}"
    )


def _doubt(which: str, digit: Digit) -> str:
    if len(digit.candidates) == 1:
        return f"the {which} may not be a digit"
    return f"the {which} could be {' or '.join(map(str, digit.candidates))}"


def ordinal(place: int) -> str:
    """Name a position in a number, from 0: "first", "12th"."""
    return _PLACES[place] if place < len(_PLACES) else f"{place + 1}th"
