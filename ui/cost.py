"""The time and memory that a training will take, in words: before it starts and while it waits."""

from collections.abc import Sequence

from core.config import TrainConfig
from core.errors import DigitLabError
from core.launch import cost
from core.runs import contract, memory, notes, queue
from core.wording import counted
from ui import wording

_TOLD = 80  # runs ahead: from here on the most that can be is said


def takes(config: TrainConfig, runs: Sequence[contract.Run]) -> str:
    """Say in a sentence how long a training takes on this machine, and how that is known.

    Parameters
    ----------
    config : TrainConfig
    runs : sequence of Run
        Of this machine, newest first.
    """
    expected = cost.estimate(config, runs)
    if expected is None:
        return "How long it takes is not known yet: nothing was trained on these digits here."
    words = wording.about(expected.seconds)
    words = words[:1].upper() + words[1:]
    if expected.basis == "elsewhere":
        return f"{words}, as measured elsewhere; nothing was trained here yet."
    return f"{words} here{', as last time' if expected.basis == 'same' else ''}."


def needs(config: TrainConfig) -> str:
    """Say in a sentence how much memory a training needs at most."""
    return f"About {memory.estimate(config) / 1e9:.1f} GB of memory."


def refusal(config: TrainConfig, runs: Sequence[contract.Run], *, here: bool = True) -> str:
    """Say why a training cannot be started now, and what can; empty if it can be.

    Parameters
    ----------
    config : TrainConfig
    runs : sequence of Run
        Of this machine.
    here : bool
        Whether it would train on this machine.
    """
    try:
        if here:
            memory.check(config)
        queue.check_room(runs)
    except DigitLabError as fault:
        return str(fault)
    return ""


def briefly(config: TrainConfig, runs: Sequence[contract.Run]) -> str:
    """Say how long a training takes in as few words as a list has room for; empty if unknown."""
    expected = cost.estimate(config, runs)
    return "" if expected is None else wording.about(expected.seconds)


def waits(runs: Sequence[contract.Run], run: contract.Run | None = None) -> str:
    """Say in a sentence for whom a run waits, how long, and its place; empty if it need not wait.

    Parameters
    ----------
    runs : sequence of Run
        All of this machine, newest first.
    run : Run, optional
        One that waits; default: one that would be started now.
    """
    found = cost.wait(runs, run)
    if not found.ahead or found.seconds == 0:
        return ""
    first, *others = found.ahead
    name = wording.verbatim(notes.title(first))
    if queue.is_held_by_paused(runs):
        return f"Waits for {name}, which is paused and keeps its turn: resume it or stop it."
    whom = f"{name} and {counted(len(others), 'more run')}" if others else name
    place = "Next in line" if not others else f"Number {len(others) + 1} in line"
    full = "" if len(found.ahead) < _TOLD else f" At most {queue.MOST} runs can train and wait."
    how_long = "" if found.seconds is None else f", {wording.about(found.seconds)}"
    return f"{place}: waits for {whom}{how_long}.{full}"
