"""The command line, ``python -m core``: the engine of the app, for scripts.

Names, options and ``--json`` shapes are stable. Every command exits with 0, or with 2 after one
sentence on standard error and nothing on standard output; `read` alone answers for the files that
it can read, and has a sentence for each of the others. A command exits silently with 1 only if the
reader of its output closed the pipe. Progress is shown on standard error if that is a terminal,
and not with ``--json``. Lines there say it if `train` could not fetch MNIST unasked, and what was
set right in digits that lie the wrong way.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from core import registry
from core.cli.configuration import configuration
from core.cli.corrections import corrections
from core.cli.explain import report, study
from core.cli.fetch import fetch_mnist
from core.cli.finetune import finetune
from core.cli.follow import follow
from core.cli.given_model import add, brought_facts, brought_lines, exportable, open_model
from core.cli.output import (
    as_json,
    card_lines,
    described,
    help_if_alone,
    overwrite,
    plain,
    run_facts,
    run_line,
    say,
    score_lines,
    silent_stderr,
    tell,
)
from core.cli.runs import runs
from core.cli.sweep import sweep
from core.disk import refusals
from core.errors import DigitLabError
from core.launch.repeat import MOST_AT_A_TIME, train_group
from core.recipes.book import all_recipes
from core.runs import store

if TYPE_CHECKING:
    from core.reading.predictor import Predictor
    from core.reading.reader import Reading


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit with code 2 if something is wrong."""
    # A file name that the terminal cannot show must not cost the answer.
    if isinstance(sys.stdout, io.TextIOWrapper):  # It may be closed, and is None then.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        cli.main(arguments, prog_name="python -m core", standalone_mode=False)
    except DigitLabError as fault:
        _leave(str(fault))
    except click.UsageError as fault:
        _leave(_usage_sentence(fault))
    except OSError as fault:  # Not foreseen by any command: missing rights, a full disk.
        _leave(_system_sentence(fault))
    except (click.Abort, KeyboardInterrupt):
        _leave("Interrupted: nothing was lost.")


def _leave(sentence: str) -> None:
    tell(" ".join(sentence.split()))
    sys.exit(2)


def _usage_sentence(fault: click.UsageError) -> str:
    problem, _, hint = fault.format_message().partition(" Did you mean ")
    command = fault.ctx.command_path if fault.ctx else "python -m core"
    advice = f"did you mean {hint}" if hint else f"see `{command} --help`."
    return f"{problem.rstrip('.')}: {advice}"


def _system_sentence(fault: OSError) -> str:
    reason = refusals.reason(fault)
    if fault.filename is None:
        return f"The output could not be written ({reason}): check where it goes."
    elsewhere = "set DIGIT_LAB_HOME and DIGIT_LAB_DATA to other folders"
    return f"'{fault.filename}' cannot be used ({reason}): {refusals.advice(fault, elsewhere)}."


@click.group(
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Train, inspect and try handwritten-digit classifiers."""
    help_if_alone(context)


as_is = click.option(
    "--as-is",
    is_flag=True,
    help="Leave digits of a file as they lie, and take also what does not look like digits.",
)


@cli.command()
@click.argument("path", required=False)
@click.option("--fetch", is_flag=True, help="Download MNIST if it is missing.")
@as_json
def data(path: str | None, fetch: bool, as_json: bool) -> None:
    """Show the data sets here, or what a file or folder holds.

    PATH is whatever holds digits: a CSV file, a folder or .zip of pictures by digit, an .npz, .npy,
    .mat, HDF5 or Parquet file, or IDX files. Says what was recognised, how many there are of each
    digit, and what `train` sets right: black on white, transposed, turned or mirrored digits.
    """
    from core.data import default_source, existing, files, idx, load, mnist

    if fetch and not _has_intact_mnist():
        fetch_mnist(quiet=as_json)
    found = mnist.find()
    facts: dict[str, Any] = {"mnist": None if found is None else str(found)}
    if path in (None, "mnist", "sample"):
        digits = load(path or default_source())
        facts |= {"source": digits.name, "title": digits.title, "digest": digits.digest}
        arrays = {"y_train": digits.y_train, "y_test": digits.y_test}
        facts |= {"recognised": digits.title, "set_right": [], "remarks": []}
    else:
        place = existing(path)
        # What is kept was looked at when it was brought, and stays as it is.
        brought = files.look(place, as_is=place in files.own_files())
        arrays = brought.arrays()
        facts |= {"source": path, "title": brought.title, "digest": idx.sha256(*arrays.values())}
        facts |= {"recognised": brought.recognised, "set_right": brought.set_right()}
        facts |= {"remarks": brought.remarks}
    labels = [arrays["y_train"], arrays["y_test"]]
    facts |= {"train": len(labels[0]), "test": len(labels[1])}
    facts["labels"] = np.bincount(np.concatenate(labels), minlength=10).tolist()
    say(as_json, facts, _about_data(facts, found, path))


def _about_data(facts: dict[str, Any], mnist: Path | None, path: str | None) -> list[str]:
    parts = f"{facts['train']:,} training and {facts['test']:,} test images"
    if path in (None, "mnist", "sample"):
        return [
            f"MNIST: {'not on this machine; --fetch downloads it' if mnist is None else mnist}",
            f"In use: {facts['title']}, {parts}",
        ]
    each = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(facts["labels"]))
    return [
        f"{path}: {facts['recognised']}",
        f"{parts}; {each}",
        *(f"{said} --as-is keeps them as they are." for said in facts["set_right"]),
        *facts["remarks"],
    ]


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
        for r in all_recipes().values()
    ]
    say(as_json, facts, described([(r.name, r.summary) for r in all_recipes().values()]))


@cli.command()
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
@as_json
def train(
    recipe: str | None,
    file: Path | None,
    source: str | None,
    as_is: bool,
    seed: int | None,
    count: int,
    settings: tuple[str, ...],
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
        return _say_group([run.id for run in train_group(config, seeds)], as_json)
    from core.launch.process import launch

    run = follow([launch(config).id], quiet=as_json)
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


cli.add_command(runs)
cli.add_command(sweep)
cli.add_command(study)
cli.add_command(report)
cli.add_command(corrections)
cli.add_command(finetune)
cli.add_command(add)


@cli.command()
@click.argument("model")
@click.option(
    "--data",
    "source",
    help="mnist, sample, or whatever holds digits (see `data`); default: what it learnt from.",
)
@as_is
@as_json
def evaluate(model: str, source: str | None, as_is: bool, as_json: bool) -> None:
    """Score a model on the test images of a data set.

    MODEL is a name in models/, a run's id, or the path of a model folder or of a file of ONNX or
    Keras, also from another program. It then says what was put around the network, and how sure it
    is of that.
    """
    from core.data import load_test
    from core.evaluation.scores import evaluate as score
    from core.reading.normalise import as_floats

    given = open_model(model)
    source = source or _own_source(given.folder)
    test = load_test(source, as_is=as_is)
    for said in test.remarks:
        tell(f"{source}: {said}")
    scores = score(test.y, given.predictor.predict(as_floats(test.x)).probabilities)
    facts = {"model": model, "data": source, **plain(scores), **brought_facts(given.brought)}
    lines = [f"{model} on {source}", *brought_lines(given.brought), *score_lines(scores)]
    say(as_json, facts, lines)


def _own_source(folder: Path) -> str:
    """Return the data that a model was trained on, or the default if MNIST is missing."""
    from core.cards import read_card
    from core.data import default_source

    if not (folder / store.CARD).is_file():
        return default_source()
    source = read_card(folder / store.CARD).data.source
    return default_source() if source == "mnist" else source


@cli.command()
@click.option("--model", help="A name, a run's id or a path; default: the model in use.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@as_json
def read(model: str | None, files: tuple[str, ...], as_json: bool) -> None:
    """Read the digit or the number in pictures.

    FILE is a PNG, JPEG, WebP, BMP, GIF, TIFF or AVIF picture, - for one from standard input, or an
    .npz file with an array named canvases: uint8 of shape (n, h, w), (n, h, w, 3) or (n, h, w, 4).

    Digits may stand on several lines or in a ruled table. A frame around them is ignored. Prints
    the text, with ? for anything but a digit, and the verdict: digit, unsure, not-a-digit, no-ink
    (none that could be told from a table or a shadow) or blank. A file that cannot be read is named
    on standard error, and the others are read; the exit code is 2 then.
    """
    from core.reading.gate import load_if_there
    from core.reading.reader import read as read_picture

    gate = load_if_there()
    predictor = _model_in_use() if model is None else _named(model, quiet=as_json)
    facts: list[dict[str, Any]] = []
    lines, faults = [], []
    for file in files:
        try:
            pictures = _pictures(file)
        except DigitLabError as fault:
            if len(files) == 1:
                raise
            facts.append({"file": file, "error": str(fault)})
            faults.append(str(fault))
            continue
        for index, picture in enumerate(pictures):
            reading = read_picture(picture, predictor, gate, turns=True)
            height, width = picture.shape[:2]  # the units of the boxes: large JPEGs are reduced
            size = {"width": width, "height": height}
            facts.append({"file": file, "index": index, **size, **reading.to_json()})
            name = file if len(pictures) == 1 else f"{file}[{index}]"
            text = reading.text.split("\n") if reading.text else ["-"]
            text[-1] += f" ({_verdict(reading)})"
            lines.append(f"{name}: {text[0]}")
            lines += [f"{'':{len(name)}}  {line}" for line in text[1:]]
    say(as_json, facts, lines)
    if faults:
        for sentence in faults[:-1]:
            tell(" ".join(sentence.split()))
        raise DigitLabError(faults[-1])


def _named(model: str, quiet: bool) -> "Predictor":
    """Return a model to read with, and say on standard error how one from elsewhere is taken."""
    given = open_model(model)
    for line in [] if quiet else brought_lines(given.brought):
        tell(line)
    return given.predictor


def _verdict(reading: "Reading") -> str:
    """Say the verdict, for a single digit the other candidates, and what it reads turned."""
    if reading.turned:
        return f"{reading.verdict}; turned, it reads {' / '.join(reading.turned.splitlines())}"
    if reading.left_out and reading.digits:
        return f"{reading.verdict}, something was left out that touches the border or a ruled line"
    if len(reading.digits) == 1:
        (digit,) = reading.digits
        if reading.verdict == "unsure":
            return f"unsure: {' or '.join(map(str, digit.candidates))}"
        if reading.verdict == "not-a-digit":
            return f"not-a-digit, nearest is {digit.digit}"
    return reading.verdict


def _model_in_use() -> "Predictor":
    model = registry.active()
    if model is None:
        raise DigitLabError("There is no model yet: train one with `python -m core train sprint`.")
    return model.predictor()


def _pictures(file: str) -> list[np.ndarray]:
    from core.reading.pictures import MAX_FILE_BYTES, decode, decode_file, load_canvases

    if file == "-":
        if sys.stdin is None:
            raise DigitLabError(
                "Standard input is closed: give a file, or send a picture to standard input."
            )
        # One byte more than the limit, so that a larger picture is refused and not cut off.
        content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        try:
            return [decode(content)]
        except DigitLabError as fault:
            raise DigitLabError(f"Standard input: {fault}") from fault
    path = Path(file)
    return list(load_canvases(path)) if path.suffix.lower() == ".npz" else [decode_file(path)]


@cli.command()
@click.argument("model")
@click.argument("format_name", metavar="FORMAT")
@click.argument("out", type=click.Path(path_type=Path))
@overwrite
@as_json
def export(model: str, format_name: str, out: Path, overwrite: bool, as_json: bool) -> None:
    """Export a model to a format of other programs, and check it.

    The file is written only if its answers agree with those of Keras. MODEL is a name in models/, a
    run's id, or the path of a model folder or of a file, as for `evaluate`; one that is only ONNX
    can be written as onnx alone. FORMAT is keras, onnx, litert,
    litert-int8, weights or savedmodel. OUT is the file to write, or the folder for savedmodel; the
    model's card and a short example go beside it.
    """
    from core.export.delivery import deliver
    from core.export.formats import get_format

    wanted = get_format(format_name)
    with silent_stderr(), exportable(model) as taken:
        done = deliver(taken, wanted, out, overwrite)
    facts = {
        "model": model,
        "format": wanted.name,
        "path": str(done.path),
        "bytes": done.bytes,
        "largest_difference": done.largest_difference,
        "agreement": done.agreement,
        "check_images": done.n,
        "checked_on": done.checked_on,
        "beside": list(done.beside),
    }
    same = round(done.agreement * done.n)
    checked = (
        f"Same answer as Keras on {same:,} of {done.n:,} test digits ({done.checked_on}); largest "
        f"difference between probabilities: {done.largest_difference:.1g}"
    )
    lines = [
        f"{model} as {wanted.title}: {done.path}, {done.bytes:,} bytes",
        checked if done.n else "It is the model's own file, unchanged.",
        f"Also written: {', '.join(done.beside)}",
    ]
    say(as_json, facts, lines)


@cli.command()
@click.option(
    "--use",
    "name",
    metavar="NAME",
    help="Make this the model in use, here and for new visitors of the app.",
)
@as_json
def models(name: str | None, as_json: bool) -> None:
    """List the models in models/, and choose the one in use."""
    found = registry.list_models()
    if name is not None:
        if name not in [model.name for model in found]:
            raise DigitLabError(
                f"There is no model '{name}' in models/: `python -m core models` lists them, and "
                "`promote` adds the model of a run."
            )
        registry.set_active(name)
    in_use = registry.active()
    facts = [
        {"name": model.name, "in_use": model == in_use, "folder": str(model.folder)}
        | {"parameters": model.card.parameters, "accuracy": model.card.test.accuracy}
        | {"data": model.card.data.source}
        for model in found
    ]
    width = max((len(model.name) for model in found), default=0)
    lines = [
        f"{fact['name']:{width}}  {'yes' if fact['in_use'] else '':6}  {fact['accuracy']:8.2%}  "
        f"{fact['parameters']:10,}  {fact['data']}"
        for fact in facts
    ]
    header = f"{'model':{width}}  in use  accuracy  parameters  data"
    none = ["There is no model yet: train one with `python -m core train sprint`."]
    say(as_json, facts, [header, *lines] if lines else none)


@cli.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@as_json
def promote(run_id: str, name: str, as_json: bool) -> None:
    """Keep a run's model in models/ under a name."""
    model = registry.promote(run_id, name)
    facts = {"name": name, "folder": str(model.folder)}
    say(as_json, facts, [f"{name} is saved in {model.folder}."])
