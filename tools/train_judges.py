"""The judges that ship with Digit Lab: ``python -m tools.train_judges gate segmenter``.

Trains and writes ``models/gate`` and ``models/segmenter``, from MNIST, scikit-learn's digits and
the generators in ``core/strokes``; the gate also from the strokes that the recipe ``flagship``
names, where they are. The JSON file in each says how long training took, and where.
With ``--continue`` the gate's training starts from the shipped file: minutes, for new kinds of
non-digits, instead of an hour. The threshold beside the gate, in `core.reading.gate`, is chosen
afterwards: ``python -m bench.refusal --choose`` prints it.
"""

from dataclasses import replace

import click

from core import data
from core.data import drawn
from core.errors import DigitLabError
from core.reading import gate as reading_gate
from core.reading import segment as reading_segment
from core.recipes.shipped import RECIPES

_JUDGES = {"gate": reading_gate.FILE, "segmenter": reading_segment.FILE}


@click.command()
@click.argument("names", nargs=-1, required=True, type=click.Choice(list(_JUDGES)))
@click.option("--seed", default=0, show_default=True)
@click.option("--continue", "continued", is_flag=True, help="Start from the shipped gate.")
def main(names: tuple[str, ...], seed: int, continued: bool) -> None:
    """Train judges and replace the shipped files."""
    if continued and names != ("gate",):
        raise click.UsageError("Only the gate's training can be continued: name it alone.")
    # Late: who only asks how this is called need not wait for TensorFlow.
    from core.training import gate, segmenter

    for name in names:
        file = _JUDGES[name]
        try:
            digits = data.load("mnist")
            if name == "gate":
                strokes = drawn.read(RECIPES["flagship"].config.strokes)
                settings = replace(gate.CONTINUED if continued else gate.Settings(), seed=seed)
                start = file if continued else None
                facts = gate.train(digits, file.parent, settings, start, strokes)
            else:
                facts = segmenter.train(digits, file.parent, segmenter.Settings(seed=seed))
        except DigitLabError as fault:
            raise click.ClickException(str(fault)) from None
        print(
            f"{file}: {facts['parameters']:,} parameters, {facts['onnx_bytes']:,} bytes,"
            f" {facts['cpu_seconds']} CPU s"
        )


if __name__ == "__main__":
    main()
