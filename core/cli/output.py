"""Output of the commands: lines for people, or JSON for programs."""

import errno
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from core.cards import Card
from core.disk import refusals
from core.disk.atomic import replacing
from core.errors import DigitLabError
from core.evaluation.calibration import BINS
from core.evaluation.scores import Scores
from core.runs import contract, notes

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
# Control characters, with which a name could move the cursor, set the window's title or write over
# what stands above; and those that turn the direction of writing, which hide what follows.
_ACTS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

overwrite = click.option("--overwrite", is_flag=True, help="Replace an existing file.")


def help_if_alone(group: click.Context) -> None:
    """Print the help of a group if none of its commands was named."""
    if group.invoked_subcommand is None:
        click.echo(group.get_help())


def printable(line: str) -> str:
    r"""Return a line with what acts on a terminal made visible: other people's text is in it.

    Examples
    --------
    >>> print(printable("red: \x1b[31m"))
    red: \x1b[31m
    """
    return _ACTS.sub(lambda sign: sign[0].encode("unicode_escape").decode(), line)


def tell(line: str) -> None:
    """Write a line to standard error."""
    click.echo(printable(line), err=True)


def say(as_json: bool, facts: Any, lines: list[str]) -> None:
    """Print the facts as JSON, or the lines."""
    # JSON has no such characters: it is written in ASCII.
    for line in [_json(facts)] if as_json else lines:
        click.echo(printable(line))


def _json(facts: Any) -> str:
    """Return facts as JSON, which has no word for undefined and infinite: they become null."""
    try:
        return json.dumps(facts, allow_nan=False)
    except ValueError:
        known = json.loads(json.dumps(facts), parse_constant=lambda _: None)
        return json.dumps(known, allow_nan=False)


def described(rows: list[tuple[str, str]]) -> list[str]:
    """Return names with their descriptions, wrapped like help on a terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return [f"{name:15} {text}" for name, text in rows]
    table = click.HelpFormatter()
    table.write_dl(rows)
    return table.getvalue().splitlines()


def write_file(path: Path, content: bytes, overwrite: bool) -> None:
    """Write a file to the path that a person chose, whole or not at all.

    Raises
    ------
    DigitLabError
        The path exists and ``overwrite`` is false, is a folder, or cannot be written.
    """
    if path.is_dir():  # So is "", which cannot be the name of a file either.
        raise DigitLabError(f"'{path}' is a folder: name a file in it.")
    if path.exists() and not overwrite:
        raise DigitLabError(f"'{path}' already exists: add --overwrite or choose another name.")
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as fault:
        raise DigitLabError(
            f"'{path}' cannot be written ({refusals.reason(fault)}): "
            + (
                "choose a folder that exists."
                if fault.errno == errno.ENOENT
                else f"{refusals.advice(fault)}."
            )
        ) from fault


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Silence messages that TensorFlow writes past Python, whatever its log level."""
    try:
        kept = os.dup(2)
    except OSError:  # It is closed: silent already.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def plain(model: BaseModel) -> dict[str, Any]:
    """Return the content of a card, or of a part of one, ready for JSON."""
    return model.model_dump(mode="json")


def run_facts(run: contract.Run) -> dict[str, Any]:
    """Return the facts about a run, ready for JSON."""
    return {
        "id": run.id,
        "state": run.state,
        "reason": run.reason,
        "created": run.created and run.created.isoformat(),
        "duration_s": run.duration_s,
        "accuracy": run.status and run.status.accuracy,
        "config": run.config and run.config.model_dump(mode="json"),
        "status": run.status and run.status.model_dump(mode="json"),
        "notes": notes.read(run.folder).model_dump(mode="json"),
    }


def run_line(run: contract.Run) -> str:
    """Return a run as a line: id, state, accuracy, duration, and its name or its fault."""
    accuracy = run.status and run.status.accuracy
    shown = "" if accuracy is None else f"{accuracy:.2%}"
    took = "" if run.duration_s is None else str(timedelta(seconds=round(run.duration_s)))
    told = notes.read(run.folder)
    on = run.config and accuracy is not None and run.config.score_on == "validation"
    words = (told.name, "on validation images" if on else "", run.reason)
    said = "  ".join(filter(None, words))
    return f"{run.id:42} {run.state:10} {shown:>7} {took:>8}  {said}".rstrip()


def card_lines(name: str, card: Card) -> list[str]:
    """Return a card as lines."""
    if card.origin is not None:
        return [
            f"{name}: {card.beginning}, {card.parameters:,} parameters",
            card.origin.presentation,
            f"tested on {card.data.title}",
            *score_lines(card.test),
        ]
    config, training = card.here
    return [
        f"{name}: recipe {config.recipe}, seed {config.seed}, {card.parameters:,} parameters",
        f"trained on {card.data.title}{_and_strokes(card)}",
        *scored_line(card),
        f"{training.epochs_done} of {config.epochs} epochs, {training.cpu_seconds:.1f} CPU "
        f"seconds, {training.wall_seconds:.1f} s" + (", stopped" if training.stopped_early else ""),
        *score_lines(card.test),
    ]


def _and_strokes(card: Card) -> str:
    files = [
        f"{file.drawings:,} of {file.writers:,} people's pens ({file.name})"
        for file in card.data.strokes
    ]
    return " and on digits: " + ", ".join(files) if files else ""


def scored_line(card: Card) -> list[str]:
    """Return a line if the scores are not of the test images, else none."""
    return [] if card.scored_on == "test" else ["scored on its validation images, not on the test"]


def score_lines(scores: Scores) -> list[str]:
    """Return scores as a table."""
    low, high = scores.interval
    table = [
        f"  {c.digit}   {c.precision:9.2%} {c.recall:9.2%} {c.f1:9.2%} {c.support:8,}"
        for c in scores.classes
    ]
    return [
        f"accuracy {scores.accuracy:.2%} ({scores.correct:,} of {scores.n:,}; 95 % interval "
        f"{low:.2%} to {high:.2%}), loss {scores.loss:.4f}",
        *_reliability_lines(scores),
        "digit  precision    recall        F1  support",
        *table,
    ]


def _reliability_lines(scores: Scores) -> list[str]:
    found = scores.reliability
    if found is None:
        return []
    error = f"expected calibration error {found.calibration_error:.2%} ({BINS} bins)"
    return [f"{error}, Brier score {found.brier:.4f}"]
