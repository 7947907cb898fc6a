"""`data`: the data sets that are there, and what a file holds."""

import json

import numpy as np

from core.data import files, pendigits, stroke_files
from core.data.stroke_files import Strokes
from core.errors import DigitLabError


def test_data_without_mnist_is_the_sample(core):
    facts = core("data", "--json").json
    assert (facts["mnist"], facts["source"]) == (None, "sample")
    assert facts["train"] + facts["test"] == 1797
    assert "--fetch" in core("data").out


def test_data_with_mnist_is_mnist(core, mnist_folder, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(mnist_folder))
    facts = core("data", "--json").json
    assert (facts["source"], facts["train"], facts["test"]) == ("mnist", 60000, 10000)
    assert str(mnist_folder.resolve()) in facts["mnist"]


def test_fetching_downloads_what_is_missing(core, monkeypatch):
    def fetch(progress):
        progress(1, 3)
        fetched.append("mnist")

    fetched = []
    monkeypatch.setattr("core.data.mnist.fetch", fetch)
    core("data", "--json").json  # noqa: B018  (asserts success)
    assert fetched == []
    assert core("data", "--fetch").code == 0
    assert fetched == ["mnist"]


def test_a_download_that_fails_is_a_sentence(core, monkeypatch):
    def fail(progress):
        raise DigitLabError("There is no network.")

    monkeypatch.setattr("core.data.mnist.fetch", fail)
    core("data", "--fetch", "--json").refused("There is no network.")


def test_what_a_file_holds_is_said(core, lying):
    told = core("data", lying).out
    assert "CSV, label in the first column; values 0 to 255; black on white" in told
    assert "black on white: they were set right. --as-is keeps them" in told
    facts = json.loads(core("data", lying, "--json").out)
    assert sum(facts["labels"]) == facts["train"] + facts["test"] == 382
    assert facts["set_right"] == ["The digits are black on white: they were set right."]


def test_what_is_kept_or_built_in_is_shown_as_it_is(core, lying, no_mnist):
    """It was said that `train` would set right what had been kept as it was on purpose."""
    facts = json.loads(core("data", "sample", "--json").out)
    assert (facts["source"], facts["train"]) == ("sample", 1415)
    kept = files.keep(files.look(lying), "lying.csv", as_is=True)
    facts = json.loads(core("data", kept.stem, "--json").out)
    assert facts["set_right"] == []
    assert "black on white" in facts["recognised"]


def test_qmnist_is_fetched_by_name_and_shown_as_a_test_set(core, no_mnist, monkeypatch):
    def fetch(progress):
        progress(1, 3)
        fetched.append("qmnist")

    fetched = []
    monkeypatch.setattr("core.data.qmnist.fetch", fetch)
    told = core("data", "--fetch", "qmnist")
    assert (told.code, fetched) == (0, ["qmnist"])
    assert "BSD 3-clause" in told.err
    core("data", "--fetch", "emnist").refused("'emnist' is not one of 'mnist', 'qmnist'")
    core("data", "qmnist").refused("data --fetch qmnist")


def test_training_on_qmnist_is_refused(core, no_mnist):
    core("train", "sprint", "--data", "qmnist").refused("nothing is trained or chosen on")


def test_strokes_are_fetched_once_and_their_licence_is_said_before(core, no_mnist, monkeypatch):
    def fetch(progress):
        progress(1, 3)
        one = Strokes([[np.array([[0, 0], [0, 1]])]], np.array([1]), np.array([3]), "pendigits")
        pendigits.path().parent.mkdir()
        stroke_files.write(pendigits.path(), one)
        fetched.append("strokes")

    fetched = []
    monkeypatch.setattr("core.data.pendigits.fetch", fetch)
    told = core("data", "--fetch", "strokes")
    assert (told.code, fetched) == (0, ["strokes"])
    assert "Alpaydin" in told.err
    assert "CC BY 4.0" in told.err
    assert f"Strokes: {pendigits.path()}" in told.out
    assert core("data", "--fetch", "strokes").err == ""
    assert fetched == ["strokes"]
