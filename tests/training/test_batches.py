"""`core.training.batches`: which images are trained on, in which order. `test_worker` trains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.bare_keras import keras
from core.data.augment import Augmentation
from core.model import as_input
from core.recipes.shipped import RECIPES
from core.training.batches import Batches

CONFIG = RECIPES["dense-starter"].config


def numbered(n):
    """Return n images that show their own number, and labels that are it."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(n), 256)
    return images, np.arange(n)


def shown(x):
    pixels = np.round(x * 255).astype(int)
    return 256 * pixels[:, 0, 0, 0] + pixels[:, 0, 1, 0]


def an_epoch(batches):
    return np.concatenate([batches[index][1] for index in range(len(batches))])


@given(n=some.integers(1, 700), batch_size=some.integers(1, 200), seed=some.integers(0, 2**31 - 1))
def test_an_epoch_holds_every_image_once_with_its_label(n, batch_size, seed):
    batches = Batches(*numbered(n), batch_size, seed)
    seen = []
    for index in range(len(batches)):
        x, y = batches[index]
        assert len(x) == batch_size or index == len(batches) - 1
        np.testing.assert_array_equal(shown(x), y)
        seen.extend(y)
    assert sorted(seen) == list(range(n))


def test_a_batch_is_what_networks_take():
    images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
    x, _ = Batches(images, np.arange(70), 64, seed=0)[0]
    assert (x.shape, x.dtype) == ((64, 28, 28, 1), np.float32)
    assert (x.min(), x.max()) == (0, 1)


def test_one_hot_labels_stay_with_their_images():
    images, numbers = numbered(10)
    x, y = Batches(images, keras.utils.to_categorical(numbers, 10), 10, seed=4)[0]
    np.testing.assert_array_equal(y.argmax(axis=1), shown(x))


def test_the_order_follows_from_seed_and_epoch_alone():
    def epochs(seed):
        batches = Batches(*numbered(300), 64, seed)
        orders = [an_epoch(batches)]
        for _ in range(2):
            batches.on_epoch_begin()
            orders.append(an_epoch(batches))
        return np.array(orders)

    first = epochs(seed=1)
    np.testing.assert_array_equal(first, epochs(seed=1))
    assert len({tuple(order) for order in [*first, *epochs(seed=2)]}) == 6


def test_changes_follow_from_seed_epoch_and_batch_alone():
    images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
    turned = Augmentation(rotation=20)

    def made(seed):
        return Batches(images, np.arange(70), 40, seed, turned)

    batches = made(seed=1)
    first = [batches[index][0] for index in (1, 0)]
    np.testing.assert_array_equal(first[1], made(seed=1)[0][0])
    np.testing.assert_array_equal(first[0], made(seed=1)[1][0])
    x, y = batches[0]
    assert (x.shape, x.dtype) == ((40, 28, 28, 1), np.float32)
    assert abs(x - as_input(images[y])).max() > 0.1
    batches.on_epoch_begin()
    again, labels = batches[0]
    both = np.intersect1d(y, labels)
    assert all((again[labels == k] != x[y == k]).any() for k in both)


def test_a_later_stage_goes_on_with_the_epochs():
    whole = Batches(*numbered(100), 32, seed=5)
    whole.on_epoch_begin()
    whole.on_epoch_begin()
    later = Batches(*numbered(100), 32, seed=5, first_epoch=2)
    np.testing.assert_array_equal(an_epoch(later), an_epoch(whole))


def test_keras_goes_through_every_image_in_every_epoch():
    """Keras itself asks for the order of an epoch, and may hold batches back."""
    seen = []

    class Sees(keras.Model):
        def call(self, x):
            return x[:, 0, 0, :1]

        def train_step(self, data):
            seen.append(np.asarray(data[1]))
            return {"loss": 0.0}

    model = Sees()
    model.compile(run_eagerly=True)
    model.fit(Batches(*numbered(100), 32, seed=0), epochs=3, shuffle=False, verbose=0)
    epochs = np.concatenate(seen).reshape(3, 100)
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs.tolist())
    assert len({tuple(epoch) for epoch in epochs.tolist()}) == 3


@given(
    n=some.integers(100, 3000),
    share=some.floats(0.01, 0.5),
    limit=some.none() | some.integers(100, 5000),
    seed=some.integers(0, 2**31 - 1),
)
def test_a_split_parts_what_it_is_given(n, share, limit, seed):
    changes = {"validation_split": share, "train_images": limit, "seed": seed}
    train, validation = CONFIG.model_copy(update=changes).split(n)
    both = np.concatenate([train, validation])
    used = min(n, limit or n)
    assert len(set(both.tolist())) == len(both) == used
    assert both.min() >= 0
    assert both.max() < n
    assert len(validation) >= 1
    assert len(validation) == pytest.approx(share * used, abs=1)


def test_a_split_follows_from_the_seed_alone():
    def split(**changes):
        return [part.tolist() for part in CONFIG.model_copy(update=changes).split(500)]

    assert split(seed=1) == split(seed=1, epochs=99, batch_size=7)
    assert split(seed=1) != split(seed=2)


def test_images_are_scaled_to_one():
    images = np.array([[[0, 51], [204, 255]]], np.uint8)
    x = as_input(images)
    assert (x.shape, x.dtype) == ((1, 2, 2, 1), np.float32)
    np.testing.assert_allclose(x.ravel(), [0, 0.2, 0.8, 1], rtol=1e-6)
