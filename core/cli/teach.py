"""Corrected digits from a shell: ``python -m core corrections`` and ``python -m core teach``."""

from pathlib import Path

import click

from core import registry
from core.cli.follow import follow
from core.cli.output import as_json, help_if_alone, overwrite, plain, say, write_file
from core.errors import DigitLabError
from core.evaluation.compare import p_formula
from core.launch import finetune as lessons
from core.people import corrections as kept
from core.wording import a_digit, counted


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def corrections(context: click.Context) -> None:
    """List, export and remove the digits that you corrected.

    The Draw page is where that is done.
    """
    help_if_alone(context)


@corrections.command("list")
@as_json
def list_corrections(as_json: bool) -> None:
    """List all corrected digits, newest first."""
    found = kept.everything()
    facts = [
        {"id": one.id, "label": one.label, "answer": one.answer, "confidence": one.confidence}
        | {"model": one.model}
        for one in found
    ]
    lines = [f"{one.id}  {one.label}, read as {one.answer} by {one.model}" for one in found]
    say(as_json, facts, lines or ["No digit has been corrected yet: Draw is where it is done."])


@corrections.command()
@click.argument("out", type=click.Path(path_type=Path))
@overwrite
@as_json
def export(out: Path, overwrite: bool, as_json: bool) -> None:
    """Write all of them to an .npz file that `train --data` takes.

    It takes 20 digits and more.
    """
    found = _at_least_one()
    if out.suffix.lower() != ".npz":
        raise DigitLabError(f"'{out}' should end in .npz, or `train --data` would not take it.")
    write_file(out, kept.as_data_set(found), overwrite)
    digits = f"{counted(len(found), 'digit')} {'is' if len(found) == 1 else 'are'}"
    say(as_json, {"path": str(out), "n": len(found)}, [f"{digits} in {out}."])


@corrections.command()
@click.argument("correction_id", metavar="ID")
@as_json
def remove(correction_id: str, as_json: bool) -> None:
    """Remove a corrected digit for good."""
    gone = kept.remove(correction_id)
    line = f"{gone.id}, {a_digit(gone.label)}, is removed."
    say(as_json, {"id": gone.id, "label": gone.label}, [line])


def _at_least_one() -> list[kept.Correction]:
    found = kept.everything()
    if not found:
        raise DigitLabError(
            "No digit has been corrected yet: draw some on the Draw page, and say there what they "
            "are."
        )
    return found


@click.command()
@click.argument("model", required=False)
@as_json
def teach(model: str | None, as_json: bool) -> None:
    """Teach a copy of a model the digits that you corrected.

    Says what it reads before and after. MODEL is a name in models/ or a run's id; default: the
    model in use. `promote` keeps the copy.
    """
    before = registry.active() if model is None else registry.find(model)
    if before is None:
        raise DigitLabError("There is no model yet: train one with `python -m core train sprint`.")
    _at_least_one()
    run = follow([lessons.begin(before).id], quiet=as_json)
    if not run.has_model:
        raise DigitLabError(run.reason or f"Run '{run.id}' was {run.state} before it began.")
    found = lessons.outcome(run, before)
    facts = {
        "id": run.id,
        "model": before.name,
        "taught": dict(zip(("before", "after", "n"), found.taught, strict=True)),
        "held_back": dict(zip(("before", "after", "n"), found.held_back, strict=True)),
        "before": None if found.before is None else plain(found.before),
        "after": plain(found.after),
        "lost": found.lost,
        "gained": found.gained,
        "p_value": found.p_value,
    }
    rows = {"taught digits": found.taught, "held-back digits": found.held_back}
    lines = [
        f"{what}: {was} of {n} read right before, {now} after"
        for what, (was, now, n) in rows.items()
        if n
    ]
    was = "?" if found.before is None else f"{found.before.accuracy:.2%}"
    lines.append(
        f"test set: {was} before, {found.after.accuracy:.2%} after ({found.lost} digits lost, "
        f"{found.gained} gained, {p_formula(found.p_value)})"
    )
    say(as_json, facts, [*lines, f"`python -m core promote {run.id} NAME` keeps the copy."])
