"""``python -m core sweep``: started, followed, steered and listed from a shell."""

import json

import pytest
from filelock import FileLock

from core import paths
from core.cli.main import main
from core.errors import DigitLabError
from core.runs import store as run_store
from core.sweeps import book, conductor, config, control, launch, store
from core.sweeps.export import as_csv
from tests.sweeps.sweeping import at_once, conducted, instant, small  # noqa: F401

QUICKLY = ["dense-starter", "--data", "sample", "--set", "epochs=2"]
RATES = ["--vary", "learning_rate=0.0001..0.1:log"]


@pytest.fixture
def here(instant, monkeypatch):  # noqa: F811
    """Conduct sweeps in this process, to their end."""

    def start_conductor(name):
        conductor.conduct(store.folder_of(name))

    for module in (launch, control):
        monkeypatch.setattr(module, "start_conductor", start_conductor)


def said(capsys, *arguments):
    main(["sweep", *arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["sweep", *arguments])
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_sweep_is_run_shown_listed_and_grown(here, capsys):
    options = ["--tries", "3", "--seed", "5", "--name", "mine", "--set", "batch_size=32"]
    found = said(capsys, "run", *QUICKLY, *RATES, *options)
    assert (found["name"], found["state"], found["done"], found["wanted"]) == (
        "mine",
        "finished",
        3,
        3,
    )
    base = found["config"]["base"]
    assert (base["epochs"], base["batch_size"], base["seed"]) == (2, 32, 5)
    assert [one["number"] for one in found["tries"]] == [0, 1, 2]
    assert found["tries"][0]["parameters"] == {"learning_rate": base["learning_rate"]}
    assert found["best"] in found["tries"]
    assert said(capsys, "show", "mine") == found
    (listed,) = said(capsys, "list")
    assert listed == {key: value for key, value in found.items() if key != "tries"}

    grown = said(capsys, "add", "mine", "2")
    assert (grown["state"], grown["done"]) == ("finished", 5)
    main(["sweep", "show", "mine"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mine ")
    assert "5 of 5 tries" in lines[0]
    assert f"best {grown['best']['value']:.2%} (try {grown['best']['number']})" in lines[0]
    assert len(lines) == 6
    assert "learning_rate=0.001" in lines[1]


def test_a_search_space_is_saved_listed_written_and_run(here, capsys, tmp_path):
    file, copy = tmp_path / "sweep.json", tmp_path / "copy.json"
    file.write_text(config.to_json(small(tries=2, seed=5)), encoding="utf-8")
    main(["sweep", "spaces"])
    assert "None is saved yet" in capsys.readouterr().out
    main(["sweep", "save", "rates", str(file)])
    main(["sweep", "spaces"])
    assert capsys.readouterr().out.count("2 tries: learning_rate, batch_size") == 2
    main(["sweep", "space", "rates", str(copy)])
    assert copy.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    capsys.readouterr()
    found = said(capsys, "run", "--space", "rates")
    assert (found["done"], found["config"]["seed"]) == (2, 5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--space", "rates"], "There is no search space 'rates'"),
        (["run", "--space", "rates", "--file", "x.json"], "give one of them"),
        (["space", "rates"], "There is no search space 'rates'"),
        (["save", "rates", "nowhere.json"], "'nowhere.json' cannot be read"),
    ],
)
def test_a_search_space_that_cannot_be_had_is_said(here, capsys, arguments, sentence):
    assert sentence in refused(capsys, *arguments)
    assert (store.names(), book.read_all()) == ([], ({}, []))


def test_a_whole_sweep_comes_from_a_file(here, capsys, tmp_path):
    file = tmp_path / "sweep.json"
    file.write_text(config.to_json(small(tries=2)), encoding="utf-8")
    found = said(capsys, "run", "--file", str(file), "--detach")
    assert (found["name"], found["done"]) == ("dense-starter-1", 2)
    assert "cannot be read" in refused(capsys, "run", "--file", str(tmp_path / "none.json"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "1 to 20 settings can vary, not 0."),
        (["--vary", "epochs"], "'epochs' does not say what varies: write KEY=LOW..HIGH"),
        (["--vary", "seed=1,2"], "seed cannot vary: the best would only be the luckiest."),
        ([*RATES, "--tries", "0"], "tries must be a whole number from 1 to 1000, not '0'."),
        ([*RATES, "--sampler", "grid"], "learning_rate: a grid needs a step"),
        ([*RATES, "--name", "A B"], "'A B' cannot be a sweep's name"),
    ],
)
def test_what_cannot_be_tried_is_one_sentence_and_leaves_nothing(here, capsys, options, sentence):
    assert sentence in refused(capsys, "run", *QUICKLY, *options)
    assert (store.names(), run_store.run_ids()) == ([], [])


def test_ctrl_c_stops_the_sweep_and_a_second_one_returns(home, capsys, monkeypatch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.cli.sweep.time.sleep", interrupt)
    held = FileLock(paths.sweeps_folder() / "mine" / store.CONDUCTOR_LOCK)
    monkeypatch.setattr(launch, "start_conductor", lambda name: held.acquire())
    try:
        said = refused(capsys, "run", *QUICKLY, *RATES, "--name", "mine")
    finally:
        held.release()
    assert "Sweep 'mine' is still stopping: see how it ended with" in said
    assert (store.folder_of("mine") / "stop").exists()


def test_a_sweep_that_fails_at_once_says_why(here, capsys, monkeypatch):
    def full(folder, sweep):
        raise DigitLabError("There is no room.")

    monkeypatch.setattr("core.sweeps.study.Study", full)
    assert "There is no room." in refused(capsys, "run", *QUICKLY, *RATES)


def test_a_sweep_is_removed_with_its_runs_and_restored(here, capsys):
    conducted(small())
    assert said(capsys, "remove", "mine") == {"removed": "mine"}
    assert (said(capsys, "list"), run_store.run_ids()) == ([], [])
    assert said(capsys, "restore", "mine")["done"] == 4
    assert len(run_store.run_ids()) == 4


def test_the_best_is_repeated_and_told(here, instant, capsys):  # noqa: F811
    instant.setattr("core.launch.process.launch", at_once)
    vary = {"learning_rate": {"choices": [0.001, 0.01]}}
    conducted(small(vary=vary, sampler="grid", pruner="none"))
    found = said(capsys, "repeat", "mine")
    assert (found["number"], len(found["best"]), len(found["base"])) == (1, 5, 5)
    assert found["tested"]["ahead"]["mean"] == pytest.approx(0.1)
    main(["sweep", "repeat", "mine"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 + 5
    assert lines[10].startswith("the best (try 1): 91.99% (95 % interval 91.79% to 92.19%, n = 5)")
    assert "the best is better (p < 0.001)" in lines[13]
    assert lines[14].endswith("would be luck among 2 tries.")


def test_a_sweep_is_exported_by_the_suffix_and_replaced_only_if_asked(here, capsys, tmp_path):
    sweep = conducted(small())
    table, whole = tmp_path / "tries.csv", tmp_path / "sweep.json"
    assert said(capsys, "export", "mine", str(table))["bytes"] == table.stat().st_size
    assert table.read_text("utf-8") == as_csv(sweep)
    said(capsys, "export", "mine", str(whole))
    assert len(json.loads(whole.read_text("utf-8"))["tries"]) == 4
    assert "already exists" in refused(capsys, "export", "mine", str(table))
    said(capsys, "export", "mine", str(table), "--overwrite")
    assert "neither in .csv nor in .json" in refused(capsys, "export", "mine", "tries.xlsx")


@pytest.mark.parametrize(
    "command", ["repeat", "export", "show", "stop", "pause", "resume", "remove"]
)
def test_an_unknown_sweep_is_one_sentence(home, capsys, command):
    assert "There is no sweep 'nothing'" in refused(capsys, command, "nothing")


def test_without_sweeps_the_list_says_how_to_start_one(home, capsys):
    main(["sweep", "list"])
    assert "python -m core sweep run" in capsys.readouterr().out
