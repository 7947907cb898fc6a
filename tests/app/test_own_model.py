"""Models from elsewhere on the pages: what is said of them, and what is not."""

import numpy as np
import pytest

from core.brought_models import adopt
from tests.app.conftest import plain, said
from tests.brought_models.networks import digits, learned, write


@pytest.fixture
def brought(with_model, tmp_path):
    """Bring a network of ONNX that wants pixels from 0 to 255; returns its folder."""
    images, labels = digits()
    path = write(tmp_path / "torch.onnx", learned(255 * images, labels), ("n", 784))
    return adopt.adopt_as(path, "mine").folder


def test_inspect_says_how_it_was_taken(brought, visit):
    app = visit("inspect", model="mine")
    assert "From torch.onnx (ONNX), reshaped to 784, pixels from 0 to 255" in plain(said(app))
    assert "Pixels from 0 to 255:" in plain(said(app))
    assert not app.error


def test_every_view_of_it_opens(brought, visit):
    for view in ("digits", "certainty", "duel", "map", "inside", "take"):
        app = visit("inspect", model="mine", view=view)
        assert not app.exception
    assert "this one came as ONNX" in said(app)
    app = visit("inspect", model="mine", view="inside")
    assert "made by another program" in plain(said(app))


def test_one_that_reads_nothing_is_a_warning(with_model, tmp_path, visit):
    images, labels = digits()
    mixed = np.random.default_rng(0).permutation(labels)
    path = write(tmp_path / "torch.onnx", learned(images, mixed), ("n", 784))
    adopt.adopt_as(path, "mine")
    app = visit("inspect", model="mine")
    assert "It reads only" in " ".join(map(plain, app.warning))
