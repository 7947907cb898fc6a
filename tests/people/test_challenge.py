"""The game's points, its log as a data set, and what becomes of a damaged log."""

import numpy as np
import pytest

from core import paths
from core.data import files
from core.errors import DigitLabError
from core.people import challenge
from core.reading.normalise import normalise
from core.reading.reader import Digit
from tests.together import meet_after, together

STROKES = {"objects": [{"type": "Path", "path": [["M", 0, 0], ["L", 5, 5]], "strokeWidth": 3}]}


def a_digit(digit: int, share: float = 0.91, verdict: str = "digit") -> Digit:
    probabilities = np.full(10, (1 - share) / 9, np.float32)
    probabilities[digit] = share
    ink = np.zeros((40, 40), np.float32)
    ink[5:30, 10 + digit : 14 + digit] = 1
    return Digit(verdict, digit, probabilities, 0.9, (0, 0, 40, 40), normalise(ink))


def play(player: str = "Ann", seconds: float = 2.0, read_as=lambda asked: asked):
    game = challenge.Round(player, "linear", since=100.0)
    for turn, asked in enumerate(game.asked):
        game.take(a_digit(read_as(asked)), STROKES, 100.0 + seconds * (turn + 1))
    return game


@pytest.mark.parametrize(
    ("right", "share", "seconds", "points"),
    [
        (True, 0.1, 0.5, 100),  # at once and hardly read
        (True, 1.0, 0.5, 50),
        (True, 0.1, 10.0, 50),
        (True, 1.0, 60.0, 1),  # read is never nothing
        (True, 0.55, 5.25, 50),  # half-way in both
        (True, 0.05, 0.1, 100),
        (False, 0.1, 0.5, 0),
    ],
)
def test_fast_and_barely_read_earns_most(right, share, seconds, points):
    assert challenge.points(right, share, seconds) == points


def test_a_round_asks_for_each_digit_once_and_adds_up(home):
    game = play()
    assert sorted(game.asked) == list(range(10))
    assert game.digit is None
    result = challenge.result(game.played)
    # 50 * 8 / 9.5 for two seconds and 50 * 0.09 / 0.9 for 91 % make 42.1 + 5, each of ten times.
    assert (result.points, result.read, result.seconds) == (470, 10, pytest.approx(20))
    with pytest.raises(DigitLabError, match="over"):
        game.take(None, None, 500.0)


def test_what_is_not_read_or_not_drawn_earns_nothing(home):
    game = challenge.Round("", "linear", since=0.0)
    wrong = game.take(a_digit((game.digit + 1) % 10), None, 1.0)
    refused = game.take(a_digit(game.digit, verdict="not-a-digit"), None, 2.0)
    blank = game.take(None, None, 3.0)
    assert [one.points for one in (wrong, refused, blank)] == [0, 0, 0]
    assert (refused.answer, blank.answer) == (None, None)
    assert [one.seconds for one in game.played] == [1, 1, 1]


def test_the_best_come_first_and_rounds_that_were_left_do_not_count(home):
    slow, quick = play("slow", 6.0), play("quick", 1.0)
    left = challenge.Round("left", "linear", since=0.0)
    left.take(a_digit(left.digit), None, 0.5)
    best = challenge.best(challenge.log())
    assert [one.player for one in best] == ["quick", "slow"]
    assert best[0].round == quick.began != slow.began


def test_the_log_is_a_data_set_that_train_takes(home, monkeypatch, tmp_path):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(tmp_path))
    for _ in range(6):
        play()
    challenge.Round("", "linear", since=0.0).take(None, None, 1.0)  # nothing drawn: no image
    content = challenge.as_data_set(challenge.log())
    data = files.load(files.import_upload("challenge.npz", content))
    assert len(data.y_train) + len(data.y_test) == 60
    assert set(data.y_train.tolist()) | set(data.y_test.tolist()) == set(range(10))


def test_damaged_lines_are_left_out_and_a_torn_one_is_ended(home):
    play()
    file = paths.challenge_folder() / "log.jsonl"
    whole = file.read_bytes()
    assert challenge.log()[0].strokes == STROKES
    file.write_bytes(b"\xff\n{}\n" + whole[:-5])
    assert len(challenge.log()) == 9
    play("after")
    assert len(challenge.log()) == 19
    assert challenge.best(challenge.log())[0].player == "after"


def test_a_torn_line_is_ended_once_though_two_play(home, monkeypatch):
    """Both looked and then both wrote: on Windows the one's digit could lie over the other's."""
    file = paths.challenge_folder() / "log.jsonl"
    file.parent.mkdir()
    file.write_bytes(b"{torn")
    meet_after(monkeypatch, challenge, "_ends_with_newline")
    rounds = [challenge.Round(name, "linear", since=0.0) for name in ("Ann", "Bob")]
    together(*(lambda one=one: one.take(a_digit(one.digit), STROKES, 1.0) for one in rounds))
    lines = file.read_bytes().split(b"\n")
    assert (lines[0], len(lines), lines[-1]) == (b"{torn", 4, b"")
    assert {one.player for one in challenge.log()} == {"Ann", "Bob"}


def test_a_log_can_be_deleted(home):
    play()
    challenge.forget()
    challenge.forget()
    assert challenge.log() == []


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(home):
    paths.challenge_folder().write_text("a file stands there")
    with pytest.raises(DigitLabError, match="DIGIT_LAB_HOME"):
        play()


def test_very_long_strokes_are_left_out(home):
    game = challenge.Round("", "linear", since=0.0)
    game.take(a_digit(game.digit), {"objects": ["x" * 400_000]}, 1.0)
    (kept,) = challenge.log()
    assert kept.strokes is None


def test_of_a_long_log_the_newest_rounds_are_read(home, monkeypatch):
    """The beginning was read, so that from some day on no new round was ever shown."""
    play("Ann")
    size = challenge._file().stat().st_size
    monkeypatch.setattr(challenge, "_MOST_BYTES", size + size // 2)
    play("Bob")
    found = challenge.log()
    assert [one.player for one in found[-10:]] == ["Bob"] * 10
    assert 10 < len(found) < 20
