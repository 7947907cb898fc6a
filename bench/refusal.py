"""Benchmark of refusal: the shares of non-digits and of digits that the reader refuses.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.refusal

The digits are those of the "figure" half of the tablet writers, in every variant of
``bench/strokes.py``, and MNIST's test images. One kind of non-digit is two of the tablet digits
laid over each other. All other kinds come from the generator, `core.strokes.others`. The figure is
the mean over the kinds that the gate was not trained on. Letters and drawings that look like
digits are listed apart and do not count.

"Called a digit" means neither refused nor unsure, with the classifier named. Beside the gate stand
two comparisons. The first is that classifier alone: its highest probability, with the threshold
that refuses the same share of the same people's digits. The second is the gate at the threshold
that refuses 1 % of the digits, which makes gates comparable.

So does the last table: how many of those digits are refused where 90 % of the kinds held back are,
and how many of these the classifier reads right. Beside the gate stands its network, asked about
lines as they are.
"""

from bisect import bisect_left
from collections.abc import Callable

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import registry
from core.data import drawn, load_test, non_digits
from core.data.stroke_files import Strokes
from core.errors import DigitLabError
from core.evaluation.intervals import wilson
from core.reading import gate
from core.reading.ink import find_ink
from core.reading.network import Judge
from core.reading.normalise import as_floats, to_mnist
from core.reading.reader import UNSURE_BELOW
from core.reading.specks import without_specks
from core.recipes.shipped import RECIPES
from core.strokes import others

Scorer = Callable[[np.ndarray], np.ndarray]  # images, float32 (n, 28, 28), to scores (n,)

CHOSEN_AT = 0.005  # share of those digits that lie below the threshold
DIGITS = (
    "real digits",
    "n",
    "gate refuses",
    "95 % interval",
    "called a digit",
    "highest probability refuses",
    "gate where 1 % of digits are refused",
)
OTHERS = (*DIGITS[1:], "AUC of the gate")
MOST_OTHERS = 0.9  # share of the kinds held back at which the last table compares
COMPARED = ("where 90 % of the kinds held back are refused", "digits refused", "of them read right")


@click.command()
@options.model
@options.variants
@click.option("--images", default=500, show_default=True, help="Of each kind of what is no digit.")
@click.option("--seed", default=1, show_default=True, help="Of what is no digit.")
@click.option(
    "--choose",
    is_flag=True,
    help="Only print the threshold, from digits of others.",
)
def main(model: str, names: tuple[str, ...], images: int, seed: int, choose: bool) -> None:
    """Print which share of each kind is refused."""
    try:
        people = strokes.from_environment("Refusal is")
        if people is None:
            return
        judge = gate.load()
        if choose:
            print(f"{np.quantile(judge(_to_choose_on(people, names)), CHOSEN_AT):.3f}")
            return
        predictor = registry.find(model).predictor()
        test = as_floats(load_test("mnist").x)
    except DigitLabError as fault:
        raise click.ClickException(str(fault)) from None
    chosen = people.writers[strokes.of_writers(people, "figure")]
    print(machine.describe("pillow", "scikit-learn"))
    print(f"Drawn digits by {len(set(chosen.tolist()))} writers; classifier {model}; seed {seed}\n")
    digits = _drawn(people, "figure", names)
    bench = _Bench(judge, lambda x: predictor.predict(x).probabilities.max(axis=1), digits)
    print(bench.of_digits(test))
    heaps = _heaps(people, images, seed)
    held_back = {}
    for title, kinds in {
        "kinds held back from training": [kind for kind in others.KINDS if not kind.trained],
        "kinds trained on": [kind for kind in others.KINDS if kind.trained],
        "left out of the score": others.LOOK_ALIKE_KINDS,
    }.items():
        others_drawn = {kind.name: as_floats(non_digits.draw(kind, images, seed)) for kind in kinds}
        if "trained on" in title:
            others_drawn["people's digits, two over one another"] = heaps
        if "held back" in title:
            held_back = others_drawn
        print(f"\n{bench.of_others(title, others_drawn)}", flush=True)
    labels = people.labels[strokes.of_writers(people, "figure")]
    right = np.concatenate(
        [
            predictor.predict(images).probabilities.argmax(axis=1) == labels
            for images in digits.values()
        ]
    )
    judges = {"the gate": judge, "its network, lines as they are": Judge(gate.FILE, gate.OUTPUT)}
    rows = [[name, *_lost(one, digits, right, held_back)] for name, one in judges.items()]
    print(f"\n{tables.markdown(COMPARED, rows)}")


def _lost(
    judge: Scorer, digits: dict[str, np.ndarray], right: np.ndarray, others: dict[str, np.ndarray]
) -> list[str]:
    """Count the digits that lie below the threshold that refuses `MOST_OTHERS` of the others."""
    scores = [np.sort(judge(images)) for images in others.values()]

    def refused(threshold: float) -> float:
        return float(
            np.mean([np.searchsorted(of_kind, threshold) / len(of_kind) for of_kind in scores])
        )

    every = np.unique(np.concatenate(scores))
    place = bisect_left(every, MOST_OTHERS, hi=len(every) - 1, key=refused)
    lost = judge(np.concatenate([*digits.values()])) < every[place]
    return [f"{lost.sum():,} of {len(lost):,} ({lost.mean():.2%})", f"{(lost & right).sum():,}"]


class _Bench:
    """The two ways to refuse, at thresholds that cost equally many real digits."""

    def __init__(self, judge: Scorer, highest: Scorer, drawn: dict[str, np.ndarray]) -> None:
        self._drawn = drawn
        together = np.concatenate([*drawn.values()])
        self._judge, self._highest = judge, highest
        self._digitness = judge(together)
        self._one_percent = np.quantile(self._digitness, 0.01)
        self._level = np.quantile(highest(together), (self._digitness < gate.REFUSE_BELOW).mean())

    def of_digits(self, test: np.ndarray) -> str:
        """Return the table of digits that were refused and should not have been."""
        rows = {name: self._shares(images) for name, images in self._drawn.items()}
        most = np.max([shares for _, shares in rows.values()], axis=0)
        rows["MNIST's test images"] = self._shares(test)
        cells = [[name, *cells] for name, (cells, _) in rows.items()]
        refused, _, *rest = (f"{share:.2%}" for share in most)
        cells.append(["**most in a variant**", "", f"**{refused}**", "", "", *rest])
        return tables.markdown(DIGITS, cells)

    def of_others(self, title: str, drawn: dict[str, np.ndarray]) -> str:
        """Return the table of the kinds of non-digits, with the mean over the kinds."""
        rows = {name: self._shares(images) for name, images in drawn.items()}
        cells = [[name, *cells, self._auc(drawn[name])] for name, (cells, _) in rows.items()]
        if len(rows) > 1:
            mean = np.mean([shares for _, shares in rows.values()], axis=0)
            n = f"{len(rows)} kinds"
            refused, *rest = (f"{share:.1%}" for share in mean)
            cells.append(["**mean over kinds**", n, f"**{refused}**", "", *rest, ""])
        return tables.markdown((title, *OTHERS), cells)

    def _shares(self, images: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Return cells, and the shares refused, called a digit, and refused in the other ways."""
        judged, highest = self._judge(images), self._highest(images)
        refused = judged < gate.REFUSE_BELOW
        called = (judged >= gate.CLEAR_FROM) & (highest >= UNSURE_BELOW)
        otherwise = (highest < self._level, judged < self._one_percent)
        shares = np.array([part.mean() for part in (refused, called, *otherwise)])
        low, high = wilson(int(refused.sum()), len(images))
        of_gate, *rest = (f"{share:.2%}" for share in shares)
        return [f"{len(images):,}", of_gate, f"{low:.2%}–{high:.2%}", *rest], shares

    def _auc(self, images: np.ndarray) -> str:
        from sklearn.metrics import roc_auc_score

        labels = np.repeat([1, 0], [len(self._digitness), len(images)])
        scores = np.concatenate([self._digitness, self._judge(images)])
        return f"{roc_auc_score(labels, scores):.4f}"


def _drawn(people: Strokes, part: strokes.Part, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return what a model sees of people's digits in each variant, or in those named.

    Float32 (n, 28, 28).
    """
    chosen = strokes.of_writers(people, part).tolist()
    return {
        name: np.stack([_seen(strokes.draw(people.drawings[k], variant, k)) for k in chosen])
        for name, variant in strokes.VARIANTS.items()
        if not names or name in names
    }


def _to_choose_on(people: Strokes, names: tuple[str, ...]) -> np.ndarray:
    """Return what a model sees of digits of people whom the gate never met: float32 (n, 28, 28).

    Those that its training kept back or, where it had no strokes, those of the choosing writers.
    """
    known = drawn.read(RECIPES["flagship"].config.strokes)
    kept_back = [drawn.split(file, seed=0)[1] for file in known]
    seen = [_drawn(file, "all", names) for file in kept_back] or [_drawn(people, "choosing", names)]
    return np.concatenate([images for part in seen for images in part.values()])


def _heaps(people: Strokes, n: int, seed: int) -> np.ndarray:
    """Draw two digits of the writers for figures over one another: float32 (n, 28, 28)."""
    rng = np.random.default_rng(seed)
    chosen = strokes.of_writers(people, "figure")
    pairs = (rng.choice(chosen, 2, replace=False) for _ in range(n))
    return np.stack([_seen(_heap(*(people.drawings[k] for k in pair), rng)) for pair in pairs])


def _heap(
    first: list[np.ndarray], second: list[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    shift = rng.uniform(0.1, 0.4, 2) * rng.choice([-1, 1], 2)
    return strokes.draw([*first, *(stroke + shift for stroke in second)], strokes.Variant())


def _seen(canvas: np.ndarray) -> np.ndarray:
    return to_mnist(without_specks(find_ink(canvas)))


if __name__ == "__main__":
    main()
