"""`runs`: listing, steering, comparing and moving runs."""

import numpy as np

from core.cluster import errand
from core.data import load
from core.recipes.shipped import RECIPES
from core.runs import contract, requests, store
from core.runs.contract import State, Status
from tests.models import make_model


def test_a_finished_run_is_listed_and_shown_with_its_card(core, finished, trained):
    card = {key: value for key, value in trained[1].json.items() if key not in ("id", "state")}
    (listed,) = core("runs", "list", "--json").json
    shown = core("runs", "show", finished, "--json").json
    assert shown.pop("card") == card
    assert shown == listed
    assert (listed["id"], listed["state"]) == (finished, "finished")
    assert listed["accuracy"] == card["test"]["accuracy"]
    assert listed["config"] == card["config"]
    assert listed["duration_s"] > 0
    assert finished in core("runs", "list").out
    assert f"{listed['accuracy']:.2%}" in core("runs", "show", finished).out


def test_a_malformed_run_is_listed_as_such(core, run):
    (run.folder / contract.CONFIG).write_text("{")
    (listed,) = core("runs", "list", "--json").json
    assert (listed["state"], listed["config"]) == ("malformed", None)
    assert "malformed" in core("runs", "list").out
    assert core("runs", "show", run.id, "--json").json == listed


def test_without_runs_the_list_says_how_to_start_one(core):
    assert core("runs", "list", "--json").json == []
    assert "train sprint" in core("runs", "list").out


def test_a_run_is_stopped(core, run):
    assert core("runs", "stop", run.id, "--json").json["state"] == "stopping"
    assert requests.stop_requested(run.folder)


def test_a_run_is_paused_resumed_and_stopped_with_its_best_epoch(core):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, next_heartbeat=9e9))
        assert core("runs", "pause", run.id, "--json").json["state"] == "pausing"
        assert core("runs", "resume", run.id, "--json").json["state"] == "running"
        assert core("runs", "stop", run.id, "--keep-best", "--json").json["state"] == "stopping"
        assert requests.best_requested(run.folder)


def test_a_lost_run_is_resumed(core, monkeypatch):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING))
    started = []
    monkeypatch.setattr("core.launch.process.start_worker", started.append)
    core("runs", "pause", run.id).refused("is lost, not training")
    assert core("runs", "resume", run.id, "--json").json["state"] == "starting"
    assert [again.id for again in started] == [run.id]


def test_a_run_that_was_lost_elsewhere_is_resumed_here(core, monkeypatch):
    run = store.create(RECIPES["sprint"].config, errand.mark)
    store.write_status(run.folder, Status(state=State.LOST))
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", "postgresql://somebody@127.0.0.1:1/lab")
    monkeypatch.setattr("core.cluster.sending.start_mirror", lambda: None)
    started = []
    monkeypatch.setattr("core.launch.process.start_worker", started.append)
    assert core("runs", "resume", run.id, "--here", "--json").json["state"] == "starting"
    assert [again.id for again in started] == [run.id]
    assert not run.is_elsewhere


def test_a_run_that_is_over_cannot_be_stopped_but_removed(core, finished):
    core("runs", "stop", finished).refused("there is nothing to stop")
    assert core("runs", "remove", finished, "--json").json == {"removed": finished}
    assert store.list_runs() == []


def test_an_active_run_cannot_be_removed(core, run):
    core("runs", "remove", run.id).refused("stop it first")
    assert run.folder.is_dir()


def test_a_run_is_renamed(core, finished):
    said = core("runs", "rename", finished, " Our  first ", "--json").json["notes"]
    assert said["name"] == "Our first"
    assert "Our first" in core("runs", "list").out
    core("runs", "rename", finished, "x" * 61).refused("60 characters")
    assert core("runs", "rename", finished, "", "--json").json["notes"]["name"] == ""


def test_a_run_is_exported_and_imported(core, finished, tmp_path):
    before = core("runs", "show", finished, "--json").json
    path = tmp_path / "run.zip"
    facts = core("runs", "export", finished, path, "--json").json
    assert facts == {"id": finished, "path": str(path), "bytes": path.stat().st_size}
    core("runs", "export", finished, path).refused("--overwrite")
    core("runs", "import", path).refused("already exists")
    core("runs", "remove", finished)
    after = core("runs", "import", path, "--json").json
    assert after["notes"]["imported"]
    assert core("runs", "show", finished, "--json").json["card"] == before["card"]
    for same in ("id", "state", "accuracy", "config"):
        assert after[same] == before[same]


def test_what_is_no_passport_is_refused(core, home, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK")
    core("runs", "import", tmp_path / "x.zip").refused("'x.zip' cannot be imported")
    core("runs", "import", tmp_path / "nothing.zip").refused("nothing.zip", "cannot be read")
    core("runs", "export", "nothing").refused("There is no run")
    assert not (home / "runs").exists()


def test_runs_are_compared(core, finished, home):
    other = store.create(RECIPES["dense-dropout"].config_for("sample"))
    make_model(other.folder, run=other.id)
    facts = core("runs", "compare", finished, other.id, "--json").json
    assert [run["id"] for run in facts["runs"]] == [finished, other.id]
    first, second = (load_answers(run) for run in (finished, other.id))
    labels = load("sample").y_test
    (pair,) = facts["pairs"]
    assert pair["only_first"] == int(((first == labels) & (second != labels)).sum())
    assert pair["only_second"] == int(((second == labels) & (first != labels)).sum())
    assert facts["disagreements"] == np.flatnonzero(first != second).tolist()
    assert facts["differences"]["recipe"] == ["dense-starter", "sprint"]
    out = core("runs", "compare", finished, other.id).out
    assert pair["means"] in out
    core("runs", "compare", finished).refused("Give 2 to 8")
    core("runs", "compare", finished, finished).refused("different runs")


def load_answers(run_id):
    with np.load(store.read(run_id).folder / contract.PREDICTIONS) as found:
        return found["probabilities"].argmax(axis=1)
