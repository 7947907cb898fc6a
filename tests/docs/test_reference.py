"""The references in the documents list what the code has now."""

import json

import pytest

from core.architecture import LAYER_TYPES
from core.config import TrainConfig, parse
from core.data.augment import Augmentation
from tests.docs.documents import DOCS, blocks, table_keys
from tools import reference

CONFIGURATION = DOCS / "configuration.md"


@pytest.mark.parametrize("name", reference.REFERENCES)
def test_the_reference_is_up_to_date(name: str) -> None:
    """`python -m tools.reference` writes it."""
    assert (DOCS / name).read_text("utf-8") == reference.document(name)


def test_every_setting_of_a_run_is_documented() -> None:
    models = (TrainConfig, Augmentation, *LAYER_TYPES.values())
    named = {name for model in models for name in model.model_fields} - {"layer"}
    assert named == set(table_keys(CONFIGURATION.read_text("utf-8")))


@pytest.mark.parametrize("text", blocks(CONFIGURATION, "json"))
def test_configurations_in_the_document_are_valid(text: str) -> None:
    assert parse(json.loads(text)).recipe
