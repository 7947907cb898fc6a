"""Figures in README and benchmarks: of the models that ship, and the same in both places."""

import re

import pytest

from core import registry
from core.paths import PROJECT, SHIPPED_MODELS
from tests.docs.documents import DOCS, README, commands_in_text, section

BENCHMARKS = DOCS / "benchmarks.md"


@pytest.mark.parametrize("name", registry.SHIPPED)
def test_the_table_of_models_says_what_their_cards_say(name: str) -> None:
    model = registry.Model(name, SHIPPED_MODELS / name / "model.onnx")
    test, low, high = model.card.test, *model.card.test.interval
    (row,) = re.findall(rf"^\| `{name}`.*$", section(BENCHMARKS, "The models that ship"), re.M)
    assert f"| {model.card.parameters:,} |" in row
    assert f"| {100 * test.accuracy:.2f} % ({100 * low:.2f}–{100 * high:.2f}) |" in row
    assert f"| {model.card.training.epochs_done} epoch" in row


def test_the_readme_quotes_the_benchmarks() -> None:
    quoted = re.findall(r"\d[\d.,]*\d", section(README, "Five figures"))
    printed = set(re.findall(r"\d[\d.,]*\d", BENCHMARKS.read_text("utf-8")))
    assert [figure for figure in quoted if figure not in printed] == []


def test_each_benchmark_stands_with_its_command() -> None:
    """`make bench` runs what is there; a table without its command cannot be printed again."""
    there = {path.stem for path in (PROJECT / "bench").glob("*.py")}
    named = {
        command.split()[2].removeprefix("bench.")
        for command in commands_in_text(BENCHMARKS)
        if command.startswith("python -m bench.")
    }
    assert named <= there
    headings = re.split(r"^## ", BENCHMARKS.read_text("utf-8"), flags=re.M)[1:]
    for text in headings:
        assert "| --- |" not in text or "`python -m " in text, text.splitlines()[0]
