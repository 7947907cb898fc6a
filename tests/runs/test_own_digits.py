"""`core.runs.own_digits`: a file in a run's folder that may come from elsewhere."""

import numpy as np
import pytest

from core.errors import DigitLabError
from core.runs import own_digits


@pytest.mark.parametrize("labels", [np.uint8(3), np.zeros((1, 1), np.uint8), np.zeros(0, np.uint8)])
def test_labels_of_another_shape_are_one_sentence(tmp_path, labels):
    """A single number has no length, which was a trace on the page; and no digits are none."""
    images = np.zeros((labels.size, 28, 28), np.uint8)
    np.savez(tmp_path / own_digits.FILE, images=images, labels=labels)
    with pytest.raises(DigitLabError, match="damaged"):
        own_digits.read(tmp_path)
