"""`core.launch.cost`: from runs of this machine, else from what was measured elsewhere."""

import re
import time
from pathlib import Path

import pytest

from core import paths
from core.architecture import Dense, Flatten
from core.config import with_changes
from core.launch import cost
from core.recipes.shipped import RECIPES
from core.runs import control, queue, store
from core.runs.contract import State, Status
from tests.data import strokes

SPRINT = RECIPES["sprint"].config


def ran(config, seconds, **status):
    run = store.create(config)
    facts = {"state": State.FINISHED, "step": 9, "total_steps": 9, "started": 100.0}
    store.write_status(run.folder, Status(**facts | {"ended": 100.0 + seconds} | status))
    return store.read(run.id)


def waiting(config=SPRINT):
    """Make a run that reads as starting, as all do in their first half minute."""
    return store.create(config)


def test_recipes_hold_what_the_benchmarks_state():
    table = (Path(paths.PROJECT) / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    stated = {
        name: (float(accuracy) / 100, float(seconds))
        for name, accuracy, seconds in re.findall(
            r"^\| `([\w-]+)` \| [\d,]+ \| ([\d.]+)% \([^|]*\| (\d+) \(", table, re.MULTILINE
        )
    }
    shipped = re.findall(
        r"^\| `([\w-]+)`[^|]*\| [\d,]+ \|[^|]*\| ([\d.]+) %[^|]*\|[^|]*\|[^|]*, ([\d,]+) CPU s",
        table,
        re.MULTILINE,
    )
    for name, accuracy, seconds in shipped:
        stated.setdefault(name, (float(accuracy) / 100, float(seconds.replace(",", ""))))
    held = {name: (recipe.accuracy, recipe.cpu_seconds) for name, recipe in RECIPES.items()}
    assert {name: pytest.approx(facts) for name, facts in stated.items()} == held


@pytest.mark.parametrize("name", RECIPES)
def test_without_runs_a_recipe_takes_what_was_measured_elsewhere(home, name, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(home / "data"))
    for source in RECIPES[name].config.strokes:
        strokes.save(home / "data/strokes" / f"{source}.npz")
    found = cost.estimate(RECIPES[name].config, [])
    assert found.basis == "elsewhere"
    assert found.seconds == pytest.approx(RECIPES[name].cpu_seconds + 3)


def test_without_files_of_strokes_there_is_less_to_learn(home, monkeypatch):
    """Also where one is given by a path that leads nowhere: that is said at the start."""
    monkeypatch.setenv("DIGIT_LAB_DATA", str(home / "data"))
    recipe = RECIPES["flagship"]
    seen = 57_000 + recipe.config.written_digits
    share = seen / (seen + recipe.config.drawn_digits)
    for sources in (recipe.config.strokes, [], ["gone/strokes.npz"]):
        config = with_changes(recipe.config, {"strokes": sources})
        found = cost.estimate(config, [])
        assert found.seconds == pytest.approx(recipe.cpu_seconds * share + 3)


def test_the_same_settings_take_what_they_took(home):
    ran(SPRINT, 40.0)
    ran(with_changes(SPRINT, {"seed": 7}), 60.0)
    ran(with_changes(SPRINT, {"epochs": 9}), 999.0)
    assert cost.estimate(SPRINT, store.list_runs()) == cost.Cost(50.0, "same")


def test_another_length_is_scaled(home):
    ran(SPRINT, 3.0 + 40.0)
    longer = with_changes(SPRINT, {"epochs": 3})
    assert cost.estimate(longer, store.list_runs()) == cost.Cost(pytest.approx(123.0), "here")
    less = with_changes(SPRINT, {"train_images": 3600})
    assert cost.estimate(less, store.list_runs()).seconds == pytest.approx(3 + 4.0)


def test_a_slow_machine_makes_other_recipes_slow(home):
    ran(SPRINT, 3.0 + 5 * RECIPES["sprint"].cpu_seconds)
    classic = RECIPES["cnn-classic"]
    found = cost.estimate(classic.config, store.list_runs())
    assert found == cost.Cost(pytest.approx(3 + 5 * classic.cpu_seconds), "here")


def test_a_larger_network_takes_longer(home):
    config = RECIPES["dense-starter"].config
    wider = with_changes(config, {"layers": [Flatten(), Dense(units=4096)]})
    assert cost.estimate(wider, []).seconds > 2 * cost.estimate(config, []).seconds


def test_runs_that_were_stopped_or_ended_early_say_nothing(home):
    ran(SPRINT, 1.0, state=State.STOPPED)
    ran(SPRINT, 1.0, step=3)
    assert cost.estimate(SPRINT, store.list_runs()).basis == "elsewhere"


def test_the_digits_of_a_file_are_unknown_until_they_were_trained_on(home):
    config = with_changes(SPRINT, {"data": "/somewhere/digits.npz", "train_images": None})
    assert cost.estimate(config, []) is None
    assert cost.estimate(with_changes(config, {"train_images": 500}), []) is not None
    ran(config, 20.0)
    assert cost.estimate(config, store.list_runs()) == cost.Cost(20.0, "same")


def test_who_is_started_now_waits_for_all_others(home):
    ran(SPRINT, 30.0)
    assert cost.wait(store.list_runs()) == cost.Wait([], 0.0)
    first, second = waiting(), waiting()
    found = cost.wait(store.list_runs())
    assert [run.id for run in found.ahead] == [first.id, second.id]
    assert found.seconds == pytest.approx(60.0)
    found = cost.wait(store.list_runs(), second)
    assert [run.id for run in found.ahead] == [first.id]
    control.to_the_front(second.id)
    assert cost.wait(store.list_runs(), store.read(second.id)).ahead == []


def test_what_trains_says_how_long_it_will(home):
    training, later = waiting(), waiting()
    with store.worker_lock(training.folder):
        status = Status(state=State.RUNNING, seconds_left=70.0, next_heartbeat=time.time() + 99)
        store.write_status(training.folder, status)
        assert cost.wait(store.list_runs(), later).seconds == pytest.approx(73.0)
        control.pause(training.id)
        assert cost.wait(store.list_runs(), later).seconds is None


def test_two_places_are_free_sooner_than_one(home):
    ran(SPRINT, 30.0)
    for _ in range(3):
        waiting()
    last = waiting()
    assert cost.wait(store.list_runs(), last).seconds == pytest.approx(90.0)
    queue.set_at_once(2)
    assert cost.wait(store.list_runs(), last).seconds == pytest.approx(30.0)
    queue.set_at_once(4)
    assert cost.wait(store.list_runs(), last).seconds == 0.0
