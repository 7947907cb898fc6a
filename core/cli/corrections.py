"""Corrected digits from a shell: ``python -m core corrections``."""

from pathlib import Path

import click

from core.cli.output import as_json, help_if_alone, overwrite, say, write_file
from core.errors import DigitLabError
from core.people import corrections as corrected
from core.wording import a_digit, counted_are


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def corrections(context: click.Context) -> None:
    """List, export and remove the digits that you corrected.

    Correct digits on the Draw page.
    """
    help_if_alone(context)


@corrections.command("list")
@as_json
def list_corrections(as_json: bool) -> None:
    """List all corrected digits, newest first."""
    found = corrected.everything()
    facts = [
        {"id": one.id, "label": one.label, "answer": one.answer, "confidence": one.confidence}
        | {"model": one.model}
        for one in found
    ]
    lines = [f"{one.id}  {one.label}, read as {one.answer} by {one.model}" for one in found]
    say(
        as_json,
        facts,
        lines or ["There are no corrected digits yet: correct some on the Draw page."],
    )


@corrections.command()
@click.argument("out", type=click.Path(path_type=Path))
@overwrite
@as_json
def export(out: Path, overwrite: bool, as_json: bool) -> None:
    """Write all corrected digits to an .npz file for `train --data`.

    Training needs at least 20 digits.
    """
    found = at_least_one()
    if out.suffix.lower() != ".npz":
        raise DigitLabError(f"'{out}' must end in .npz, or `train --data` would refuse it.")
    write_file(out, corrected.as_data_set(found), overwrite)
    digits = counted_are(len(found), "digit")
    say(as_json, {"path": str(out), "n": len(found)}, [f"{digits} in {out}."])


@corrections.command()
@click.argument("correction_id", metavar="ID")
@as_json
def remove(correction_id: str, as_json: bool) -> None:
    """Delete a corrected digit for good."""
    gone = corrected.remove(correction_id)
    line = f"{gone.id}, {a_digit(gone.label)}, was removed."
    say(as_json, {"id": gone.id, "label": gone.label}, [line])


def at_least_one() -> list[corrected.Correction]:
    """Return all corrected digits, newest first, or refuse with a sentence if there are none."""
    found = corrected.everything()
    if not found:
        raise DigitLabError(
            "There are no corrected digits yet: draw some on the Draw page, and correct the "
            "answers there."
        )
    return found
