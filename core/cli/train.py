"""The commands `recipes` and `train` of ``python -m core``."""

from pathlib import Path

import click

from core import registry
from core.cli.configuration import as_is, configuration
from core.cli.follow import follow
from core.cli.output import as_json, card_lines, described, plain, run_facts, run_line, say
from core.errors import DigitLabError
from core.launch.repeat import MOST_AT_A_TIME, train_group
from core.recipes.book import all_recipes
from core.runs import store


@click.command()
@as_json
def recipes(as_json: bool) -> None:
    """List the recipes."""
    facts = [
        {"name": r.name, "summary": r.summary, "known_result": r.known_result}
        | {"config": r.config.model_dump(mode="json")}
        for r in all_recipes().values()
    ]
    say(as_json, facts, described([(r.name, r.summary) for r in all_recipes().values()]))


@click.command()
@click.argument("recipe", required=False)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="A configuration file instead of RECIPE.",
)
@click.option(
    "--data",
    "source",
    help="mnist, sample, or whatever holds digits (see `data`); default: mnist, or the sample.",
)
@as_is
@click.option("--seed", type=int, help="Determines first weights, order and validation images.")
@click.option(
    "--seeds",
    "count",
    type=click.IntRange(1, MOST_AT_A_TIME),
    default=1,
    metavar="N",
    help="Train N times, with N seeds from --seed on.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting, as in epochs=3; `recipes --json` lists all. Repeatable.",
)
@click.option("--here", is_flag=True, help="Train on this machine, even if there is a cluster.")
@as_json
def train(
    recipe: str | None,
    file: Path | None,
    source: str | None,
    as_is: bool,
    seed: int | None,
    count: int,
    settings: tuple[str, ...],
    here: bool,
    as_json: bool,
) -> None:
    """Train a recipe, or the configuration in a file.

    Prints the card of the model; with --seeds, mean and standard deviation of the accuracy. RECIPE
    is a name that `recipes` lists. If MNIST is needed and missing, it is downloaded first. Ctrl-C
    stops the training after the current batch and keeps the model so far; a second Ctrl-C returns
    to the shell while the training ends.
    """
    changes = {"seed": seed, "data": source}
    config = configuration(recipe, file, settings, changes, as_is=as_is, quiet=as_json)
    if count != 1:
        seeds = list(range(config.seed, config.seed + count))
        return _say_group([run.id for run in train_group(config, seeds, here=here)], as_json)
    from core.launch.process import launch

    run = follow([launch(config, here=here).id], quiet=as_json)
    if not run.has_model:
        raise DigitLabError(run.reason or f"Run '{run.id}' was {run.state} before it started.")
    card = registry.of_run(run).card
    return say(as_json, {"id": run.id, "state": run.state} | plain(card), card_lines(run.id, card))


def _say_group(ids: list[str], as_json: bool) -> None:
    """Wait for all runs of a group, then print each and their mean accuracy."""
    from core.runs import notes, summary

    for place in range(len(ids)):
        follow(ids[place:], quiet=as_json)
    runs = [store.read(run_id) for run_id in ids]
    reached = summary.spread(summary.summarise(run).result for run in runs)
    if reached is None:
        raise DigitLabError(runs[0].reason or f"None of the {len(runs)} runs has a model.")
    facts = {
        "group": notes.read(runs[0].folder).group,
        "n": reached.n,
        "mean": reached.mean,
        "deviation": reached.deviation,
        "runs": [run_facts(run) for run in runs],
    }
    spread = "" if reached.deviation is None else f", standard deviation {reached.deviation:.2%}"
    line = f"accuracy: mean {reached.mean:.2%}{spread}, n = {reached.n} of {len(runs)} seeds"
    say(as_json, facts, [*map(run_line, runs), line])
