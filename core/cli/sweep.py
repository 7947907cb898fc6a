"""``python -m core sweep``: trying out settings, with Optuna to choose them."""

import time
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from core.cli import spaces
from core.cli.configuration import configuration, with_readable_data
from core.cli.follow import follow, progress_bar
from core.cli.output import as_json, help_if_alone, overwrite, run_facts, run_line, say, write_file
from core.errors import DigitLabError
from core.sweeps import book, control, launch, repeats, store, trash
from core.sweeps.config import parse
from core.sweeps.export import FORMATS, all_facts, as_csv, facts
from core.sweeps.export import as_json as whole_as_json
from core.sweeps.luck import Mean
from core.sweeps.space import parse_varied
from core.sweeps.store import State, Sweep, Try

_LOOK_EVERY_S = 0.5
_named = click.argument("name", metavar="NAME")


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def sweep(context: click.Context) -> None:
    """Try out settings, and find the best."""
    help_if_alone(context)


@sweep.command()
@click.argument("recipe", required=False)
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="A configuration instead of RECIPE."
)
@click.option(
    "--file", "whole", type=click.Path(path_type=Path), help="A whole sweep instead of all this."
)
@click.option("--space", help="One that was saved, by its name, instead of all this.")
@click.option("--data", "source", help="As for `train`.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of all tries, as in epochs=3. Repeatable.",
)
@click.option(
    "--vary",
    multiple=True,
    metavar="KEY=VALUES",
    help="What to try: LOW..HIGH, LOW..HIGH:log, LOW..HIGH:STEP, or choices with commas between "
    "them. KEY may be learning_rate, layers.2.units or augmentation.rotation; layers.3=on,off "
    "leaves a layer out. Repeatable.",
)
@click.option("--tries", type=int, help="How many; default: 24.")
@click.option("--at-once", type=int, help="How many train or wait together; default: 1.")
@click.option("--sampler", type=click.Choice(["tpe", "random", "grid"]), help="Default: tpe.")
@click.option("--pruner", type=click.Choice(["asha", "none"]), help="Default: asha.")
@click.option("--seed", type=int, help="Of the sampler and of all tries; default: 0.")
@click.option("--name", default="", help="Its name; default: one by the recipe.")
@click.option("--detach", is_flag=True, help="Return at once, while the sweep continues.")
@as_json
def run(
    recipe: str | None,
    file: Path | None,
    whole: Path | None,
    space: str | None,
    source: str | None,
    settings: tuple[str, ...],
    vary: tuple[str, ...],
    name: str,
    detach: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Start a sweep, and wait for its end.

    The settings as they are come first, then those that look best. All are compared on validation
    images, and the test images are left alone. Ctrl-C stops the sweep, a second one returns to the
    shell while it ends.
    """
    if whole is not None and space is not None:
        raise DigitLabError("--file and --space both name a whole sweep: give one of them.")
    if whole is None and space is None:
        changes = {"data": source, "seed": options["seed"]}
        base = configuration(recipe, file, settings, changes, as_is=False, quiet=as_json)
        given = {key: value for key, value in options.items() if value is not None}
        varied = dict(parse_varied(one) for one in vary)
        wanted = parse({"base": base, "vary": varied, **given})
    else:
        wanted = spaces.read_file(whole) if whole is not None else book.find(space or "")
        base = with_readable_data(wanted.base, as_is=False, quiet=as_json)
        wanted = wanted.model_copy(update={"base": base})
    started = launch.start(wanted, name)
    _say(started if detach else follow_sweep(started.name, as_json), as_json)


@sweep.command("list")
@as_json
def list_sweeps(as_json: bool) -> None:
    """List all sweeps, the latest first."""
    found = store.all_sweeps()
    none = ["There are no sweeps yet: start one with `python -m core sweep run`."]
    say(as_json, [facts(one) for one in found], [*map(_line, found)] or none)


@sweep.command()
@_named
@as_json
def show(name: str, as_json: bool) -> None:
    """Show a sweep and its tries."""
    _say(store.read(name), as_json)


@sweep.command()
@_named
@as_json
def stop(name: str, as_json: bool) -> None:
    """Stop a sweep; `sweep resume` lets it go on."""
    found = control.stop(name)
    say(as_json, facts(found), [f"{name} stops."])


@sweep.command()
@_named
@as_json
def pause(name: str, as_json: bool) -> None:
    """Pause a sweep and the tries that train, until it is resumed."""
    found = control.pause(name)
    say(as_json, facts(found), [f"{name} will pause."])


@sweep.command()
@_named
@as_json
def resume(name: str, as_json: bool) -> None:
    """Resume a sweep that is paused, or that ended before all its tries."""
    found = control.go_on(name)
    say(as_json, facts(found), [f"{name} continues."])


@sweep.command()
@_named
@click.argument("more", type=int)
@as_json
def add(name: str, more: int, as_json: bool) -> None:
    """Let a sweep try MORE settings."""
    found = control.add(name, more)
    say(as_json, facts(found), [f"{name} tries {found.wanted} settings in all."])


@sweep.command()
@_named
@as_json
def remove(name: str, as_json: bool) -> None:
    """Delete a sweep and its runs; within an hour `sweep restore` brings them back."""
    trash.remove(name)
    say(as_json, {"removed": name}, [f"{name} and its runs were removed."])


@sweep.command()
@_named
@as_json
def restore(name: str, as_json: bool) -> None:
    """Restore a sweep that was deleted within the last hour."""
    found = trash.undo(name)
    say(as_json, facts(found), [f"{name} is back."])


@sweep.command()
@_named
@click.option("--detach", is_flag=True, help="Return at once, while the runs train.")
@as_json
def repeat(name: str, detach: bool, as_json: bool) -> None:
    """Train the best and the starting point with five seeds, and test both.

    The seeds are new ones. This is the first time that the test images are looked at. Prints both
    accuracies with their intervals, a paired test, and how much of the advantage in the sweep would
    be luck among as many tries. Asked for again, it shows the same runs.
    """
    found = repeats.start(name)
    if not detach:
        ids = [run.id for run in (*found.best, *found.base)]
        for place in range(len(ids)):
            follow(ids[place:], quiet=as_json)
    _say_repeats(repeats.read(name) or found, as_json)


@sweep.command()
@_named
@click.argument("out", type=click.Path(path_type=Path), required=False)
@overwrite
@as_json
def export(name: str, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Write the tries of a sweep as .csv, or all of it as .json.

    OUT is the file to write; default: NAME.csv, in this folder.
    """
    found = store.read(name)
    path = Path(f"{name}.csv") if out is None else out
    kind = path.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise DigitLabError(f"'{path}' ends neither in .csv nor in .json: name the file so.")
    content = (as_csv(found) if kind == "csv" else whole_as_json(found)).encode()
    write_file(path, content, overwrite)
    told = {"name": name, "path": str(path), "bytes": len(content)}
    say(as_json, told, [f"{path}, {len(content):,} bytes"])


for _command in (spaces.spaces, spaces.save, spaces.space):
    sweep.add_command(_command)


def _say_repeats(found: repeats.Repeats, as_json: bool) -> None:
    tested, luck = found.tested, found.luck
    told = {
        "number": found.number,
        "best": [run_facts(run) for run in found.best],
        "base": [run_facts(run) for run in found.base],
        "tested": None if tested is None else asdict(tested),
        "luck": None if luck is None else asdict(luck),
    }
    lines = [*map(run_line, (*found.best, *found.base))]
    if tested is not None:
        lines += [
            f"the best (try {found.number}): {_mean(tested.best)}",
            f"the starting point: {_mean(tested.base)}",
            f"ahead, seed by seed: {_mean(tested.ahead)}",
            tested.words,
        ]
    lines += [] if luck is None else [luck.words]
    say(as_json, told, lines)


def _mean(found: Mean) -> str:
    if found.low is None or found.high is None:
        return f"{found.mean:.2%}"
    return f"{found.mean:.2%} (95 % interval {found.low:.2%} to {found.high:.2%}, n = {found.n})"


def follow_sweep(name: str, quiet: bool) -> Sweep:
    """Show the progress of a sweep until it ends; Ctrl-C stops it."""
    with progress_bar("starting", length=1, quiet=quiet) as bar:
        while True:
            try:
                found = store.read(name)
                bar.label = _progress(found)
                bar.length = max(found.wanted, 1)
                bar.update(found.done - bar.pos)
                if not found.state.active:
                    return found
                time.sleep(_LOOK_EVERY_S)
            except KeyboardInterrupt:
                if store.read(name).state is State.STOPPING:
                    raise DigitLabError(
                        f"Sweep '{name}' is still stopping: see how it ended with `python -m core "
                        f"sweep show {name}`."
                    ) from None
                with suppress(DigitLabError):  # It has just ended.
                    control.stop(name)


def _progress(found: Sweep) -> str:
    best = found.best
    reached = f", best {best.value:.2%}" if best and best.value is not None else ""
    return f"{found.state}, try {min(found.done + 1, found.wanted)} of {found.wanted}{reached}"


def _say(found: Sweep, as_json: bool) -> None:
    if found.reason and not as_json and not found.tries:
        raise DigitLabError(found.reason)
    say(as_json, all_facts(found), [_line(found), *map(_try_line, found.tries)])


def _line(found: Sweep) -> str:
    best = "" if found.best is None else f"best {found.best.value:.2%} (try {found.best.number})"
    took = str(timedelta(seconds=round(found.cpu_seconds)))
    tries = f"{found.done} of {found.wanted} tries"
    first = f"{found.name:24} {found.state:10} {tries:18} {took:>8} CPU"
    return "  ".join(filter(None, (first, best, found.reason)))


def _try_line(one: Try) -> str:
    shown = "" if one.value is None else f"{one.value:.2%}"
    parameters = "  ".join(f"{name}={_short(value)}" for name, value in one.parameters.items())
    return f"{one.number:4} {one.state:10} {shown:>7}  {parameters}  {one.reason or one.run}"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
