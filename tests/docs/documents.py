"""The documents of the project, taken apart: their blocks of code, headings and links."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.paths import PROJECT

README = PROJECT / "README.md"
DOCS = PROJECT / "docs"
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *DOCS.glob("*.md")])

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[(?:[^\]\[]|!\[[^\]]*\]\([^)]*\))*\]\(([^)\s]+)\)")


def blocks(document: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    return [
        text for named, text in _FENCED.findall(document.read_text("utf-8")) if named == language
    ]


def commands(document: Path) -> Iterator[str]:
    """Return the commands in blocks of shell or batch, each in one line, without its comment."""
    windows = [block.replace("\\", "/") for block in blocks(document, "bat")]
    for block in [*blocks(document, "sh"), *windows]:
        for line in block.replace("\\\n", " ").splitlines():
            if command := re.sub(r"(^|\s+)#.*$", "", line).strip():
                yield command


def commands_in_text(document: Path) -> list[str]:
    """Return the commands that a document names in its sentences and tables."""
    return re.findall(r"`((?:python -m|make) [^`]+)`", _prose(document))


def links(document: Path) -> list[str]:
    """Return where the links and pictures of a document lead to."""
    return _LINK.findall(_prose(document))


def anchors(document: Path) -> set[str]:
    """Return the names by which GitHub lets one link to the headings of a document."""
    return {_anchor(heading) for heading in _HEADING.findall(_prose(document))}


def table_keys(text: str) -> list[str]:
    """Return what stands as code in the first column of the tables in a text."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def section(document: Path, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    _, _, after = document.read_text("utf-8").partition(f"\n## {heading}\n")
    assert after, f"{document.name} has no heading '{heading}'"
    return re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]


def _prose(document: Path) -> str:
    return _FENCED.sub("", document.read_text("utf-8"))


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")
