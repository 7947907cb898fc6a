"""Train the segmenter's network that ships with Digit Lab: ``python -m tools.train_segmenter``.

Writes ``models/segmenter``, from MNIST and the generator in ``core/strokes``; ``segmenter.json``
says how long it took, and where.
"""

import click

from core import data
from core.errors import DigitLabError
from core.reading.segment import FILE
from core.training.segmenter import Recipe, train


@click.command()
@click.option("--seed", default=0, show_default=True)
@click.option("--epochs", default=Recipe.epochs, show_default=True)
def main(seed: int, epochs: int) -> None:
    """Train the network and replace the shipped files."""
    try:
        facts = train(data.load("mnist"), FILE.parent, Recipe(seed=seed, epochs=epochs))
    except DigitLabError as fault:
        raise click.ClickException(str(fault)) from None
    print(
        f"{FILE.parent}: {facts['parameters']:,} parameters, {facts['onnx_bytes']:,} bytes,"
        f" {facts['cpu_seconds']} CPU s"
    )


if __name__ == "__main__":
    main()
