"""The commands `models`, `promote` and `add` of ``python -m core``."""

from pathlib import Path

import click

from core import own_models, registry
from core.cli.output import as_json, card_lines, plain, say, silent_stderr
from core.errors import DigitLabError


@click.command()
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


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@as_json
def promote(run_id: str, name: str, as_json: bool) -> None:
    """Keep a run's model in models/ under a name."""
    model = own_models.promote(run_id, name)
    facts = {"name": name, "folder": str(model.folder)}
    say(as_json, facts, [f"{name} is saved in {model.folder}."])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("name")
@as_json
def add(file: Path, name: str, as_json: bool) -> None:
    """Keep a model from elsewhere in models/ under a name.

    FILE is a .keras or HDF5 file of Keras or an ONNX file of PyTorch or another program, with ten
    outputs. How it wants its pictures is found by trying it on training digits, and said on its
    card. Inspect, Draw and every command then take it as one of ours.
    """
    from core.brought_models import adopt

    if registry.existing_path(str(file)) is None:
        raise DigitLabError(f"There is no file '{file}': check its name and folder.")
    with silent_stderr():
        model = adopt.adopt_as(file.expanduser(), name)
    card = model.card
    facts = {"name": name, "folder": str(model.folder), **plain(card)}
    say(as_json, facts, [f"{name} is saved in {model.folder}.", *card_lines(name, card)])
