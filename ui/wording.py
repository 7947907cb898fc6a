"""Wording of figures and phrases, the same on every page."""

import re
from datetime import UTC, datetime

from core.cards import Card
from core.config import ScoredOn
from core.data.files import name_of
from core.evaluation import disputed_labels
from core.evaluation.scores import Scores

# Of an input field: Streamlit's default has two decimals, which shows a momentum of 0.999 as 1.00.
NUMBER_FORMAT = "%g"
# Before any other character, such as an emoji or a dash, a backslash stands for itself.
CERTAIN = "as good as certain"  # of a probability that would be written as 99.9 % or more
PRUNED = "This run ended early: other tries of its sweep were better after as many epochs."
HALTED = "This run was stopped without a model. Resume it, or the sweep that it belongs to."
_MARKS = re.compile(r"[!-/:-@\[-`{-~]")


def percent(share: float) -> str:
    """Write a share of 10,000 or so images: 0.9914 is 99.14 %."""
    return f"{100 * share:.2f} %"


def interval(low: float, high: float) -> str:
    """Write the 95 % interval of a share."""
    return f"{100 * low:.2f}–{100 * high:.2f} %"


def probability(share: float) -> str:
    """Write a probability; nothing is certain, so neither 100 % nor 0 % is ever said."""
    if share >= 0.9995:
        return "> 99.9 %"
    if share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def roughly(share: float) -> str:
    """Write a probability in few characters, and never as 100 %."""
    return "> 99 %" if share >= 0.995 else f"{100 * share:.0f} %"


def sure(share: float) -> str:
    """Say how sure an answer is; a figure that hardly ever changes would tell nobody anything."""
    return CERTAIN if share >= 0.9985 else f"{probability(share)} sure"


def judged(words: str, right: bool, in_words: bool = False) -> str:
    """Write words about an answer in blue if it is right, in orange if it is wrong (Markdown).

    Parameters
    ----------
    words : str
    right : bool
    in_words : bool
        Add "right" or "wrong": needed if no label stands beside the answer.
    """
    said = f", {'right' if right else 'wrong'}" if in_words else ""
    return f":{'blue' if right else 'orange'}[{words}{said}]"


def disputed(test_digest: str, index: int) -> list[str]:
    """Say that people disputed a test image's label, and how they voted, in short lines."""
    votes = disputed_labels.of(test_digest, index)
    return [] if votes is None else ["label disputed:", *votes.parts()]


def data_name(source: str) -> str:
    """Name a data set in a word: MNIST, sample, or the name of a file (`files.name_of`)."""
    return "MNIST" if source == "mnist" else name_of(source)


def size(count: int) -> str:
    """Write bytes as people say them: 113 kB, 1.3 MB, 2.0 GB."""
    if count < 999_500:
        return f"{max(count / 1e3, 0.1):.{0 if count >= 9_950 else 1}f} kB"
    if count < 999_500_000:
        return f"{count / 1e6:.{0 if count >= 9_950_000 else 1}f} MB"
    return f"{count / 1e9:.1f} GB"


def difference(largest: float) -> str:
    """Say by how much probabilities differ."""
    if largest < 1e-5:
        return "by less than 0.00001"
    return f"by at most {largest:.2g}" if largest >= 1e-4 else f"by at most {largest:.5f}"


def enumeration(parts: list[str]) -> str:
    """Join parts as in a sentence: "a, b and c"."""
    *most, last = parts or [""]
    return f"{', '.join(most)} and {last}" if most else last


def verbatim(words: object) -> str:
    """Escape words from elsewhere so that Markdown makes no link, picture or style of them."""
    return _MARKS.sub(r"\\\g<0>", str(words))


def duration(seconds: float) -> str:
    """Write seconds as people say them: 7 s, 3 min 20 s, 2 h 5 min."""
    seconds = max(round(seconds), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def about(seconds: float) -> str:
    """Write an estimated time as people say it: a few seconds, about 20 s, about 2 h 30 min."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    minutes = seconds / 60
    step = 1 if minutes < 9.5 else 5 if minutes < 57.5 else 10
    return f"about {duration(60 * step * round(minutes / step))}"


def ago(moment: datetime) -> str:
    """Write how long ago a moment (UTC) was."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{moment:%d %b %Y}"


def result(scores: Scores) -> str:
    """Say a test result in words, with the accuracy to expect."""
    low, high = scores.interval
    return (
        f"Correct on **{scores.correct:,} of {scores.n:,}** digits that it had never seen. Expect "
        f"{100 * low:.1f} to {100 * high:.1f} % on others like them (95 % Wilson interval)."
    )


def measured_on(source: str, part: ScoredOn) -> str:
    """Name the digits that an accuracy was measured on: "MNIST", or "MNIST, validation"."""
    return data_name(source) if part == "test" else f"{data_name(source)}, {part}"


def data_note(card: Card) -> str:
    """Warn that a figure was not measured on MNIST's test digits; empty if it was."""
    of_mnist, title = card.data.source == "mnist", verbatim(card.data.title)
    if card.scored_on == "validation":
        of = "" if of_mnist else f" of the {title}, not of MNIST"
        return f"Measured on validation digits{of}. The test digits were left alone."
    return "" if of_mnist else f"Measured on the {title}, not on MNIST."
