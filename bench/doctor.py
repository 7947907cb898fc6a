"""Benchmark of the training doctor: its findings on runs made ill on purpose, and on the recipes.

    python -m bench.doctor
    python -m bench.doctor --data mnist --recipes sprint,dense-starter --seeds 3

Trains each ill run on the offline sample, and again as the doctor suggests. Then it trains every
quick recipe on each seed; the doctor should report nothing there, at any epoch. ``--record`` keeps
the curves of both, thinned out, for the tests: ``tests/runs/curves.json``, where the recipes that
take an hour are from ``--run``.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click

from bench import machine, tables
from bench.recipes import QUICK
from core.config import TrainConfig, parse, with_changes
from core.errors import DigitLabError
from core.recipes.book import get_recipe
from core.runs import contract
from core.runs.curves import Curves, Record
from core.runs.doctor import Finding, examine

_EVERY = 12  # of the batch lines that are recorded

_FLATTEN = {"layer": "flatten"}
_DEEP = [_FLATTEN, *[{"layer": "dense", "units": 256}] * 8]
_NARROW = [_FLATTEN, {"layer": "dense", "units": 2, "activation": "tanh"}]
_TWO = [_FLATTEN, *[{"layer": "dense", "units": 128}] * 2]
# By the finding that it must lead to: a recipe, and what makes its run ill.
_ILLNESSES: dict[str, tuple[str, dict[str, Any]]] = {
    "diverged": (
        "dense-starter",
        {"optimizer": "sgd", "learning_rate": 10, "layers": _DEEP, "epochs": 20},
    ),
    "rate-too-high": ("dense-starter", {"learning_rate": 0.5, "epochs": 6}),
    "rate-too-low": ("dense-starter", {"learning_rate": 1e-5, "epochs": 8}),
    "overfitting": (
        "dense-report",
        {"train_images": 200, "validation_split": 0.5, "epochs": 24},
    ),
    "underfitting": ("dense-starter", {"layers": _NARROW, "learning_rate": 0.003, "epochs": 21}),
    "dead-units": (
        "dense-starter",
        {"optimizer": "sgd", "learning_rate": 1, "layers": _TWO, "epochs": 5},
    ),
    "few-validation-images": (
        "dense-starter",
        {"train_images": 300, "validation_split": 0.05, "epochs": 18},
    ),
    "still-improving": ("dense-starter", {"epochs": 2}),
    "label-noise": ("dense-starter", {"label_noise": 0.3, "epochs": 7}),
}
ILL: dict[str, TrainConfig] = {
    kind: with_changes(get_recipe(recipe).config_for("sample"), changes)
    for kind, (recipe, changes) in _ILLNESSES.items()
}


def curves_of(config: TrainConfig) -> Curves:
    """Train in this process, keep nothing but the curves; a run that diverges has some, too."""
    from core.training.train import train

    with tempfile.TemporaryDirectory(prefix="digit-lab-") as folder:
        curves = Curves(Path(folder, contract.METRICS))
        try:
            train(config, Path(folder), lambda **_: None)
        except DigitLabError as fault:
            click.echo(str(fault), err=True)
        return curves.refresh()


def findings_on_the_way(
    config: TrainConfig, epochs: list[Record], batches: list[Record]
) -> list[Finding]:
    """Return all that the doctor says at the end of each epoch, and at the end of the run."""
    found = examine(config, epochs, batches, is_over=True)
    for count, epoch in enumerate(epochs, start=1):
        known = [record for record in batches if record["step"] <= epoch["step"]]
        found += examine(config, epochs[:count], known, is_over=False)
    return found


@click.command()
@click.option("--recipes", "names", default=",".join(QUICK), help="Names, with commas between.")
@click.option("--data", default="sample", show_default=True, help="What the recipes train on.")
@click.option("--seeds", default=3, show_default=True, help="Seeds 0 to N-1 for each recipe.")
@click.option("--run", "folders", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path), help="Keep curves here.")
def main(names: str, data: str, seeds: int, folders: tuple[Path, ...], record: Path | None) -> None:
    """Print what the doctor finds, in runs that are there already (--run FOLDER) or in new ones."""
    print(machine.describe(), flush=True)
    if folders:
        print("\n" + tables.markdown(("recipe", "seed", "found", "right"), []), flush=True)
        for folder in folders:
            config = parse(json.loads((folder / contract.CONFIG).read_text(encoding="utf-8")))
            _healthy(config, Curves(folder / contract.METRICS).refresh(), record)
        return
    print("\n" + tables.markdown(("ill run", "found", "right", "right as suggested"), []))
    for kind, config in ILL.items():
        print(_ill_row(kind, config, record), flush=True)
    print(f"\nRecipes on {data}, n = {seeds} seeds each\n")
    print(tables.markdown(("recipe", "seed", "found", "right"), []), flush=True)
    for name in names.split(","):
        for seed in range(seeds):
            recipe = get_recipe(name.strip()).config_for(data)
            config = recipe.model_copy(update={"seed": seed})
            _healthy(config, curves_of(config), record)


def _healthy(config: TrainConfig, curves: Curves, record: Path | None) -> None:
    found = findings_on_the_way(config, curves.epochs, curves.batches)
    print(f"| {config.recipe} | {config.seed} | {_kinds(found)} | {_right(curves)} |", flush=True)
    if record is not None:
        _keep(record, config, curves)


def _ill_row(kind: str, config: TrainConfig, record: Path | None) -> str:
    curves = curves_of(config)
    if record is not None:
        _keep(record, config, curves, kind)
    found = examine(config, curves.epochs, curves.batches, is_over=True)
    changes = {k: v for finding in reversed(found) for k, v in finding.changes.items()}
    better = _right(curves_of(with_changes(config, changes))) if changes else "-"
    return f"| {kind} | {_kinds(found)} | {_right(curves)} | {better} |"


def _kinds(found: list[Finding]) -> str:
    return ", ".join(dict.fromkeys(finding.kind for finding in found)) or "nothing"


def _right(curves: Curves) -> str:
    return f"{curves.epochs[-1]['val_accuracy']:.1%}" if curves.epochs else "-"


def _keep(file: Path, config: TrainConfig, curves: Curves, illness: str = "") -> None:
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    told = (max(curves.batches, key=lambda record: record["loss"]), curves.batches[-1])
    lines = [r for i, r in enumerate(curves.batches) if i % _EVERY == 0 or r in told]
    kept = ("step", "loss", "accuracy")
    whole = ("epoch", *kept, "val_loss", "val_accuracy", "validation_images", "dead_units")
    known.append(
        {
            "illness": illness,
            "config": config.model_dump(mode="json", exclude={"layers"}),
            "batches": [_rounded(record, kept) for record in lines],
            "epochs": [_rounded(record, whole) for record in curves.epochs],
        }
    )
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in known)
    file.write_text(f"[{rows}]\n", encoding="utf-8")


def _rounded(record: Record, names: tuple[str, ...]) -> Record:
    return {name: round(record[name], 4) for name in names if name in record}


if __name__ == "__main__":
    main()
