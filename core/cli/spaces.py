"""The commands of ``python -m core sweep`` about search spaces that are saved under names."""

from pathlib import Path

import click

from core.cli.output import as_json, overwrite, say, write_file
from core.errors import DigitLabError
from core.sweeps import book
from core.sweeps.config import SweepConfig, from_json, to_json
from core.wording import counted

_named = click.argument("name", metavar="NAME")


@click.command()
@as_json
def spaces(as_json: bool) -> None:
    """List the search spaces that were saved, here or on the Sweep page."""
    kept, faults = book.read_all()
    told = [{"name": name, "config": one.model_dump(mode="json")} for name, one in kept.items()]
    lines = [_line(name, one) for name, one in kept.items()]
    none = ["None is saved yet: use `python -m core sweep save` or the Sweep page."]
    say(as_json, told, [*(lines or none), *faults])


@click.command()
@_named
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def save(name: str, file: Path, as_json: bool) -> None:
    """Save the search space in FILE under a name, for the Sweep page and `sweep run --space`."""
    found = read_file(file)
    book.save(name, found)
    say(as_json, {"name": name, "config": found.model_dump(mode="json")}, [_line(name, found)])


@click.command()
@_named
@click.argument("out", type=click.Path(path_type=Path), required=False)
@overwrite
@as_json
def space(name: str, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Write a saved search space as a file.

    OUT is the file to write; default: NAME.json, in this folder.
    """
    path = Path(f"{name}.json") if out is None else out
    content = to_json(book.find(name)).encode()
    write_file(path, content, overwrite)
    told = {"name": name, "path": str(path), "bytes": len(content)}
    say(as_json, told, [f"{path}, {len(content):,} bytes"])


def read_file(path: Path) -> SweepConfig:
    """Return the search space in a file; raises DigitLabError if it cannot be read or used."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise DigitLabError(
            f"'{path}' cannot be read ({fault.strerror or fault}): check its name and folder."
        ) from fault
    return from_json(content, path.name)


def _line(name: str, one: SweepConfig) -> str:
    return f"{name:24} {one.base.recipe}, {counted(one.tries, 'try')}: {', '.join(one.vary)}"
