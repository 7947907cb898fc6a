"""The half of a file of strokes that a model may learn from: ``python -m bench.choosing_strokes``.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.choosing_strokes "where from, licence"

Writes the digits of the writers that things are chosen on (`bench.strokes.of_writers`) into
``strokes/unipen.npz`` of the data folder, where the recipe ``flagship`` looks for it. The others
stay for the figures of ``bench.drawn``.
"""

from dataclasses import replace

import click

from bench import strokes
from core.data import stroke_files


@click.command()
@click.argument("about")
@click.option("--name", default="unipen", show_default=True, help="Name of the file.")
@click.option("--writers", type=click.Choice(["choosing", "all"]), default="choosing")
def main(about: str, name: str, writers: strokes.Part) -> None:
    """Write the digits of half of the writers, and ABOUT: where they are from, which licence."""
    digits = strokes.from_environment("Digits to train on are")
    if digits is None:
        return
    chosen = digits.of(strokes.of_writers(digits, writers))
    path = stroke_files.folder() / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    stroke_files.write(path, replace(chosen, about=about))
    click.echo(f"{path}: {len(chosen.drawings):,} digits, SHA-256 {stroke_files.load(path).digest}")


if __name__ == "__main__":
    main()
