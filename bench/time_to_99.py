"""Benchmark of training to 99.0 % on MNIST: the recipe ``sprint`` beside Keras's own example.

    python -m bench.time_to_99

Trains ``sprint`` through the launcher, exactly as the app does. ``mnist_convnet``
(``bench/mnist_convnet.py``) trains epoch by epoch until its test accuracy first reaches 99.0 %.
That favours the example: it may choose its end by the test images, ``sprint`` may not. Seeds
alternate, with the same threads and priority for both. CPU seconds are those of the process while
it trains, all threads together, without importing TensorFlow, reading data, validation and test.
"""

import json
import statistics
import subprocess
import sys
from typing import Any

import click

from bench import machine, runs, tables
from bench.mnist_convnet import EPOCHS, GOAL
from core import paths
from core.cards import Card
from core.config import with_changes
from core.recipes.book import get_recipe

HEADER = (
    "seed",
    "`sprint`: accuracy",
    "99.0 %?",
    "CPU s",
    "wall s",
    "`mnist_convnet`: accuracy",
    "99.0 %?",
    "epochs",
    "CPU s",
    "wall s",
)


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Runs of sprint: seeds 0 to N-1.")
@click.option("--peer-seeds", default=3, show_default=True, help="Runs of Keras's example.")
@click.option("--images", type=int, help="Only N training images for both, for a quick look.")
def main(seeds: int, peer_seeds: int, images: int | None) -> None:
    """Print accuracy and CPU seconds of each seed, and the ratio of the CPU seconds."""
    print(machine.describe() + "\n", flush=True)
    print(tables.markdown(HEADER, []), flush=True)
    ours: list[Card] = []
    peers: list[dict[str, Any]] = []
    with runs.temporary_home():
        for seed in range(max(seeds, peer_seeds)):
            row = [seed, *["–"] * (len(HEADER) - 1)]
            if seed < seeds:
                ours.append(_sprint(seed, images))
                row[1:5] = _our_cells(ours[-1])
            if seed < peer_seeds:
                peers.append(_peer(seed, images))
                row[5:] = _peer_cells(peers[-1])
            print(f"| {' | '.join(map(str, row))} |", flush=True)
    print("\n" + _summary(ours, peers))


def _sprint(seed: int, images: int | None) -> Card:
    limit = {} if images is None else {"train_images": images}
    changes = {"seed": seed, "data": "mnist", **limit}
    return runs.train(with_changes(get_recipe("sprint").config, changes))


def _peer(seed: int, images: int | None) -> dict[str, Any]:
    limit = [] if images is None else ["--images", str(images)]
    command = [sys.executable, "-m", "bench.mnist_convnet", "--seed", str(seed), *limit]
    done = subprocess.run(command, cwd=paths.PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f"Keras's example broke off:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _our_cells(card: Card) -> list[str]:
    training = card.here.training
    seconds = [f"{training.cpu_seconds:.1f}", f"{training.wall_seconds:.1f}"]
    return [f"{card.test.accuracy:.2%}", _reached(card.test.accuracy), *seconds]


def _peer_cells(peer: dict[str, Any]) -> list[str]:
    seconds = [f"{peer['cpu_seconds']:.1f}", f"{peer['wall_seconds']:.1f}"]
    return [f"{peer['accuracy']:.2%}", _reached(peer["accuracy"]), str(peer["epochs"]), *seconds]


def _reached(accuracy: float) -> str:
    return "yes" if accuracy >= GOAL else "no"


def _summary(ours: list[Card], peers: list[dict[str, Any]]) -> str:
    """Return the table over all seeds, and the ratio where there is one."""
    rows, spent = [], []
    for name, results in {
        "`sprint`": [(card.test.accuracy, card.here.training.cpu_seconds) for card in ours],
        "`mnist_convnet`": [(peer["accuracy"], peer["cpu_seconds"]) for peer in peers],
    }.items():
        if not results:
            continue
        accuracies, seconds = zip(*results, strict=True)
        spent.append(seconds)
        reached = sum(accuracy >= GOAL for accuracy in accuracies)
        rows.append(
            [
                name,
                len(results),
                f"{reached} of {len(results)}",
                tables.mean_and_range(accuracies, ".2%"),
                tables.mean_and_range(seconds, ".1f"),
            ]
        )
    header = ("", "seeds", "99.0 % on", "accuracy, mean (min–max)", "CPU seconds, mean (min–max)")
    table = tables.markdown(header, rows)
    if len(spent) < 2:
        return table
    short, long = spent
    ratio = statistics.mean(long) / statistics.mean(short)
    at_least = "" if all(peer["accuracy"] >= GOAL for peer in peers) else "at least "
    capped = f"; the example is cut off after its {EPOCHS} epochs" if at_least else ""
    return (
        f"{table}\n\n`mnist_convnet` takes {at_least}{ratio:.1f} times the CPU seconds of "
        f"`sprint`: ratio of the means, from {min(long) / max(short):.1f} to "
        f"{max(long) / min(short):.1f} between single runs{capped}."
    )


if __name__ == "__main__":
    main()
