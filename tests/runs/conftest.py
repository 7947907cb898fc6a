"""A run as it is created, for the tests of all that reads and changes runs."""

from pathlib import Path

import pytest

from core.recipes.shipped import RECIPES
from core.runs import store
from core.runs.contract import Run


@pytest.fixture
def run(home: Path) -> Run:
    """Return a run that no worker has been started for."""
    return store.create(RECIPES["sprint"].config)
