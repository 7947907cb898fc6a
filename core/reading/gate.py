"""The gate: judges whether an image is a digit at all, before any classifier reads it.

A classifier knows ten answers and gives one of them to a star, a letter or a scribble, often with a
probability near 1. The gate is a small network of its own, trained on digits and non-digits
(`core.training.gate`). It comes before every classifier alike, including one that was trained a
minute ago. Runs through ONNX Runtime, on one thread.
"""

from core.paths import PROJECT
from core.reading.network import Judge

FILE, OUTPUT = PROJECT / "models" / "gate" / "gate.onnx", "digitness"
# An image that is less probably a digit than this is refused. 0.5 % of the digits that half of the
# writers drew on tablets lie below, over all variants of ``bench/strokes.py``; of other hands about
# 1 % do. ``bench/refusal.py`` prints it.
REFUSE_BELOW = 0.079
# Between that and this the gate is in doubt, and nothing is called certain. Of the digits of the
# same writers at most 1.7 % fall there, in whatever variant.
CLEAR_FROM = 0.5


def load() -> Judge:
    """Load the gate that ships with Digit Lab; keep it, since this takes some milliseconds.

    Raises
    ------
    DigitLabError
        The file is missing or damaged.
    """
    return Judge(FILE, OUTPUT)


def load_if_there() -> Judge | None:
    """Load the gate, or return ``None`` if its file is missing; then nothing is refused."""
    return load() if FILE.exists() else None
