"""`core.studies.embedding_map`: what is apart in many dimensions stays apart in the plane."""

import numpy as np
import pytest

from core import registry
from core.errors import DigitLabError
from core.studies import embedding_map, results
from tests.models import make_model


@pytest.fixture(scope="module")
def clusters():
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 20, (3, 60))
    labels = np.repeat([0, 1, 2], 40)
    return labels, (centres[labels] + rng.normal(0, 1, (120, 60))).astype(np.float32)


@pytest.fixture(scope="module")
def laid_out(clusters):
    shares = []
    return embedding_map.layout(clusters[1], shares.append, 300), shares


def test_neighbours_are_of_ones_own_cluster(clusters, laid_out):
    labels, points = clusters[0], laid_out[0]
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (labels[distances.argmin(axis=1)] == labels).all()


def test_points_fill_the_square_around_the_origin(laid_out):
    points = laid_out[0]
    assert points.shape == (120, 2)
    assert np.abs(points).max() == pytest.approx(1)
    assert points.min(axis=0) == pytest.approx(-points.max(axis=0), abs=1e-6)


def test_progress_rises_to_the_end(laid_out, capsys):
    shares = laid_out[1]
    assert len(shares) > 4
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert capsys.readouterr().out == ""


def test_the_same_vectors_give_the_same_map(clusters, laid_out):
    again = embedding_map.layout(clusters[1], lambda share: None, 300)
    assert np.array_equal(again, laid_out[0])


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_network_that_sees_no_difference_is_one_sentence(value):
    """Where all units are dead, t-SNE ended the process by a segmentation fault."""
    with pytest.raises(DigitLabError, match="the same for every image"):
        embedding_map.layout(np.full((60, 8), value), lambda share: None, 250)


def test_embeddings_of_one_number_have_a_map():
    numbers = np.random.default_rng(0).random((60, 1))
    points = embedding_map.layout(numbers, lambda share: None, 250)
    assert points.shape == (60, 2)
    assert np.isfinite(points).all()


def test_other_test_images_are_refused(home, tmp_path):
    """A map of other images would show each answer at another's place."""
    folder = make_model(tmp_path / "linear")
    card = (folder / "card.json").read_text(encoding="utf-8")
    digest = registry.find(str(folder)).card.data.test_digest
    (folder / "card.json").write_text(card.replace(digest, "0" * 64), encoding="utf-8")
    with pytest.raises(DigitLabError, match="are not those that"):
        embedding_map.study(registry.find(str(folder)), lambda share: None)


@pytest.mark.parametrize("name", ["flagship", "sprint", "tiny"])
def test_shipped_maps_belong_to_the_shipped_models(home, name):
    """Whoever trains one of them anew sends its studies anew, too."""
    model = registry.find(name)
    points = results.read(model, results.STUDIES["map"])["points"]
    assert points.shape == (model.card.test.n, 2)
    assert (model.folder / "studies" / "map.npz").stat().st_size < 60_000
    labels, _ = model.predictions()
    middle = np.stack([np.median(points[labels == d], axis=0) for d in range(10)]).astype(float)
    nearest = np.linalg.norm(points[:, None] - middle[None], axis=2).argmin(axis=1)
    assert (nearest == labels).mean() > 0.8
