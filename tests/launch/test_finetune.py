"""Fine-tuning on a person's digits, by a real worker, and what it is worth."""

import numpy as np
import pytest

from core import registry
from core.config import with_changes
from core.data import load
from core.errors import DigitLabError
from core.launch import finetune
from core.people import corrections
from core.runs import contract, own_digits, store
from tests.models import as_imported, make_model
from tests.working import QUICK, copied, reaches, trained_here


@pytest.fixture
def mirrored(home, no_mnist):
    """Correct digits of a person who writes them mirrored; returns some to come, and labels."""
    data = load("sample")
    images, labels = data.x_train[:80, :, ::-1], data.y_train[:80]
    for image, label in zip(images[:40], labels[:40], strict=True):
        corrections.keep(image.astype(np.float32) / 255, int(label), 0, 0.5, "x")
    return images[40:], labels[40:]


def test_a_copy_learns_a_persons_hand(mirrored, sample_run, no_worker_survives):
    first = store.read(copied(sample_run))
    before = registry.of_run(first)
    run = reaches(finetune.begin(before), contract.State.FINISHED)
    assert run.config.start_from == first.id
    assert finetune.newest(store.list_runs()).id == run.id
    after = registry.of_run(run)
    images, labels = mirrored
    images = images.astype(np.float32) / 255
    was, now = (
        (model.predictor().predict(images).probabilities.argmax(axis=1) == labels).sum()
        for model in (before, after)
    )
    assert now > was  # of digits that it was never shown
    found = finetune.compare(run, before)
    own = own_digits.read(run.folder)
    assert found.held_back[2] == (~own.trained_on).sum() > 0
    assert found.trained_on[2] + found.held_back[2] == 40
    assert after.card.data.own == sorted(own_digits.names(own.images[own.trained_on]))
    assert found.trained_on[1] > found.trained_on[0]
    # What was lost and gained is what the accuracies differ by.
    assert found.gained - found.lost == after.card.test.correct - before.card.test.correct
    # It began with the model's weights: nothing else reads so well after so few epochs.
    assert after.card.test.accuracy > before.card.test.accuracy - 0.05


def test_nothing_to_train_on_is_a_sentence_and_leaves_no_run(home, no_mnist):
    make_model(home / "models" / "linear")
    with pytest.raises(DigitLabError, match="There are no corrected digits yet"):
        finetune.begin(registry.find("linear"))
    assert store.list_runs() == []
    assert finetune.newest(store.list_runs()) is None


def test_weights_of_another_network_are_refused(mirrored, sample_run):
    first = copied(sample_run)
    layers = [{"layer": "flatten"}, {"layer": "dense", "units": 7}]
    other = with_changes(QUICK, {"start_from": first, "layers": layers})
    run = trained_here(other)
    assert run.state is contract.State.FAILED
    assert "other layers" in run.reason


def pictures(n):
    return np.random.default_rng(0).integers(0, 256, (n, 28, 28), np.uint8)


def test_all_of_a_few_are_trained_on_and_some_of_many_held_back():
    assert own_digits.trained_on(pictures(11)).all()
    assert 60 < (~own_digits.trained_on(pictures(400))).sum() < 140


def test_what_is_held_back_stays_so_as_others_come_and_go():
    images = pictures(40)
    fate = own_digits.trained_on(images)
    assert np.array_equal(own_digits.trained_on(images[20:]), fate[20:])
    assert np.array_equal(own_digits.trained_on(images[::-1]), fate[::-1])


def test_what_was_trained_on_before_is_not_sold_as_new(mirrored):
    """All of eleven digits are trained on; of twelve some are held back, but were before."""
    make_model(home := store.paths.models_folder() / "first")
    images, _ = corrections.arrays(corrections.everything())
    card = registry.find("first").card
    data = card.data.model_copy(update={"own": own_digits.names(images)})
    (home / contract.CARD).write_text(card.model_copy(update={"data": data}).model_dump_json())
    run = store.create(finetune.configuration(registry.find("first"), 40))
    make_model(run.folder, run=run.id)
    own_digits.keep(run.folder)
    found = finetune.compare(store.read(run.id), registry.find("first"))
    assert (found.trained_on[2], found.held_back[2]) == (40, 0)


def test_damaged_digits_are_one_sentence(home, tmp_path):
    np.savez(tmp_path / own_digits.FILE, images=np.zeros((2, 5, 5), np.uint8), labels=[1, 2])
    with pytest.raises(DigitLabError, match="damaged"):
        own_digits.read(tmp_path)


@pytest.mark.parametrize(("count", "times"), [(1, 100), (10, 30), (30, 10), (500, 10)])
def test_few_digits_are_shown_more_often(count, times):
    assert finetune.configuration(registry.find("sprint"), count).own_digits == times


@pytest.mark.tensorflow
def test_validation_images_are_among_those_of_the_models_own_training():
    """The order of images comes from the seed, so the same first ones are validated on."""
    model = registry.find("sprint")
    config = finetune.configuration(model, 10)
    card = model.card
    _, its_own = card.config.split(card.data.train + card.data.validation)
    fitted, validated = config.split(card.data.train + card.data.validation)
    assert set(validated) <= set(its_own)
    assert not set(fitted) & set(validated)


def test_only_what_was_trained_here_counts_as_fine_tuned(mirrored):
    tuned = store.create(with_changes(QUICK, {"own_digits": 10, "start_from": "linear"}))
    own_digits.keep(tuned.folder)
    trained_with_them = store.create(with_changes(QUICK, {"own_digits": 10}))
    own_digits.keep(trained_with_them.folder)
    store.create(with_changes(QUICK, {"own_digits": 10, "start_from": "linear"}))  # imported
    assert finetune.newest(store.list_runs()).id == tuned.id


def test_a_copy_of_an_imported_model_learns_from_its_data(home, own_file):
    """They were here, and the training failed without them."""
    as_imported(make_model(store.paths.models_folder() / "its", str(own_file)))
    config = finetune.configuration(registry.find("its"), 10)
    assert load(config.data).digest == registry.find("its").card.data.digest
