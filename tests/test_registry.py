"""`core.registry`, `core.own_models`: one way to name a model, whatever lies on disk."""

import errno
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from core import own_models, paths, registry
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import carried_pictures, contract, removal, store, trash
from core.runs.contract import State, Status
from tests.models import make_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("made"))


@pytest.fixture
def models(home, monkeypatch):
    """Return the folder of promoted models; what is shipped lies elsewhere."""
    monkeypatch.setattr(paths, "SHIPPED_MODELS", home / "shipped")
    return home / "models"


@pytest.fixture
def add(models, made):
    """Call as ``add("name")``: one more promoted model; returns its folder."""
    return lambda name, parent=models: Path(shutil.copytree(made, parent / name))


@pytest.fixture
def run(models, made):
    run = store.create(RECIPES["sprint"].config)
    shutil.copytree(made, run.folder, dirs_exist_ok=True)
    store.write_status(run.folder, Status(state=State.FINISHED))
    return store.read(run.id)


def names():
    return [model.name for model in registry.list_models()]


def test_shipped_and_promoted_models_are_listed_by_name(home, add):
    assert names() == []
    add("b")
    add("a", home / "shipped")
    add("c")
    assert names() == ["a", "b", "c"]


def test_a_promoted_model_wins_over_a_shipped_one_of_its_name(home, add):
    add("a", home / "shipped")
    promoted = add("a")
    assert registry.find("a").folder == promoted


def test_a_model_promoted_into_the_project_did_not_come_with_it(home, models, add, run):
    """Without a home of one's own, promoted models lie where the shipped ones do."""
    add("tiny", home / "shipped")
    add("mine", home / "shipped")
    add("sprint")
    assert {model.name: model.ships for model in registry.list_models()} == {
        "mine": False,
        "sprint": False,
        "tiny": True,
    }


def test_what_ships_is_there(home):
    assert registry.DEFAULT in registry.SHIPPED
    assert all(registry.find(name).ships for name in registry.SHIPPED)


@pytest.mark.parametrize("missing", [contract.CARD, contract.ONNX_MODEL])
def test_a_folder_that_is_not_whole_is_left_out(add, missing):
    (add("torn") / missing).unlink()
    add("whole")
    assert names() == ["whole"]


def test_neither_damaged_cards_nor_foreign_files_break_the_list(models, add):
    (add("damaged") / contract.CARD).write_text("{}")
    add("Not A Name")
    add(".arriving")
    (models / "README.md").write_text("not a model")
    add("whole")
    assert names() == ["whole"]


def test_a_name_a_run_and_paths_lead_to_a_model(add, run):
    folder = add("name")
    found = {
        registry.find(name).onnx
        for name in ("name", str(folder), str(folder / contract.ONNX_MODEL), f"{folder}/../name")
    }
    assert {path.resolve() for path in found} == {folder / contract.ONNX_MODEL}
    assert registry.find(run.id).folder == run.folder
    assert registry.find(run.id).card.test.n > 300


@pytest.mark.parametrize(
    "name", ["", "nothing", "../models", "no.onnx", "~nobody-has-this-name/x", "x" * 5000, "a\0b"]
)
def test_what_is_no_model_is_answered_with_what_there_is(add, name):
    """Names that no file can have ended in a trace."""
    add("mine")
    with pytest.raises(DigitLabError, match=r"There is no model .* \(mine\)"):
        registry.find(name)


def test_an_onnx_file_in_capitals_is_one(add, tmp_path):
    path = tmp_path / "A.ONNX"
    shutil.copyfile(add("mine") / contract.ONNX_MODEL, path)
    assert registry.find(str(path)).onnx == path


def test_a_keras_file_is_refused_as_what_it_is(add):
    """The sentence asked for a .keras file, and got one."""
    path = add("mine") / contract.KERAS_MODEL
    with pytest.raises(DigitLabError, match="is a Keras file, which only") as refused:
        registry.find(str(path))
    assert "a .keras file" not in str(refused.value)


def test_only_a_run_with_a_model_is_one(run):
    (run.folder / contract.CARD).unlink()
    with pytest.raises(DigitLabError, match=f"'{run.id}' has no model: it is finished"):
        registry.find(run.id)


def test_predictions_are_those_that_the_card_counts(add):
    model = registry.find(str(add("mine")))
    labels, probabilities = model.predictions()
    assert (labels.dtype, probabilities.dtype) == (np.uint8, np.float32)
    assert np.mean(probabilities.argmax(axis=1) == labels) == model.card.test.accuracy


@pytest.mark.parametrize("damage", ["short", "foreign", "torn", "missing"])
def test_predictions_that_do_not_fit_are_refused(add, damage):
    folder = add("mine")
    path = folder / contract.PREDICTIONS
    if damage == "short":
        labels, probabilities = registry.find("mine").predictions()
        np.savez(path, labels=labels[1:], probabilities=probabilities[1:])
    elif damage == "foreign":
        np.savez(path, something=np.zeros(3))
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        path.unlink()
    with pytest.raises(DigitLabError):
        registry.find("mine").predictions()


def test_a_promoted_model_outlives_its_run(run, models):
    promoted = own_models.promote(run.id, "mine")
    removal.remove(run.id)
    assert promoted.folder == models / "mine"
    assert names() == ["mine"]
    assert sorted(file.name for file in promoted.folder.iterdir()) == sorted(
        (contract.KERAS_MODEL, contract.ONNX_MODEL, contract.PREDICTIONS, contract.CARD)
    )
    assert promoted.pictures() == {}
    image = np.zeros((1, 28, 28), np.float32)
    assert promoted.predictor().predict(image).probabilities.shape == (1, 10)


def test_a_promoted_model_carries_the_pictures_of_its_run(run, models):
    images = np.arange(382 * 784, dtype=np.int64).reshape(382, 28, 28).astype(np.uint8)
    carried_pictures.write(run.folder, images, np.array([3, 381]))
    found = own_models.promote(run.id, "mine").pictures()
    assert list(found) == [3, 381]
    np.testing.assert_array_equal(found[381], images[381])


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Big", "-a", ".a", "a" * 41, "a\n"])
def test_only_a_plain_name_can_be_given(run, models, name):
    with pytest.raises(DigitLabError, match="cannot be a model's name"):
        own_models.promote(run.id, name)
    assert not models.exists()


def test_no_model_is_replaced(home, run, add):
    add("shipped-one", home / "shipped")
    for name in ("shipped-one", add("promoted-one").name):
        with pytest.raises(DigitLabError, match=f"'{name}' already"):
            own_models.promote(run.id, name)


@pytest.mark.parametrize("missing", [contract.KERAS_MODEL, contract.PREDICTIONS])
def test_what_a_run_lacks_is_said_and_not_the_folder_blamed(run, models, missing):
    """It asked to make room in a folder that was fine."""
    (run.folder / missing).unlink()
    with pytest.raises(DigitLabError, match=f"its {missing} is missing"):
        own_models.promote(run.id, "mine")
    assert not models.exists()


def test_a_promotion_that_fails_leaves_nothing_behind(run, models, monkeypatch):
    def full(source, target):
        target.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DigitLabError, match="The model cannot be kept in"):
        own_models.promote(run.id, "mine")
    assert list(models.iterdir()) == []
    assert run.folder.is_dir()


def test_a_deleted_model_comes_back_as_it_was(add):
    add("mine")
    model = registry.find("mine")
    own_models.remove("mine")
    assert (names(), own_models.removed(), trash.removed()) == ([], ["mine"], [])
    own_models.restore("mine")
    assert (registry.find("mine"), own_models.removed()) == (model, [])
    assert model.card.parameters > 0


def test_a_deleted_model_never_comes_back_over_another(add):
    add("mine")
    own_models.remove("mine")
    add("mine")
    with pytest.raises(DigitLabError, match="another model has its name: delete that first"):
        own_models.restore("mine")
    own_models.remove("mine")  # the second takes the place of the first
    assert own_models.removed() == ["mine"]


def test_what_was_deleted_an_hour_ago_goes_with_the_next(add, models):
    add("old")
    own_models.remove("old")
    long_ago = time.time() - trash.KEPT_S - 1
    os.utime(models / (contract.REMOVED + "old"), (long_ago, long_ago))
    add("new")
    own_models.remove("new")
    assert own_models.removed() == ["new"]
    with pytest.raises(DigitLabError, match="Model 'old' cannot be restored: it was deleted for"):
        own_models.restore("old")
    trash.clear()  # of the runs alone
    assert own_models.removed() == ["new"]


def test_only_what_was_saved_under_a_name_is_deleted(home, add, run):
    add("tiny", home / "shipped")
    for name, reason in (("tiny", "cannot be deleted"), (run.id, "cannot be deleted"), ("x", "no")):
        with pytest.raises(DigitLabError, match=reason):
            own_models.remove(name)
    assert names() == ["tiny"]
    assert store.exists(run.id)


def test_a_free_name_is_the_wanted_one_or_numbered(add):
    assert own_models.free_name("sprint") == "sprint"
    add("sprint")
    assert own_models.free_name("sprint") == "sprint-2"
    add("sprint-2")
    assert own_models.free_name("sprint") == "sprint-3"


def test_a_free_name_can_be_promoted_to(add, run, models):
    """Too long a name was offered, and that of a folder that is no whole model."""
    (models / "torn").mkdir(parents=True)
    add("a" * 40)
    for wanted, free in (
        ("torn", "torn-2"),
        ("a" * 40, "a" * 38 + "-2"),
        ("a" * 50, "a" * 38 + "-3"),
        ("b" * 50, "b" * 40),
    ):
        assert own_models.free_name(wanted) == free
        assert own_models.promote(run.id, free).name == free


def test_the_model_in_use_is_the_chosen_the_default_or_any(add):
    assert registry.active() is None
    add("a")
    assert registry.active().name == "a"
    add(registry.DEFAULT)
    assert registry.active().name == registry.DEFAULT
    registry.set_active("a")
    assert registry.active().name == "a"


@pytest.mark.parametrize("content", [b"gone", b"", b"\xff\xfe"])
def test_a_choice_that_is_gone_falls_back(home, add, content):
    add(registry.DEFAULT)
    (home / "active-model.txt").write_bytes(content)
    assert registry.active().name == registry.DEFAULT
