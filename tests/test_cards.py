"""`core.cards`: what is written is read again, and nothing else passes for a card."""

import json
import platform
from importlib.metadata import version

import pytest

from core import cards
from core.cards import Card, DataFacts, read_card, this_machine
from core.errors import DigitLabError
from core.evaluation.scores import Scores
from core.runs import contract
from tests.models import make_model


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return a card as its file holds it."""
    return (make_model(tmp_path_factory.mktemp("model")) / contract.CARD).read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / contract.CARD


def test_a_card_survives_writing_and_reading(content, path):
    card = Card.model_validate_json(content)
    path.write_text(card.model_dump_json(indent=1), encoding="utf-8")
    assert read_card(path) == card


def test_a_card_is_complete(content):
    """Recipe, data, seed, versions, size, accuracy with interval, per-class scores, speed."""
    card = Card.model_validate_json(content)
    assert (card.config.recipe, card.config.seed, card.data.source) == ("sprint", 0, "sample")
    assert len(card.data.digest) == len(card.data.test_digest) == 64
    low, high = card.test.interval
    assert 0 < low < card.test.accuracy < high < 1
    assert [score.digit for score in card.test.classes] == list(range(10))
    assert sum(score.support for score in card.test.classes) == card.test.n == card.data.test
    assert card.export.ms_per_image > 0


def test_a_card_cannot_be_changed(content):
    card = Card.model_validate_json(content)
    with pytest.raises(ValueError, match="frozen"):
        card.test.accuracy = 1.0


def test_a_card_may_say_more_than_is_known(content, path):
    path.write_text(json.dumps(json.loads(content) | {"comment": "from a later version"}))
    assert read_card(path) == Card.model_validate_json(content)


@pytest.mark.parametrize("part", ["run", "config", "data", "training", "test", "export"])
def test_a_card_that_lacks_a_part_is_refused(content, path, part):
    whole = json.loads(content)
    del whole[part]
    path.write_text(json.dumps(whole))
    with pytest.raises(DigitLabError, match=r"card.*train it again"):
        read_card(path)


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_card_is_refused(path, damaged):
    path.write_bytes(damaged)
    with pytest.raises(DigitLabError, match=r"card\.json' cannot be read"):
        read_card(path)


def test_a_configuration_that_cannot_be_built_is_refused(content, path):
    """`core.architecture` raises its own sentence from inside the validation."""
    whole = json.loads(content)
    whole["config"]["layers"] = [{"layer": "pool", "size": 2}] * 9 + [{"layer": "flatten"}]
    path.write_text(json.dumps(whole))
    with pytest.raises(DigitLabError, match=r"card\.json' cannot be read"):
        read_card(path)


def test_a_missing_card_is_refused(path):
    with pytest.raises(DigitLabError, match="cannot be read"):
        read_card(path)


def test_this_machine_names_what_results_depend_on():
    machine = this_machine()
    assert machine.python == platform.python_version()
    assert machine.cores >= 1
    assert machine.processor
    for package in ("keras", "numpy", "onnxruntime"):
        assert machine.packages[package] == version(package)
    assert any(name.startswith("tensorflow") for name in machine.packages)


def scored_on(digest, n=10):
    """Return the card of a model, as far as it says what the model was tested on."""
    facts = DataFacts.model_construct(test_digest=digest)
    return Card.model_construct(data=facts, test=Scores.model_construct(n=n))


def test_only_what_was_tested_on_the_same_images_is_compared():
    x, y = scored_on("x"), scored_on("y")
    assert cards.tested_alike([x, None, y, x]) == [0, 3]
    assert cards.tested_alike([x, y, None]) == []
    assert cards.tested_alike([None, None]) == []
    assert cards.tested_alike([]) == []


def test_a_claimed_digest_does_not_make_other_images_the_same():
    assert cards.tested_alike([scored_on("x"), scored_on("x", n=9)]) == []


def test_a_card_is_parsed_once_until_its_file_changes(content, path):
    path.write_bytes(content)
    card = read_card(path)
    assert read_card(path) is card
    other = card.model_copy(update={"parameters": card.parameters + 1})
    path.write_text(other.model_dump_json(indent=1), encoding="utf-8")
    assert read_card(path) == other
    path.unlink()
    with pytest.raises(DigitLabError):
        read_card(path)
