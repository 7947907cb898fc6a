"""The references in docs/, written from the code: ``python -m tools.reference``.

docs/shell.md lists each command with its usage, its help and a table of its options.
docs/configuration.md lists each setting of a training run and each kind of layer. The text above
`MARK` in them is written by hand and stays. ``tests/docs`` fails if a reference is out of date.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.architecture import LAYER_TYPES
from core.cli.main import cli
from core.config import TrainConfig
from core.data.augment import Augmentation

DOCS = Path(__file__).resolve().parent.parent / "docs"
MARK = "<!-- Written by `python -m tools.reference` from the code: change that, not this. -->\n"
PROGRAM = "python -m core"
EVERYWHERE = {"--json"}  # every command has it: said once, above


def main() -> None:
    """Replace what stands below the mark of each document."""
    for name in REFERENCES:
        (DOCS / name).write_text(document(name), encoding="utf-8")


def document(name: str) -> str:
    """Return a document as it should be."""
    by_hand, mark, _ = (DOCS / name).read_text(encoding="utf-8").partition(MARK)
    return by_hand + mark + "\n" + "\n".join(REFERENCES[name]())


def commands() -> Iterator[click.Context]:
    """Return the commands of the shell, those in groups included, as they are listed in help."""
    yield from _below(click.Context(cli, info_name=PROGRAM))


def _below(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        yield context
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if not command.hidden:
            yield from _below(click.Context(command, info_name=name, parent=context))


def _shell() -> Iterator[str]:
    for context in commands():
        command, path = context.command, context.command_path
        usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "[options]")
        yield f"### {path.removeprefix(PROGRAM + ' ')}\n"
        yield f"```text\n{path} {usage}\n```\n"
        for paragraph in command.help.split("\n\n"):
            yield " ".join(paragraph.split()) + "\n"
        rows = [
            (_usage(option, context), option.help)
            for option in command.params
            if isinstance(option, click.Option) and not option.hidden
            if not EVERYWHERE & {*option.opts}
        ]
        if rows:
            yield from _table(("option", "what it does"), rows)


def _usage(option: click.Option, context: click.Context) -> str:
    names = ", ".join(option.opts)
    return f"`{names}`" if option.is_flag else f"`{names} {option.make_metavar(context)}`"


def _configuration() -> Iterator[str]:
    yield "## Settings of a run\n"
    yield from _fields(TrainConfig)
    yield "## Augmentation\n"
    yield from _fields(Augmentation)
    yield "## Layers\n"
    for name, kind in LAYER_TYPES.items():
        yield f"### {name}\n"
        yield f"{kind.__doc__.strip()}\n"
        if kind.model_fields.keys() > {"layer"}:
            yield from _fields(kind)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    rows = [
        (f"`{name}`", field.description, _default(field))
        for name, field in model.model_fields.items()
        if name != "layer"  # which kind it is: the heading says it
    ]
    yield from _table(("setting", "must be", "default"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "to be given"
    if isinstance(field.default, Augmentation | list):
        return "none"
    shown = {None: "all", "": "empty", True: "true", False: "false"}
    return shown.get(field.default, str(field.default)) if _is_word(field) else f"{field.default:g}"


def _is_word(field: FieldInfo) -> bool:
    return field.default is None or isinstance(field.default, str | bool)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (header, ("---",) * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


REFERENCES: dict[str, Callable[[], Iterator[str]]] = {
    "configuration.md": _configuration,
    "shell.md": _shell,
}


if __name__ == "__main__":
    main()
