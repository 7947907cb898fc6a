"""The command line, ``python -m core``: the same engine as the app's, made to be scripted.

Names, options and ``--json`` shapes are stable. Every command exits with 0, or with 2 and one
sentence on standard error. Progress goes to standard error too, and not at all with ``--json``.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import numpy as np

from core import registry
from core.cards import Card
from core.config import parse_setting, with_changes
from core.errors import DigitLabError
from core.evaluation.report import Report
from core.recipes import RECIPES, get_recipe
from core.training import store

_LOOK_EVERY_S = 0.2

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; leaves the process with exit code 0 or 2."""
    try:
        cli.main(arguments, prog_name="python -m core", standalone_mode=False)
    except DigitLabError as fault:
        _leave(str(fault))
    except click.ClickException as fault:
        _leave(fault.format_message())
    except (click.Abort, KeyboardInterrupt):
        _leave("Interrupted: nothing was lost.")


def _leave(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(2)


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def cli(context: click.Context) -> None:
    """Train, inspect and try handwritten-digit classifiers."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@click.option("--fetch", is_flag=True, help="Download MNIST if it is not here.")
@as_json
def data(fetch: bool, as_json: bool) -> None:
    """Say which digits are on this machine."""
    from core.data import default_source, load, mnist

    if fetch and not _has_intact_mnist():
        with click.progressbar(length=100, label="MNIST", file=sys.stderr, hidden=as_json) as bar:
            mnist.fetch(
                progress=lambda done, total: bar.update(round(100 * done / total) - bar.pos)
            )
    found = mnist.find()
    source = default_source()
    digits = load(source)
    facts = {
        "mnist": None if found is None else str(found),
        "source": source,
        "title": digits.title,
        "digest": digits.digest,
        "train": len(digits.x_train),
        "test": len(digits.x_test),
    }
    lines = [
        f"MNIST: {'not on this machine; --fetch downloads it' if found is None else found}",
        f"In use: {digits.title}, {facts['train']:,} training and {facts['test']:,} test images",
    ]
    _say(as_json, facts, lines)


def _has_intact_mnist() -> bool:
    from core.data import load

    try:
        load("mnist")
    except DigitLabError:
        return False
    return True


@cli.command()
@as_json
def recipes(as_json: bool) -> None:
    """List the recipes."""
    facts = [
        {"name": r.name, "summary": r.summary, "known_result": r.known_result}
        | {"config": r.config.model_dump(mode="json")}
        for r in RECIPES.values()
    ]
    _say(as_json, facts, [f"{r.name:15} {r.summary}" for r in RECIPES.values()])


@cli.command()
@click.argument("recipe")
@click.option("--data", "source", help="mnist, sample or a file; default: mnist if it is here.")
@click.option("--seed", type=int, help="Decides weights, order and validation images.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@as_json
def train(
    recipe: str, source: str | None, seed: int | None, settings: tuple[str, ...], as_json: bool
) -> None:
    """Train a recipe and print the card of the model.

    Ctrl-C stops the training after the current batch and keeps what it has.
    """
    from core.data import default_source
    from core.training.launch import launch

    changes: dict[str, Any] = dict(parse_setting(setting) for setting in settings)
    if seed is not None:
        changes["seed"] = seed
    changes["data"] = source or changes.get("data") or default_source()
    run = launch(with_changes(get_recipe(recipe).config, changes))
    run = _follow(run.id, quiet=as_json)
    if not run.has_model:
        raise DigitLabError(run.reason or f"Run '{run.id}' was {run.state} before it began.")
    card = registry.of_run(run).card
    _say(as_json, {"id": run.id, "state": run.state} | _plain(card), _card_lines(run.id, card))


def _follow(run_id: str, quiet: bool) -> store.Run:
    with click.progressbar(length=1, label="starting", file=sys.stderr, hidden=quiet) as bar:
        while True:
            try:
                run = store.read(run_id)
                if not run.state.active:
                    return run
                _show_progress(bar, run)
                time.sleep(_LOOK_EVERY_S)
            except KeyboardInterrupt:
                if store.stop_requested(run.folder):
                    raise
                store.request_stop(run_id)


def _show_progress(bar: Any, run: store.Run) -> None:
    status = run.status
    if status is not None:
        bar.label = status.phase
        bar.length = max(status.total_steps, 1)
        bar.update(status.step - bar.pos)


@cli.group()
def runs() -> None:
    """List, show, stop and remove training runs."""


@runs.command("list")
@as_json
def list_runs(as_json: bool) -> None:
    """List all runs, newest first."""
    found = store.list_runs()
    _say(as_json, [_run_facts(run) for run in found], [_run_line(run) for run in found])


@runs.command()
@click.argument("run_id", metavar="ID")
@as_json
def show(run_id: str, as_json: bool) -> None:
    """Show one run: its state, and its card once it has one."""
    run = store.read(run_id)
    facts = _run_facts(run)
    lines = [_run_line(run)]
    if run.has_model:
        card = registry.of_run(run).card
        facts["card"] = _plain(card)
        lines += _card_lines(run.id, card)
    _say(as_json, facts, lines)


@runs.command()
@click.argument("run_id", metavar="ID")
@as_json
def stop(run_id: str, as_json: bool) -> None:
    """Ask a run to stop; it keeps what it has."""
    run = store.request_stop(run_id)
    _say(as_json, _run_facts(run), [f"{run.id} stops after its current batch."])


@runs.command()
@click.argument("run_id", metavar="ID")
@as_json
def remove(run_id: str, as_json: bool) -> None:
    """Delete a run that is over."""
    store.remove(run_id)
    _say(as_json, {"removed": run_id}, [f"{run_id} was removed."])


@cli.command()
@click.argument("model")
@click.option("--data", "source", help="mnist, sample or a file; default: what it was trained on.")
@as_json
def evaluate(model: str, source: str | None, as_json: bool) -> None:
    """Score a model on the test images of a data set."""
    from core.data import load_test
    from core.evaluation.report import evaluate as score

    found = registry.find(model)
    source = source or _own_source(found)
    test = load_test(source)
    images = test.x.astype(np.float32) / 255
    report = score(test.y, found.predictor().predict(images).probabilities)
    facts = {"model": model, "data": source, **_plain(report)}
    _say(as_json, facts, [f"{model} on {source}", *_report_lines(report)])


def _own_source(model: registry.Model) -> str:
    # Only a file of the user's is worth remembering: MNIST may be missing where the model is used.
    from core.data import default_source

    if (model.folder / store.CARD).is_file():
        source = model.card.data.source
        if Path(source).is_file():
            return source
    return default_source()


@cli.command()
@click.option("--model", help="A name, a run's id or a path; default: the model in use.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@as_json
def read(model: str | None, files: tuple[str, ...], as_json: bool) -> None:
    """Read pictures, or the canvases in an .npz file."""
    from core.reading.pictures import decode_file, load_canvases
    from core.reading.reader import read as read_picture

    predictor = _model_in_use(model).predictor()
    facts = []
    for file in files:
        path = Path(file)
        pictures = load_canvases(path) if path.suffix == ".npz" else [decode_file(path)]
        for index, picture in enumerate(pictures):
            reading = read_picture(picture, predictor)
            facts.append({"file": file, "index": index, **reading.to_json()})
    lines = [f"{fact['file']}: {fact['text'] or '-'} ({fact['verdict']})" for fact in facts]
    _say(as_json, facts, lines)


def _model_in_use(name: str | None) -> registry.Model:
    model = registry.find(name) if name else registry.active()
    if model is None:
        raise DigitLabError("There is no model yet: train one with `python -m core train sprint`.")
    return model


@cli.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@as_json
def promote(run_id: str, name: str, as_json: bool) -> None:
    """Keep a run's model in models/ under a name."""
    model = registry.promote(run_id, name)
    facts = {"name": name, "folder": str(model.folder)}
    _say(as_json, facts, [f"{name} is now in {model.folder}."])


def _say(as_json: bool, facts: Any, lines: list[str]) -> None:
    click.echo(json.dumps(facts) if as_json else "\n".join(lines))


def _plain(model: Card | Report) -> dict[str, Any]:
    return model.model_dump(mode="json")


def _run_facts(run: store.Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "reason": run.reason,
        "created": run.created and run.created.isoformat(),
        "duration_s": run.duration_s,
        "accuracy": run.status and run.status.accuracy,
        "config": run.config and run.config.model_dump(mode="json"),
        "status": run.status and run.status.model_dump(mode="json"),
    }


def _run_line(run: store.Run) -> str:
    accuracy = run.status and run.status.accuracy
    shown = "" if accuracy is None else f"{accuracy:.2%}"
    took = "" if run.duration_s is None else str(timedelta(seconds=round(run.duration_s)))
    return f"{run.id:42} {run.state:10} {shown:>7} {took:>8}  {run.reason}".rstrip()


def _card_lines(name: str, card: Card) -> list[str]:
    training = card.training
    return [
        f"{name}: recipe {card.config.recipe}, seed {card.config.seed}, "
        f"{card.parameters:,} parameters, on {card.data.title}",
        f"{training.epochs_done} of {card.config.epochs} epochs, {training.cpu_seconds:.1f} CPU "
        f"seconds, {training.wall_seconds:.1f} s" + (", stopped" if training.stopped_early else ""),
        *_report_lines(card.test),
    ]


def _report_lines(report: Report) -> list[str]:
    low, high = report.interval
    table = [
        f"  {c.digit}   {c.precision:9.2%} {c.recall:9.2%} {c.f1:9.2%} {c.support:8,}"
        for c in report.classes
    ]
    return [
        f"accuracy {report.accuracy:.2%} ({report.correct:,} of {report.n:,}; 95 % interval "
        f"{low:.2%} to {high:.2%}), loss {report.loss:.4f}",
        "digit  precision    recall        F1  support",
        *table,
    ]
