"""Changes: two who change the same thing at the same moment, for every two actions that do."""

import multiprocessing
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from bench.faulty import homes
from bench.faulty.homes import RUN, Trials
from core import own_models, paths, registry
from core.export import passport
from core.launch import process
from core.people import corrections, label_decisions
from core.recipes import own
from core.runs import contract, notes, store, trash

_DIGEST = "0" * 64  # of a test set that nobody has
_PATIENCE_S = 60.0

Act = Callable[[Any], object]
# Takes the names of two actions, the digit or run that they change, and whether each was done.
Pair = tuple[str, str]
Wrong = Callable[[Pair, Any, list[bool]], str]


@dataclass(frozen=True)
class Subject:
    """What two may change at once: how it begins, the actions, and what must not be afterwards."""

    begin: Callable[[bool], Any]
    actions: dict[str, Act]
    wrong: Wrong


def _a_run(removed: bool) -> str:
    homes.emptied(paths.home())
    homes.put_run(contract.REMOVED + RUN if removed else RUN)
    return RUN


def _wrong_run(names: Pair, run_id: str, done: list[bool]) -> str:
    runs = paths.runs_folder()
    found = [runs / name for name in (RUN, contract.REMOVED + RUN) if (runs / name).exists()]
    if not found or any(not (one / contract.ONNX_MODEL).is_file() for one in found):
        return "the run is gone"
    for name, succeeded in zip(names, done, strict=True):
        if succeeded and name == "note" and "kept" not in {notes.read(one).note for one in found}:
            return "the note is gone"
        if succeeded and name == "promote" and registry.find("mine").card.run != run_id:
            return "the model is another's"
    if names[0] == names[1] and names[0] in _ONCE and sum(done) > 1:
        return "both heard that it was they who did it"
    return homes.flaw()


def a_digit(removed: bool) -> corrections.Correction:
    """Make a home that has a corrected digit, or had one until just now."""
    homes.emptied(paths.home())
    kept = _keep()
    return corrections.remove(kept.id) if removed else kept


def _keep() -> corrections.Correction:
    return corrections.keep(np.full((28, 28), 0.5, np.float32), 4, 9, 0.75, "linear")


def _wrong_digit(names: Pair, digit: corrections.Correction, done: list[bool]) -> str:
    found = corrections.find(digit.id)
    if "restore" not in names and "remove" in names and done[names.index("remove")] and found:
        return "the digit came back"
    if names == ("relabel", "relabel") and all(done) and (found is None or found.label != 7):
        return "the label is another"
    return homes.flaw()


def _decisions(removed: bool) -> None:
    homes.emptied(paths.home())
    label_decisions.record(_DIGEST, 0, 1, 7, "other")


def _wrong_decisions(names: Pair, _: None, done: list[bool]) -> str:
    found = label_decisions.read(_DIGEST)
    for name in names:
        if name in _PLACES and _PLACES[name] not in found:
            return "a decision is gone"
    return "" if ("withdraw" in names) == (0 not in found) else "the first decision is wrong"


def _recipes(removed: bool) -> None:
    homes.emptied(paths.home())
    own.save("mine", homes.QUICK)


def _wrong_recipes(names: Pair, _: None, done: list[bool]) -> str:
    if "other" in names and "other" not in own.read_all().configs:
        return "a recipe is gone"
    return homes.flaw()


_ONCE = ("remove", "undo", "resume", "promote", "import")
_PLACES = {"decide": 1, "decide too": 2}
SUBJECTS = [
    Subject(
        _a_run,
        {
            "remove": trash.remove,
            "undo": trash.undo,
            "tidy": lambda _: trash.clear_old(),
            "note": lambda run_id: notes.change(run_id, note="kept"),
            "resume": process.resume,
            "promote": lambda run_id: own_models.promote(run_id, "mine"),
            "import": lambda _: passport.unpack(homes.pattern()[1], "x.zip"),
            "create": lambda _: store.create(homes.QUICK),
        },
        _wrong_run,
    ),
    Subject(
        a_digit,
        {
            "relabel": lambda one: corrections.relabel(one.id, 7),
            "remove": lambda one: corrections.remove(one.id),
            "restore": corrections.put_back,
        },
        _wrong_digit,
    ),
    Subject(
        _decisions,
        {
            "decide": lambda _: label_decisions.record(_DIGEST, 1, 1, 7, "right"),
            "decide too": lambda _: label_decisions.record(_DIGEST, 2, 1, 7, "neither"),
            "withdraw": lambda _: label_decisions.record(_DIGEST, 0, 1, 7, None),
        },
        _wrong_decisions,
    ),
    Subject(
        _recipes,
        {
            "save": lambda _: own.save("mine", homes.QUICK),
            "other": lambda _: own.save("other", homes.QUICK),
            "remove": lambda _: own.remove("mine"),
        },
        _wrong_recipes,
    ),
]
Together = Callable[[int, Pair, Any], list[tuple[bool, str]]]


def any_action(chance: random.Random) -> Callable[[], object]:
    """Return any one of the actions, for somebody who is interrupted in it."""
    subject = chance.choice(SUBJECTS)
    digit = next(iter(corrections.everything()), None)
    if subject.begin is a_digit and digit is None:
        return _keep
    act = chance.choice(list(subject.actions.values()))
    return lambda: act(digit if subject.begin is a_digit else RUN)


def in_threads(often: int) -> Trials:
    """Let two threads do every two actions at once, so often each."""
    begin = threading.Barrier(2)

    def one(place: int, name: str, about: Any) -> tuple[bool, str]:
        begin.wait(_PATIENCE_S)
        return homes.attempt(lambda: SUBJECTS[place].actions[name](about))

    with homes.home(), ThreadPoolExecutor(2) as pool:

        def together(place: int, names: Pair, about: Any) -> list[tuple[bool, str]]:
            both = [pool.submit(one, place, name, about) for name in names]
            return [each.result(_PATIENCE_S) for each in both]

        yield from _every_two(together, often)


def in_processes(often: int) -> Trials:
    """Let two processes do every two actions at once, so often each."""
    homes.pattern()
    with homes.home(), _others() as together:
        yield from _every_two(together, often)


def _every_two(together: Together, often: int) -> Trials:
    with homes.no_workers():
        for place, subject in enumerate(SUBJECTS):
            for names in combinations_with_replacement(subject.actions, 2):
                for number in range(often):
                    about = subject.begin(bool(number % 2))
                    both = together(place, names, about)
                    done = [succeeded for succeeded, _ in both]
                    wrong = "".join(said for _, said in both)
                    wrong = wrong or subject.wrong(names, about, done)
                    became = ("neither done", "one done", "both done")[sum(done)]
                    yield became, wrong and f"{' and '.join(names)}: {wrong}"


@contextmanager
def _others() -> Iterator[Together]:
    forked = multiprocessing.get_context("fork")
    begin = forked.Barrier(2)
    lines = [forked.Pipe() for _ in range(2)]

    def obey(line: Any) -> None:
        with homes.no_workers():
            while (order := line.recv()) is not None:
                place, name, about = order
                begin.wait(_PATIENCE_S)
                act = SUBJECTS[place].actions[name]
                line.send(homes.attempt(lambda act=act, about=about: act(about)))

    both = [forked.Process(target=obey, args=(there,), daemon=True) for _, there in lines]
    for one in both:
        one.start()

    def together(place: int, names: Pair, about: Any) -> list[tuple[bool, str]]:
        for (here, _), name in zip(lines, names, strict=True):
            here.send((place, name, about))
        return [here.recv() for here, _ in lines]

    try:
        yield together
    finally:
        for here, _ in lines:
            here.send(None)
        for one in both:
            one.join(_PATIENCE_S)
