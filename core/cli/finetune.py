"""Fine-tuning from a shell: ``python -m core finetune``."""

import click

from core import registry
from core.cli.corrections import at_least_one
from core.cli.follow import follow
from core.cli.output import as_json, plain, say
from core.errors import DigitLabError
from core.evaluation.compare import p_formula
from core.launch import finetune as tuning


@click.command()
@click.argument("model", required=False)
@as_json
def finetune(model: str | None, as_json: bool) -> None:
    """Fine-tune a copy of a model on the digits that you corrected.

    Prints the accuracy before and after. MODEL is a name in models/ or a run's id; default: the
    model in use. `promote` keeps the copy.
    """
    before = registry.active() if model is None else registry.find(model)
    if before is None:
        raise DigitLabError("There is no model yet: train one with `python -m core train sprint`.")
    at_least_one()
    run = follow([tuning.begin(before).id], quiet=as_json)
    if not run.has_model:
        raise DigitLabError(run.reason or f"Run '{run.id}' was {run.state} before it started.")
    found = tuning.compare(run, before)
    facts = {
        "id": run.id,
        "model": before.name,
        "trained_on": dict(zip(("before", "after", "n"), found.trained_on, strict=True)),
        "held_back": dict(zip(("before", "after", "n"), found.held_back, strict=True)),
        "before": None if found.before is None else plain(found.before),
        "after": plain(found.after),
        "lost": found.lost,
        "gained": found.gained,
        "p_value": found.p_value,
    }
    rows = {"digits trained on": found.trained_on, "digits held back": found.held_back}
    lines = [
        f"{what}: {was} of {n} read correctly before, {now} after"
        for what, (was, now, n) in rows.items()
        if n
    ]
    was = "?" if found.before is None else f"{found.before.accuracy:.2%}"
    lines.append(
        f"test set: {was} before, {found.after.accuracy:.2%} after ({found.lost} digits lost, "
        f"{found.gained} gained, {p_formula(found.p_value)})"
    )
    say(as_json, facts, [*lines, f"`python -m core promote {run.id} NAME` keeps the copy."])
