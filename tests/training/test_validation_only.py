"""Runs that leave the test images alone: what they are scored on, and that nothing else is read."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from core import cards, registry
from core.cli.main import main
from core.config import with_changes
from core.data import load, sample
from core.runs import contract
from core.training import digits
from tests.working import QUICK, trained

CONFIG = with_changes(QUICK, {"score_on": "validation", "epochs": 1})


class Poisoned(SimpleNamespace):
    """A data set whose test images cannot be looked at."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was read")


@pytest.fixture
def poisoned(monkeypatch):
    data = load("sample")
    known = {field.name: getattr(data, field.name) for field in fields(data)}
    for name in ("x_test", "y_test", "test_digest"):
        del known[name]
    monkeypatch.setattr(digits, "load", lambda source: Poisoned(**known))
    return data


def test_the_test_images_are_not_read(poisoned, tmp_path):
    found = digits.gather(CONFIG, tmp_path, lambda **_: None)
    _, held_back = CONFIG.split(len(poisoned.x_train))
    np.testing.assert_array_equal(found.scored_images, poisoned.x_train[held_back])
    np.testing.assert_array_equal(found.scored_labels, poisoned.y_train[held_back])
    assert found.facts.test == found.facts.validation == len(held_back)
    assert found.facts.test_digest != poisoned.test_digest
    assert found.facts.digest == poisoned.digest


def test_a_run_that_is_tested_reads_them(poisoned, tmp_path):
    with pytest.raises(AssertionError, match="x_test was read"):
        digits.gather(QUICK, tmp_path, lambda **_: None)


@pytest.fixture
def two_tests(home, tmp_path, toys):
    """Train on the same digits twice: once beside their test images, once beside false ones."""
    data = sample.load()
    runs = []
    for name, labels in (("right", data.y_test), ("wrong", (data.y_test + 1) % 10)):
        file = tmp_path / f"{name}.npz"
        arrays = {"x_train": data.x_train, "y_train": data.y_train}
        np.savez(file, **arrays, x_test=data.x_test, y_test=labels)
        runs.append(trained(with_changes(CONFIG, {"data": str(file)})))
    return [registry.of_run(run) for run in runs]


def test_no_figure_depends_on_the_test_images(two_tests):
    one, other = two_tests
    assert one.card.test == other.card.test
    assert one.card.scored_on == "validation"
    assert one.card.test.accuracy == pytest.approx(one.card.training.validation_accuracy)
    for mine, its in zip(one.predictions(), other.predictions(), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert one.card.data.test_digest == other.card.data.test_digest
    scored = registry.scored_on(one)
    _, held_back = one.card.config.split(len(sample.load().x_train))
    np.testing.assert_array_equal(scored.y, one.predictions()[0])
    np.testing.assert_array_equal(scored.x, sample.load().x_train[held_back])


def test_it_is_said_and_not_compared_with_a_tested_one(home, toys, capsys):
    tried = trained(CONFIG)
    tested = trained(with_changes(CONFIG, {"score_on": "test"}))
    found = [registry.of_run(run).card for run in (tried, tested)]
    assert [card.scored_on for card in found] == ["validation", "test"]
    assert cards.tested_alike(found) == []
    assert _kernel(tried) == _kernel(tested)  # It changes nothing in the training.

    main(["runs", "show", tried.id])
    assert "scored on its validation images, not on the test" in capsys.readouterr().out
    main(["runs", "list"])
    listed = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "on validation images" in listed[tried.id]
    assert "validation" not in listed[tested.id]
    main(["runs", "compare", tried.id, tested.id])
    out = capsys.readouterr().out
    assert "were not tested on the same digits" in out
    assert "), on validation images" in out


def _kernel(run):
    from tests.toy import model

    return model.load(run.folder / contract.KERAS_MODEL).layers[0].kernel.tobytes()
