"""Docstrings and texts: modules begin with their own names, phrases found wrong stay out.

Whoever adds a room adds it to `NAMED`, and once its texts were read also to `ROOMS`.
"""

import ast
import functools
import re

import pytest

from core.paths import PROJECT

ROOMS = ("ui", "pages", "core", "router.py", "streamlit_app.py")
NAMED = (*ROOMS, "bench", "tools", "tests")


def _files(rooms: tuple[str, ...]) -> list[str]:
    return [
        path.relative_to(PROJECT).as_posix()
        for room in rooms
        for path in sorted((PROJECT / room).rglob("*.py") or [PROJECT / room])
    ]


# A paraphrase where the thing has a name: "What explains the answer", "How often it is right".
PARAPHRASE = re.compile(r"(What|Why|How|Which|Where|Do|Does|Who|Whether|If|Can|Is)\b")
# Each was found in a text, where a native speaker stumbles over it.
WRONG = (
    "without a network",
    "These as",
    "one's own",
    "of its own making",
    "so many",
    "is no digit",
    "as no digit",
    "Take it along",
    "taken along",
    "Mend ",
    "not here any more",
    "comes about",
    "goes on",
    "read right",
    "reads right",
    "spoilt ",
    "what is to expect",
    "looked for",
    "looked into",
    "entered anew",
)


@pytest.mark.parametrize("file", _files(NAMED))
def test_a_module_is_introduced_by_its_name(file):
    """46 of them began with What, Why, How or Which, and one had to guess what they were."""
    docstring = ast.get_docstring(_tree(file))
    assert docstring
    assert not PARAPHRASE.match(docstring)


@pytest.mark.parametrize("file", _files(ROOMS))
def test_no_text_has_a_phrase_that_was_found_wrong(file):
    texts = [
        " ".join(node.value.split())
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [(phrase, text) for text in texts for phrase in WRONG if phrase in text]


@functools.cache
def _tree(file: str) -> ast.Module:
    return ast.parse((PROJECT / file).read_text(encoding="utf-8"))
