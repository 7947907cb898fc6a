"""`bench/refusal.py`, on strokes of the generator instead of people's."""

import numpy as np
import pytest
from click.testing import CliRunner

from bench import refusal
from core.data import sample
from core.reading import gate
from core.strokes import digits
from core.strokes.others import KINDS


@pytest.fixture
def strokes(tmp_path, monkeypatch):
    """Write a file of eight digits by two writers, one of either half."""
    rng = np.random.default_rng(0)
    samples = [digits.write(digit, rng) for digit in range(8)]
    every = [stroke for sample in samples for stroke in sample]
    lengths = [len(stroke) for stroke in every]
    np.savez(
        tmp_path / "strokes.npz",
        points=(np.concatenate(every) * 10_000).round().astype(np.int16),
        stroke_offsets=np.cumsum([0, *lengths]).astype(np.int32),
        sample_offsets=np.cumsum([0, *(len(sample) for sample in samples)]).astype(np.int32),
        y=np.arange(8).astype(np.uint8),
        writer=(np.arange(8) % 2).astype(np.int16),
    )
    monkeypatch.setenv("DIGIT_LAB_PEN_STROKES", str(tmp_path / "strokes.npz"))
    some = {name: refusal.strokes.VARIANTS[name] for name in ("default", "thin8")}
    monkeypatch.setattr(refusal.strokes, "VARIANTS", some)
    monkeypatch.setattr(refusal, "load_test", lambda name: sample.load_test())


def run(*arguments):
    result = CliRunner().invoke(refusal.main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.long
def test_every_kind_has_its_row_in_the_right_table(strokes):
    printed = run("--images", "2")
    tables = printed.split("| kinds ")
    assert len(tables) == 3
    for kind in KINDS:
        assert f"| {kind.name} | 2 |" in tables[2 if kind.trained else 1]
    held_back = sum(not kind.trained for kind in KINDS)
    assert f"| **mean over kinds** | {held_back} kinds |" in tables[1]
    assert "| left out of the score |" in tables[2]
    assert "| its network, lines as they are |" in tables[2]


def test_gates_are_compared_where_nine_of_ten_others_are_refused():
    """Below 0.3 lie nine of ten of either kind, below 0.2 fewer."""
    scores = {"a": [0.1] * 8 + [0.2, 0.5], "b": [0.1] * 9 + [0.3], "digits": [0.1, 0.2, 0.4, 0.6]}
    images = {name: np.array(found)[:, None] for name, found in scores.items()}
    right = np.array([True, False, True, True])
    others = {name: images[name] for name in ("a", "b")}
    lost = refusal._lost(lambda x: x[:, 0], {"digits": images["digits"]}, right, others)
    assert lost == ["2 of 4 (50.00%)", "1"]


def test_the_threshold_is_chosen_on_the_choosing_writers(strokes, monkeypatch):
    """It lies above 0.5 % of their digits, here above the lowest of all."""
    seen = []

    class Judge:
        def __call__(self, images):
            seen.append(len(images))
            return np.linspace(0.2, 1.2, len(images), dtype=np.float32)

    monkeypatch.setattr(gate, "load", Judge)
    assert float(run("--choose")) == pytest.approx(0.205)
    assert seen == [4 * 2]


def test_without_strokes_it_says_so(monkeypatch):
    monkeypatch.delenv("DIGIT_LAB_PEN_STROKES", raising=False)
    assert "DIGIT_LAB_PEN_STROKES names no file" in run()
