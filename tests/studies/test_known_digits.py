"""`core.studies.known_digits`: the search against brute force, and which digits it is among."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import registry
from core.data import sample
from core.errors import DigitLabError
from core.studies import known_digits as module
from core.studies import results, runner
from core.studies.known_digits import Known, known_digits, nearest
from tests.models import make_model


@pytest.fixture
def model(home, tmp_path):
    return registry.find(str(make_model(tmp_path / "linear")))


def among(embeddings: np.ndarray) -> Known:
    n = len(embeddings)
    return Known(np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.uint8), embeddings)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 300),
    d=st.integers(1, 40),
    k=st.integers(1, 12),
    far=st.sampled_from([0.0, 1000.0]),
)
def test_against_brute_force(seed, n, d, k, far):
    """Also where all vectors are long and differ by little."""
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(0, 1, (n, d)) + far).astype(np.float32)
    one = (rng.normal(0, 1, d) + far).astype(np.float32)
    found = nearest(among(vectors), one, k)
    every = np.sqrt(((vectors.astype(np.float64) - one) ** 2).sum(axis=1))
    assert len(found.places) == min(k, n)
    assert np.allclose(found.distances, np.sort(every)[:k], rtol=1e-4)
    assert np.allclose(every[found.places], found.distances, rtol=1e-4)


def test_equals_come_in_the_order_of_their_places():
    found = nearest(among(np.zeros((30, 4), np.float32)), np.ones(4, np.float32), 3)
    assert (np.diff(found.places) > 0).all()
    assert found.distances == pytest.approx([2, 2, 2])


def test_without_the_study_it_is_the_offline_sample(model):
    known = known_digits(model, model.predictor())
    digits = sample.load()
    assert known.is_what_it_learned_from  # this one did
    assert np.array_equal(known.labels, digits.y_train)
    flat = digits.x_train.reshape(len(digits.x_train), -1) / 255
    assert np.allclose(known.embeddings, flat, atol=1e-6)  # this network's embedding is the image


def test_a_training_digit_is_its_own_neighbour(model):
    shares = []
    runner.work_out(model, results.STUDIES["known"], shares.append)
    known = known_digits(model, model.predictor())
    assert known.is_what_it_learned_from
    assert shares == sorted(shares)
    assert shares[-1] == 1
    image = known.images[77].astype(np.float32) / 255
    found = nearest(known, model.predictor().predict(image[None]).embedding[0], 1)
    assert found.places.tolist() == [77]
    assert found.distances[0] < 0.01  # of what float16 drops


def test_of_long_embeddings_fewer_digits_are_kept(model, monkeypatch):
    monkeypatch.setattr(module, "_MOST_NUMBERS", 784 * 500)
    runner.work_out(model, results.STUDIES["known"], lambda share: None)
    known = known_digits(model, model.predictor())
    digits = sample.load()
    assert 300 < len(known.labels) <= 500
    step = -(-len(digits.x_train) // 500)
    assert np.array_equal(known.images, digits.x_train[::step])
    assert np.array_equal(known.labels, digits.y_train[::step])


def test_other_training_digits_are_refused(model):
    """Neighbours among digits it never saw would be no reason of its answers."""
    card = model.folder / "card.json"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(model.card.data.digest, "0" * 64), encoding="utf-8")
    changed = registry.find(str(model.folder))
    with pytest.raises(DigitLabError, match="are not those that the model was trained on"):
        module.study(changed, lambda share: None)


def test_a_file_without_a_card_has_the_sample(model, tmp_path):
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(model.onnx.read_bytes())
    known = known_digits(registry.find(str(bare)), model.predictor())
    assert not known.is_what_it_learned_from


def test_a_model_of_mnist_did_not_learn_from_the_sample(home):
    model = registry.find("tiny")
    known = known_digits(model, model.predictor())
    assert not known.is_what_it_learned_from
    assert len(known.labels) == len(sample.load().y_train)


def test_digits_that_are_gone_or_damaged_are_kept_anew(model):
    runner.work_out(model, results.STUDIES["known"], lambda share: None)
    file = module._file(model.card.data.digest)
    whole = file.read_bytes()
    for content in (b"", whole[:100], whole[:-1], b"no array"):
        file.write_bytes(content)
        assert known_digits(model, model.predictor()).embeddings.dtype == np.float16
        assert file.read_bytes() == whole


def test_kept_digits_are_those_of_the_data(model):
    runner.work_out(model, results.STUDIES["known"], lambda share: None)
    images, labels = module._kept(model.card.data.digest)
    assert np.array_equal(images, sample.load().x_train)
    assert np.array_equal(labels, sample.load().y_train)


@pytest.mark.parametrize("shape", [(10**30,), (2**63 - 1,), None])
def test_kept_digits_with_a_hostile_header_are_none(home, shape):
    """Sizes beyond the machine's, and an archive in the place of an array."""
    file = module._file("0" * 64)
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        if shape is None:
            stream.write(b"PK\x03\x04 no archive")
        else:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
    assert module._kept("0" * 64) is None


@pytest.mark.parametrize(
    "places", [np.zeros(0, np.int32), np.array([0.5, 1.5]), np.array([-9, 2]), np.array([5, 2])]
)
def test_a_result_with_impossible_places_has_the_sample(model, places):
    study = results.STUDIES["known"]
    runner.work_out(model, study, lambda share: None)
    embeddings = np.zeros((len(places), 784), np.float16)
    mark = results._mark(model, study)
    np.savez(results.file(model, study, None), places=places, embeddings=embeddings, model=mark)
    assert len(known_digits(model, model.predictor()).labels) == len(sample.load().y_train)
