"""`core.cluster.pieces`: a run's files arrive as they are, and nothing else does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cluster import pieces
from core.cluster.pieces import Outgoing, Piece

GROWING = ("metrics.jsonl", "watch.jsonl", "log.txt")
EVENTS = "tensorboard/events.out.tfevents.1767225600.annex.4711.0.v2"
WHOLE = ("panel.npz", "epochs/0001.npz", "checkpoint/epoch-0001.weights.h5", EVENTS)
LINES = st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"") + b"\n"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(GROWING), LINES.map(b"".join)),
        st.tuples(st.sampled_from(WHOLE), st.binary(min_size=1, max_size=50)),
    ),
    max_size=12,
)


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab" if name in GROWING else "wb") as file:
        file.write(content)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_size
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS, st.lists(st.booleans(), min_size=12, max_size=12))
def test_whatever_is_written_arrives_however_often_it_is_sent(tmp_path_factory, steps, arrives):
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    outgoing = Outgoing(here)
    for (name, content), is_confirmed in zip(steps, arrives, strict=False):
        put(here, name, content)
        changes = outgoing.changes()
        pieces.write(there, changes.pieces, checkpoints=True)
        if is_confirmed:  # else the sender has not heard, and sends it again
            outgoing.confirm(changes)
    pieces.write(there, outgoing.everything(), checkpoints=True)
    assert contents(there) == contents(here)
    assert outgoing.changes().pieces == ()


def test_half_a_line_waits_for_its_rest(tmp_path):
    outgoing = Outgoing(tmp_path)
    put(tmp_path, "metrics.jsonl", b'{"a": 1}\n{"b"')
    assert [piece.content for piece in outgoing.everything()] == [b'{"a": 1}\n']
    put(tmp_path, "metrics.jsonl", b": 2}\n")
    (rest,) = outgoing.everything()
    assert (rest.start, rest.content) == (9, b'{"b": 2}\n')


def test_checkpoints_that_are_gone_are_said_and_sent_only_when_asked_for(tmp_path):
    outgoing = Outgoing(tmp_path)
    put(tmp_path, "checkpoint/epoch-0001.weights.h5", b"one")
    assert outgoing.changes(checkpoints=False).pieces == ()
    outgoing.confirm(outgoing.changes())
    (tmp_path / "checkpoint/epoch-0001.weights.h5").unlink()
    assert outgoing.changes(checkpoints=False).gone == ()
    assert outgoing.changes().gone == ("checkpoint/epoch-0001.weights.h5",)


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "card.json",
        "model.keras",
        "notes.json",
        "status.json",
        "stop",
        "elsewhere.json",
        "worker.lock",
        "../metrics.jsonl",
        "/tmp/metrics.jsonl",
        "epochs/../../0001.npz",
        "epochs/0001.npz/../x",
        "checkpoint/epoch-0001.weights.h5\n",
        "checkpoint/other-0001.weights.h5",
        "checkpoint\\epoch-0001.weights.h5",
        "tensorboard/plugins.py",
        "tensorboard/events.out.tfevents./../../../x",
        "PANEL.NPZ",
        "",
    ],
)
def test_no_other_file_is_written(tmp_path, name):
    folder = tmp_path / "runs" / "run"
    folder.mkdir(parents=True)
    pieces.write(folder, [Piece(name, 0, b"hostile")], checkpoints=True)
    assert contents(tmp_path) == {}


def test_too_much_and_out_of_place_is_left(tmp_path):
    pieces.write(
        tmp_path,
        [
            Piece("panel.npz", 0, bytes(2_000_001)),
            Piece("epochs/0001.npz", 0, bytes(2_000_001)),
            Piece(EVENTS, 0, bytes(2_000_001)),
            Piece("metrics.jsonl", 5, b"far ahead\n"),
            Piece("checkpoint/epoch-0001.weights.h5", 0, b"not wanted here"),
        ],
        checkpoints=False,
    )
    assert contents(tmp_path) == {}


def test_a_growing_file_ends_at_its_bound(tmp_path, monkeypatch):
    monkeypatch.setitem(pieces._GROWING, "log.txt", 10)
    put(tmp_path, "log.txt", b"0123456789ABC")
    sent = Outgoing(tmp_path).everything()
    assert b"".join(piece.content for piece in sent) == b"0123456789"
    there = tmp_path / "there"
    there.mkdir()
    pieces.write(there, [*sent, Piece("log.txt", 10, b"ABC")], checkpoints=False)
    assert contents(there) == {"log.txt": b"0123456789"}
