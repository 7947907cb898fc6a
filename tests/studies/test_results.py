"""`core.studies.results`: results that are kept, and what is not believed."""

import numpy as np
import pytest

from core import registry
from core.errors import DigitLabError
from core.studies import results
from tests.models import as_imported, make_model

ROBUSTNESS = results.STUDIES["robustness"]


@pytest.fixture
def model(home, tmp_path):
    return registry.find(str(make_model(tmp_path / "linear")))


def test_a_model_that_was_removed_meanwhile_is_one_sentence(model):
    """Another tab may remove the run that this one looks at."""
    model.onnx.unlink()
    for ask in (results.read, results.changed_at):
        with pytest.raises(DigitLabError, match="no longer exists"):
            ask(model, ROBUSTNESS)


@pytest.mark.parametrize(
    "other",
    [{"right": np.zeros((3, 5), int)}, {"right": np.int64(1)}, {"images": np.array([1, 2])}],
)
def test_a_result_of_another_shape_is_none(model, other):
    """A page took the shape for granted, and stopped with a trace."""
    arrays = {"right": np.ones((15, 5), int), "images": np.int64(9)}
    file = results.file(model, ROBUSTNESS, None)
    file.parent.mkdir(parents=True)
    mark = results._mark(model, ROBUSTNESS)
    np.savez(file, **arrays, model=mark)
    assert results.read(model, ROBUSTNESS)["right"].sum() == 75
    np.savez(file, **arrays | other, model=mark)
    assert results.read(model, ROBUSTNESS) is None


def test_the_images_of_an_imported_run_are_found_by_their_name(home, own_file, tmp_path):
    """They were here, and said to be missing."""
    model = registry.find(str(as_imported(make_model(tmp_path / "its", str(own_file)))))
    assert model.card.data.source == "digits"
    assert registry.scored_on(model).digest == model.card.data.test_digest
