"""Links between documents lead somewhere, and README stays short."""

from pathlib import Path

import pytest

from core.paths import PROJECT
from tests.docs.documents import DOCUMENTS, README, anchors, links

LONGEST_README = 130  # lines


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_resolves(document: Path) -> None:
    broken = []
    for link in links(document):
        place, _, anchor = link.partition("#")
        if ":" in place:  # elsewhere
            continue
        target = (document.parent / place).resolve() if place else document
        known = not anchor or (
            target.suffix == ".md" and target.exists() and anchor in anchors(target)
        )
        if not (target.exists() and target.is_relative_to(PROJECT) and known):
            broken.append(link)
    assert broken == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        document = waiting.pop()
        reached.add(document)
        found = {(document.parent / link.partition("#")[0]).resolve() for link in links(document)}
        waiting += [path for path in found if path.suffix == ".md" and path not in reached]
    assert set(DOCUMENTS) <= reached


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= LONGEST_README
