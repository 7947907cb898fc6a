"""Benchmark of augmentation: the cost of changing images at random, beside a training step.

    python -m bench.augmentation

CPU milliseconds for a batch of 128 real digits, all threads together: for each kind of change
alone, for all together, and for a training step of each recipe's network.
"""

import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import numpy as np

from bench import machine, tables
from core.data import load
from core.data.augment import Augmentation, augment
from core.recipes.shipped import RECIPES

BATCH = 128
AMOUNTS = {
    "rotation": 15,
    "shift": 2,
    "scale": 0.1,
    "shear": 0.2,
    "elastic": 0.7,
    "thickness": 0.7,
    "noise": 0.2,
}


@click.command()
@click.option("--data", default="mnist", show_default=True)
@click.option("--repeats", default=30, show_default=True)
def main(data: str, repeats: int) -> None:
    """Print CPU milliseconds a batch."""
    from core import model as models
    from core.training.optimizer import compile_for

    print(f"{machine.describe()}\n\nBatches of {BATCH}, median of n = {repeats}\n")
    digits = load(data)
    images = models.as_input(digits.x_train[:BATCH])
    rng = np.random.default_rng(0)
    rows = []
    for name, amounts in [(name, {name: AMOUNTS[name]}) for name in AMOUNTS] + [("all", AMOUNTS)]:
        how = Augmentation(**amounts)
        took = _median_ms(lambda how=how: augment(images[..., 0], how, rng), repeats)
        rows.append((name, f"{took:.2f}"))
    print(tables.markdown(("change", "CPU ms"), rows), flush=True)
    print("\n" + tables.markdown(("recipe", "CPU ms a step", "all changes take of it"), []))
    for recipe in RECIPES.values():
        config = recipe.config.model_copy(update={"precision": "float32"})
        network = models.build(config.layers)
        compile_for(network, config, total_steps=1000)
        labels = models.encode_labels(digits.y_train[:BATCH], config)
        step = _median_ms(lambda n=network, y=labels: n.train_on_batch(images, y), repeats)
        print(f"| `{recipe.name}` | {step:.1f} | {took / step:.0%} |", flush=True)


def _median_ms(act: Callable[[], object], repeats: int) -> float:
    act()
    times = []
    for _ in range(repeats):
        began = time.process_time()
        act()
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times)


if __name__ == "__main__":
    main()
