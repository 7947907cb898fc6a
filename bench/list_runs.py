"""Benchmark of long lists of runs: the time to list 1,000, and their cost on the Train page.

    python -m bench.list_runs

The runs are copies of a shipped model, in a folder of their own. "First" is measured in a fresh
process, without its start; the folder was just written, so it may still be in the disk's cache. A
click and a tick are the server's time for the whole script, or for the parts that refresh
themselves. Meanwhile one more run trains and is watched, and 30 models can be chosen.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import click

from bench import machine, runs, script_runs, tables
from core import paths, registry
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.runs.contract import State, Status

HEADER = ("what", "median", "min–max", "n", "goal")
_MODEL = paths.SHIPPED_MODELS / "sprint"
_TIMES = 5
_MODELS, _RERUNS = 30, 25
_SECOND = 1.0  # how often the run that is watched is looked at; the others, every two
# Prints as JSON the seconds that a list takes for the first time, and again.
_MEASURE = """
import json, sys, time
from core.runs import contract, store, summary
listing = {"list": store.list_runs, "page": summary.summarise_all}[sys.argv[1]]
def seconds():
    start = time.perf_counter()
    assert len(listing()) == int(sys.argv[2])
    return time.perf_counter() - start
print(json.dumps([seconds(), seconds()]))
"""


@click.command()
@click.option("--runs", "count", default=1000, show_default=True, help="So many run folders.")
def main(count: int) -> None:
    """Print how long listing takes, each time in a fresh process."""
    print(machine.describe(), flush=True)
    print(
        f"{count:,} runs, each with model, card, answers and notes; fresh processes\n", flush=True
    )
    with tempfile.TemporaryDirectory(prefix="digit-lab-") as home:
        environment = os.environ | {"DIGIT_LAB_HOME": home}
        os.environ["DIGIT_LAB_HOME"] = home
        no_runs_have = shutil.ignore_patterns("studies")
        model = shutil.copytree(_MODEL, Path(home, "model"), ignore=no_runs_have)
        for recipe in islice(cycle(RECIPES.values()), count):
            _make(store.create(recipe.config), model)
        rows = []
        for what, title in (("list", "the runs themselves"), ("page", "rows of the Runs page")):
            measured = [_measure(what, count, environment) for _ in range(_TIMES)]
            for when, seconds in zip(("first", "again"), zip(*measured, strict=True), strict=True):
                rows.append((f"{title}, {when}", *_figures(seconds), len(seconds), "1 s"))
        for name in range(_MODELS - len(registry.SHIPPED)):
            shutil.copytree(model, paths.models_folder() / f"model-{name}")
        rows += _train_page()
    print(tables.markdown(HEADER, rows))


def _train_page() -> list[tuple[object, ...]]:
    with runs.as_if_training(RECIPES["sprint"].config):
        page = script_runs.open_page("train")
        clicks = [page.rerun() for _ in range(_RERUNS)]
        watched = [page.tick(_SECOND) for _ in range(_RERUNS)]
        everything = [page.tick() for _ in range(_RERUNS)]
    return [
        *_rows("a click on Train", clicks, "100 ms"),
        *_rows("a tick of the run that is watched", watched, "20 ms"),
        *_rows("every other tick, with the lists", everything, ""),
    ]


def _rows(what: str, taken: Sequence[script_runs.Took], goal: str) -> list[tuple[object, ...]]:
    wall, cpu = zip(*taken, strict=True)
    return [
        (what, *_in_ms(wall), len(wall), goal),
        (f"{what}, processor", *_in_ms(cpu), len(cpu), ""),
    ]


def _make(run: contract.Run, model: Path) -> None:
    for file in model.iterdir():
        os.link(file, run.folder / file.name)  # A thousand copies need not fill the disk.
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.99, started=0, ended=9))
    notes.change(run.id, name=f"run {run.id[:19]}", tags=["bench"])


def _measure(what: str, count: int, environment: dict[str, str]) -> list[float]:
    command = [sys.executable, "-c", _MEASURE, what, str(count)]
    done = subprocess.run(
        command, cwd=paths.PROJECT, env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def _figures(seconds: Sequence[float]) -> tuple[str, str]:
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.2f} s", f"{ordered[0]:.2f}–{ordered[-1]:.2f}"


def _in_ms(seconds: Sequence[float]) -> tuple[str, str]:
    ordered = sorted(1000 * value for value in seconds)
    return f"{ordered[len(ordered) // 2]:.0f} ms", f"{ordered[0]:.0f}–{ordered[-1]:.0f}"


if __name__ == "__main__":
    main()
