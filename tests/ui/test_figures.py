"""Figures on the pages: each says, where one points at it, what it means."""

import ast
from pathlib import Path

from core.paths import PROJECT


def metrics(source: Path) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "metric"
    ]


def test_every_figure_says_what_it_means():
    found = [
        (f"{source.name}:{call.lineno}", {keyword.arg for keyword in call.keywords})
        for folder in ("ui", "pages")
        for source in sorted((PROJECT / folder).rglob("*.py"))
        for call in metrics(source)
    ]
    assert found
    assert [place for place, options in found if "help" not in options] == []
