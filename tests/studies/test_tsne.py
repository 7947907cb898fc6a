"""`core.studies.tsne`: what it hears of the pinned scikit-learn while it works."""

import numpy as np

from core.paths import PROJECT
from core.studies.tsne import in_the_plane

VECTORS = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)


def test_it_is_told_of_every_fiftieth_iteration(capsys):
    heard = []
    points = in_the_plane(VECTORS, 300, heard.append)
    assert heard == [50, 100, 150, 200, 250, 300]
    assert points.shape == (60, 2)
    assert capsys.readouterr().out == ""


def test_scikit_learn_still_has_no_public_way():
    """Once this fails, `core.studies.tsne` can ask instead of listening."""
    import sklearn  # here, for every process of the tests imports this file
    from sklearn.callback import CallbackSupportMixin
    from sklearn.manifold import TSNE

    assert not issubclass(TSNE, CallbackSupportMixin)
    pinned = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    assert f"scikit-learn~={'.'.join(sklearn.__version__.split('.')[:2])}\n" in pinned
