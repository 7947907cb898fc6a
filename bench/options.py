"""Command-line options that several benchmarks have."""

from typing import get_args

import click

from bench import strokes
from core import registry

model = click.option(
    "--model", default=registry.DEFAULT, show_default=True, help="Name, run or path."
)
writers = click.option(
    "--writers",
    type=click.Choice(get_args(strokes.Part)),
    default="figure",
    show_default=True,
    help="Whose digits: those that figures are of, those that things are chosen on, or all.",
)
variants = click.option(
    "--variant", "names", multiple=True, type=click.Choice(list(strokes.VARIANTS))
)
