"""Benchmark of the recipes: accuracy on MNIST and training cost, for docs/benchmarks.md.

    python -m bench.recipes --record recipes.jsonl

Trains each recipe on each seed through the launcher, as the app does, one run after the other.
CPU seconds are those of the process while it trains, all threads together, without validation.
The file that ``--record`` names keeps the model cards, so a long benchmark can be run in pieces. A
configuration that this machine has trained before is not trained again.
"""

import statistics
import time
from contextlib import suppress
from pathlib import Path

import click
from pydantic import ValidationError

from bench import machine, runs, tables
from core.cards import Card, this_machine
from core.config import TrainConfig, with_changes
from core.errors import DigitLabError
from core.recipes.book import get_recipe
from core.recipes.shipped import RECIPES, Recipe

HEADER = (
    "recipe",
    "parameters",
    "test accuracy, mean (min–max)",
    "CPU seconds, mean (min–max)",
    "wall seconds, mean",
    "result of the original",
)
# Those that take minutes; the others are measured where they are named.
QUICK = [name for name, recipe in RECIPES.items() if recipe.config.epochs <= 20]


@click.command()
@click.option("--recipes", "names", default=",".join(QUICK), help="Names, with commas between.")
@click.option("--seeds", default=3, show_default=True, help="Seeds 0 to N-1 for each recipe.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path), help="Keep cards here.")
@click.option("--images", type=int, help="Only N training images, for a quick look.")
def main(names: str, seeds: int, record: Path | None, images: int | None) -> None:
    """Print accuracy, CPU seconds and parameters of each recipe."""
    try:
        recipes = [get_recipe(name.strip()) for name in names.split(",")]
        planned = [(recipe, _configs(recipe, seeds, images)) for recipe in recipes]
    except DigitLabError as fault:
        raise click.UsageError(str(fault)) from None
    print(machine.describe(), flush=True)
    amount = "60,000 images" if images is None else f"{images:,} images"
    print(f"MNIST, {amount} to learn from; n = {seeds} seeds a recipe\n", flush=True)
    print(tables.markdown(HEADER, []), flush=True)
    known = _recorded(record)
    with runs.temporary_home():
        for recipe, configs in planned:
            cards = [known.get(_key(config)) or _train(config, record) for config in configs]
            print(f"| {' | '.join(_row(recipe, cards))} |", flush=True)


def _configs(recipe: Recipe, seeds: int, images: int | None) -> list[TrainConfig]:
    changes = {"data": "mnist"} | ({} if images is None else {"train_images": images})
    return [with_changes(recipe.config, changes | {"seed": seed}) for seed in range(seeds)]


def _train(config: TrainConfig, record: Path | None) -> Card:
    began = time.monotonic()
    card = runs.train(config)
    took = time.monotonic() - began
    result = f"{card.test.accuracy:.2%} after {took:.0f} s"
    click.echo(f"{config.recipe}, seed {config.seed}: {result}", err=True)
    if record is not None:
        with record.open("a", encoding="utf-8") as file:
            file.write(card.model_dump_json() + "\n")
    return card


def _recorded(record: Path | None) -> dict[str, Card]:
    """Return the cards of a record that were made here, by configuration; the last one counts."""
    if record is None or not record.exists():
        return {}
    here, known = this_machine(), {}
    for line in record.read_text(encoding="utf-8").splitlines():
        # A line that was cut short, or written before cards changed, is trained anew.
        with suppress(ValidationError, DigitLabError):
            card = Card.model_validate_json(line)
            if card.machine == here:
                known[_key(card.here.config)] = card
    return known


def _key(config: TrainConfig) -> str:
    return config.model_dump_json()


def _row(recipe: Recipe, cards: list[Card]) -> list[str]:
    return [
        f"`{recipe.name}`",
        f"{cards[0].parameters:,}",
        tables.mean_and_range([card.test.accuracy for card in cards], ".2%"),
        tables.mean_and_range([card.here.training.cpu_seconds for card in cards], ".0f"),
        f"{statistics.mean(card.here.training.wall_seconds for card in cards):.0f}",
        recipe.known_result,
    ]


if __name__ == "__main__":
    main()
