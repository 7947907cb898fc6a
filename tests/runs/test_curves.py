"""`core.runs.curves`: read while it is written, byte by byte if need be."""

import json
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.curves import Curves, MetricsWriter

BATCH = {"kind": "batch", "step": 1, "loss": 2.3, "accuracy": 0.1}
EPOCH = {"kind": "epoch", "epoch": 1, "step": 9, "loss": 1.0, "accuracy": 0.7, "seconds": 3.0}


def test_what_is_written_is_read_in_order(tmp_path):
    writer = MetricsWriter(tmp_path / "metrics.jsonl")
    curves = Curves(tmp_path / "metrics.jsonl")
    assert curves.refresh().batches == []
    writer.append(BATCH)
    assert curves.refresh().batches == [BATCH]
    writer.append({**BATCH, "step": 2})
    writer.append(EPOCH)
    curves.refresh()
    assert [record["step"] for record in curves.batches] == [1, 2]
    assert curves.epochs == [EPOCH]


@pytest.mark.parametrize(
    ("written", "shown"),
    [(1.0000004768371582, 1), (-0.0000003, 0), (1.0, 1), (0.25, 0.25), (1.5, nan), (-1, nan)],
)
def test_an_accuracy_that_rounding_put_past_its_bounds_is_shown(tmp_path, written, shown):
    """The curve of a run that reads whole batches correctly had gaps, and its table a number."""
    writer = MetricsWriter(tmp_path / "metrics.jsonl")
    writer.append({**BATCH, "accuracy": written})
    (record,) = Curves(tmp_path / "metrics.jsonl").refresh().batches
    assert record["accuracy"] == pytest.approx(shown, nan_ok=True, abs=0)


def test_a_line_cut_one_byte_short_is_left_for_later(tmp_path):
    path = tmp_path / "metrics.jsonl"
    line = json.dumps(BATCH).encode() + b"\n"
    path.write_bytes(line + line[:-1])
    curves = Curves(path)
    assert curves.refresh().batches == [BATCH]
    with path.open("ab") as file:
        file.write(line[-1:])
    assert curves.refresh().batches == [BATCH, BATCH]


@given(cuts=st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_pieces_of_any_size_give_every_record_once(tmp_path_factory, cuts):
    path = tmp_path_factory.mktemp("run") / "metrics.jsonl"
    records = [{**BATCH, "step": step} for step in range(8)]
    rest = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    curves = Curves(path)
    for cut in [*cuts, len(rest)]:
        piece, rest = rest[:cut], rest[cut:]
        with path.open("ab") as file:
            file.write(piece)
        curves.refresh()
    assert curves.batches == records


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"kind": "batch"}', '{"kind": "?", "loss": 1}'])
def test_a_damaged_line_costs_one_point(tmp_path, line):
    path = tmp_path / "metrics.jsonl"
    good = json.dumps(BATCH)
    path.write_text(f"{good}\n{line}\n{good}\n")
    assert Curves(path).refresh().batches == [BATCH, BATCH]


def test_a_torn_line_takes_no_other_with_it(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(json.dumps(BATCH).encode() + b"\n" + b'{"kind": "ba')
    writer = MetricsWriter(path)
    writer.append({"kind": "resume", "step": 0})
    writer.append({**BATCH, "loss": 2.2})
    assert Curves(path).refresh().batches == [{**BATCH, "loss": 2.2}]
