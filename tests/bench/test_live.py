"""`bench.live`: which answer counts for which move of the pen."""

import pytest

from bench import live


def test_each_move_waits_for_the_answer_to_the_first_picture_taken_after_it():
    requests = [{"began": 10, "seen": 30}, {"began": 40, "seen": 70}]
    # The move at 15 is not in the picture of 10; that at 50 in none.
    assert live._waits([5, 15, 35, 50], requests) == [25, 55, 35]
    assert live._waits([5], []) == []


@pytest.mark.parametrize(("took", "pause"), [(5, 20), (50, 50), (100, 200), (900, 500)])
def test_the_class_pauses_as_the_page_does(took, pause):
    """`pauseAfter` in ui/live_answer.js."""
    assert live._pause_after(took) == pause
