"""Export of a model: what lies ready is offered at once, the rest when it is made."""

import json
import subprocess

import pytest

from core.export import jobs
from core.export.formats import FORMATS
from tests.app.conftest import plain, said
from tests.waiting import wait_for


@pytest.fixture
def folder(with_model):
    return with_model / "models" / "linear"


def labels(app, kind):
    return [button.label for button in app.get(kind) if "CSV" not in button.label]


def button_of(app, label):
    return next(button for button in app.button if button.label == label)


def test_keras_and_onnx_are_offered_at_once(folder, visit):
    app = visit("inspect", view="take")
    assert labels(app, "download_button")[1:] == ["Download Keras", "Download ONNX"]
    for wanted in FORMATS.values():
        assert wanted.is_at_hand or button_of(app, f"Prepare {wanted.title}")


def test_a_failure_is_a_sentence_and_can_be_tried_again(folder, visit, monkeypatch):
    asked = []

    def refuse(command, **_options):
        asked.append(command)
        return subprocess.CompletedProcess(command, 2, "", "This is why it cannot be.\n")

    monkeypatch.setattr("core.background.subprocess.run", refuse)
    app = visit("inspect", view="take")
    for times in (1, 2):
        label = "Prepare LiteRT" if times == 1 else "Try again"
        button_of(app, label).click().run()
        wait_for(lambda: len(asked) == times, "the process was started")  # noqa: B023
        app.run()
        assert [plain(error) for error in app.error] == ["This is why it cannot be."]
        assert "Download LiteRT" not in labels(app, "download_button")
    assert asked[0] == asked[1]
    assert str(folder / "model.keras") in asked[0]


@pytest.mark.parametrize(("seconds", "label"), [(4.2, "Preparing, 4 s"), (0.0, "Waiting")])
def test_while_it_is_made_the_button_says_so(folder, visit, monkeypatch, seconds, label):
    monkeypatch.setattr(jobs.Exporter, "state", lambda *_: "running")
    monkeypatch.setattr(jobs.Exporter, "seconds", lambda *_: seconds)
    app = visit("inspect", view="take")
    preparing = [button for button in app.button if button.label == label]
    assert len(preparing) == 4
    assert all(button.disabled for button in preparing)


def test_what_was_made_before_says_how_well_it_agrees(folder, visit):
    wanted = FORMATS["litert-int8"]
    kept = jobs.folder_of(jobs.digest_of(folder / "model.keras"), wanted)
    kept.mkdir(parents=True)
    (kept / "model.tflite").write_bytes(b"model")
    facts = {"bytes": 112_720, "largest_difference": 0.0495, "agreement": 0.998}
    facts |= {"check_images": 1000, "checked_on": "sample"}
    (kept / "export.json").write_text(json.dumps(facts))
    app = visit("inspect", view="take")
    assert "Download LiteRT int8" in labels(app, "download_button")
    assert (
        "113 kB · the same answer as Keras on 998 of 1,000 test digits, probabilities differ by at "
        "most 0.05" in said(app)
    )


def test_without_its_keras_file_only_onnx_is_offered(folder, visit):
    (folder / "model.keras").unlink()
    app = visit("inspect", view="take")
    assert labels(app, "download_button")[1:] == ["Download ONNX"]
    assert said(app).count("Needs the file model.keras") == 5
