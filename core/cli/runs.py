"""``python -m core runs``: listing, steering, comparing, moving and removing training runs."""

from pathlib import Path
from typing import Any

import click

from core import registry
from core.cards import Card, tested_alike
from core.cli.output import (
    as_json,
    card_lines,
    help_if_alone,
    overwrite,
    plain,
    run_facts,
    run_line,
    say,
    write_file,
)
from core.errors import DigitLabError
from core.evaluation import compare as comparison
from core.export import passport
from core.launch.process import resume
from core.runs import control, notes, removal, store


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def runs(context: click.Context) -> None:
    """List, show, steer, compare, move and remove training runs."""
    help_if_alone(context)


@runs.command("list")
@as_json
def list_runs(as_json: bool) -> None:
    """List all runs, newest first."""
    found = store.list_runs()
    lines = [run_line(run) for run in found]
    none = ["There are no runs yet: start one with `python -m core train sprint`."]
    say(as_json, [run_facts(run) for run in found], lines or none)


@runs.command()
@click.argument("run_id", metavar="RUN")
@as_json
def show(run_id: str, as_json: bool) -> None:
    """Show one run: its state, and its card once it has one."""
    run = store.read(run_id)
    facts = run_facts(run)
    lines = [run_line(run)]
    if run.has_model:
        card = registry.of_run(run).card
        facts["card"] = plain(card)
        lines += card_lines(run.id, card)
    say(as_json, facts, lines)


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--keep-best",
    is_flag=True,
    help="Use the weights of the epoch with the lowest validation loss.",
)
@as_json
def stop(run_id: str, keep_best: bool, as_json: bool) -> None:
    """Ask a run to stop; it keeps the model so far."""
    run = control.stop(run_id, keep_best)
    say(as_json, run_facts(run), [f"{run.id} will stop after its current batch."])


@runs.command()
@click.argument("run_id", metavar="RUN")
@as_json
def pause(run_id: str, as_json: bool) -> None:
    """Pause a run after its current batch, until it is resumed."""
    run = control.pause(run_id)
    say(as_json, run_facts(run), [f"{run.id} will pause after its current batch."])


@runs.command("resume")
@click.argument("run_id", metavar="RUN")
@click.option("--here", is_flag=True, help="On this machine, though another one trained it.")
@as_json
def resume_run(run_id: str, here: bool, as_json: bool) -> None:
    """Resume a run that is paused, or whose process has ended.

    A run that was lost, has failed or was stopped with its sweep continues from its last epoch.
    """
    again = store.read(run_id).can_resume
    run = resume(run_id, here=here) if again else control.go_on(run_id)
    say(as_json, run_facts(run), [f"{run.id} continues."])


@runs.command()
@click.argument("run_id", metavar="RUN")
@as_json
def remove(run_id: str, as_json: bool) -> None:
    """Delete a run that has ended."""
    removal.remove(run_id)
    say(as_json, {"removed": run_id}, [f"{run_id} was removed."])


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@as_json
def rename(run_id: str, name: str, as_json: bool) -> None:
    """Name a run; an empty NAME removes its name."""
    said = notes.change(run_id, name=name)
    shown = f"is now called {said.name}" if said.name else "no longer has a name"
    say(as_json, run_facts(store.read(run_id)), [f"{run_id} {shown}."])


@runs.command("export")
@click.argument("run_id", metavar="RUN")
@click.argument("out", type=click.Path(path_type=Path), required=False)
@overwrite
@as_json
def export_run(run_id: str, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Write a run as one file, its passport.

    It contains settings, versions, curves, answers, model and notes. OUT is the file to write;
    default: the id of the run, in this folder.
    """
    content = passport.pack(run_id)
    path = Path(f"{run_id}{passport.SUFFIX}") if out is None else out
    write_file(path, content, overwrite)
    facts = {"id": run_id, "path": str(path), "bytes": len(content)}
    say(as_json, facts, [f"{path}, {len(content):,} bytes"])


@runs.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def import_run(file: Path, as_json: bool) -> None:
    """Import a run from its passport; nothing starts."""
    run = passport.unpack_file(file)
    say(as_json, run_facts(run), [run_line(run)])


@runs.command()
@click.argument("run_ids", nargs=-1, required=True, metavar="RUN...")
@as_json
def compare(run_ids: tuple[str, ...], as_json: bool) -> None:
    """Compare two to eight runs, and test their differences.

    Prints the settings in which they differ. Pairs are compared with McNemar's exact test on the
    images that both were tested on; p-values are corrected for the number of pairs (Holm).
    """
    least, most = comparison.LEAST, comparison.MOST
    if not least <= len(run_ids) <= most or len(set(run_ids)) < len(run_ids):
        raise DigitLabError(f"Give {least} to {most} different runs to compare.")
    models = [registry.of_run(store.read(run_id)) for run_id in run_ids]
    cards = [model.card for model in models]
    differences = comparison.differences([card.here.config for card in cards])
    alike = tested_alike(cards)
    pairs, places = _paired([models[place] for place in alike]) if alike else ([], None)
    facts = {
        "runs": [
            {"id": run_id, "accuracy": card.test.accuracy, "interval": card.test.interval}
            | {"n": card.test.n, "test_digest": card.data.test_digest}
            | {"scored_on": card.scored_on}
            for run_id, card in zip(run_ids, cards, strict=True)
        ],
        "differences": differences,
        "pairs": [{**pair, "means": words} for pair, words in pairs],
        "disagreements": places,
    }
    lines = [_accuracy_line(run_id, card) for run_id, card in zip(run_ids, cards, strict=True)]
    lines += [f"{name}: {' | '.join(map(str, found))}" for name, found in differences.items()]
    lines += [words for _, words in pairs]
    if places is None:
        lines.append(
            "The runs were not tested on the same digits, so their answers cannot be compared."
        )
    else:
        lines.append(f"{len(places):,} images on which they disagree")
    say(as_json, facts, lines)


def _paired(models: list[registry.Model]) -> tuple[list[tuple[dict[str, Any], str]], list[int]]:
    """Return the test of each pair with its meaning, and the images with different answers."""
    found = [model.predictions() for model in models]
    answers = [probabilities.argmax(axis=1) for _, probabilities in found]
    names = [model.name for model in models]
    right = [given == labels for given, (labels, _) in zip(answers, found, strict=True)]
    pairs = comparison.pairs(right)
    facts = [
        {
            "first": names[pair.first],
            "second": names[pair.second],
            "only_first": pair.only_first,
            "only_second": pair.only_second,
            "p_value": pair.p_value,
            "adjusted": pair.adjusted,
        }
        for pair in pairs
    ]
    words = [comparison.in_words(pair, names, len(pairs)) for pair in pairs]
    return list(zip(facts, words, strict=True)), comparison.disagreements(answers).tolist()


def _accuracy_line(run_id: str, card: Card) -> str:
    low, high = card.test.interval
    on = "" if card.scored_on == "test" else ", on validation images"
    return f"{run_id:42} {card.test.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}){on}"
