"""Benchmark of paper: accuracy on photographs and scans of digits written on paper.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.paper

Puts digits that people wrote on tablets (see ``bench/strokes.py``) on sheets of paper and takes
pictures of them (see ``bench/papers.py``). The code behind the Draw page reads the files. For
comparison it reads the same digits from a clean canvas, and blank sheets. The writers and random
numbers of the figure were not used to choose anything.
"""

import click
import numpy as np

from bench import machine, options, papers, strokes, tables
from core import registry
from core.evaluation.intervals import wilson
from core.reading.pictures import decode
from core.reading.reader import read

HEADER = (
    "picture",
    "clean canvas",
    "read right",
    "95 % interval",
    "of the clean canvas's",
    "called digit and wrong",
    "blank sheets called blank",
)
BLANKS = 4  # digits to a blank sheet


@click.command()
@options.model
@click.option("--kind", "names", multiple=True, type=click.Choice(list(papers.KINDS)))
@options.writers
@click.option("--count", default=300, show_default=True, help="Digits for each kind of picture.")
def main(model: str, names: tuple[str, ...], writers: strokes.Part, count: int) -> None:
    """Print the share of each kind of picture that is read correctly."""
    digits = strokes.from_environment("Paper is")
    if digits is None:
        return
    places = strokes.of_writers(digits, writers)
    predictor = registry.find(model).predictor()
    print(machine.describe("pillow", "scipy"))
    print(f"Model {model}; n = {count} digits and {count // BLANKS} blank sheets a row\n")
    print(tables.markdown(HEADER, []), flush=True)
    for name in names or papers.KINDS:
        seed = [writers == "figure", list(papers.KINDS).index(name)]
        chosen = np.random.default_rng(seed).choice(places, count, replace=False)
        clean = right = misled = 0
        for index in chosen:
            sample, label = digits.drawings[index], str(digits.labels[index])
            canvas = strokes.draw(sample, strokes.VARIANTS["default"])
            clean += read(canvas, predictor).text == label
            reading = _read(sample, name, [*seed, int(index)], predictor)
            right += reading.text == label
            misled += reading.verdict == "digit" and reading.text != label
        blanks = range(count // BLANKS)
        empty = [_read(None, name, [*seed, 0, blank], predictor).verdict for blank in blanks]
        low, high = wilson(right, count)
        cells = [
            f"{clean / count:.1%}",
            f"{right / count:.1%}",
            f"{low:.1%}–{high:.1%}",
            f"{right / clean:.1%}",
            f"{misled / count:.1%}",
            f"{empty.count('blank') / len(empty):.1%}",
        ]
        print(f"| {' | '.join([name, *cells])} |", flush=True)


def _read(sample, name: str, seed: list[int], predictor):
    file = papers.picture(sample, papers.KINDS[name], np.random.default_rng(seed))
    return read(decode(file), predictor)


if __name__ == "__main__":
    main()
