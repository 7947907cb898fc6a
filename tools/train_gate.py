"""Train the gate that ships with Digit Lab: ``python -m tools.train_gate``.

Writes ``models/gate``, from MNIST, scikit-learn's digits and the generators in ``core/strokes``;
``gate.json`` says how long it took, and where. The threshold beside it, `core.reading.gate`, is
chosen afterwards: ``python -m bench.refusal --choose`` prints it.
"""

import click

from core import data
from core.errors import DigitLabError
from core.reading.gate import FOLDER
from core.training.gate import Recipe, train


@click.command()
@click.option("--seed", default=0, show_default=True)
@click.option("--epochs", default=Recipe.epochs, show_default=True)
def main(seed: int, epochs: int) -> None:
    """Train the gate and replace the shipped files."""
    try:
        facts = train(data.load("mnist"), FOLDER, Recipe(seed=seed, epochs=epochs))
    except DigitLabError as fault:
        raise click.ClickException(str(fault)) from None
    print(
        f"{FOLDER}: {facts['parameters']:,} parameters, {facts['onnx_bytes']:,} bytes,"
        f" {facts['cpu_seconds']} CPU s"
    )


if __name__ == "__main__":
    main()
