"""Files and folders that the documents' examples read."""

import numpy as np
import pytest

from core.strokes import pen


@pytest.fixture(scope="session")
def seven() -> np.ndarray:
    """Return what is in the documents' ``seven.png``: uint8 (280, 280), white on black."""
    stroke = np.array([[60.0, 50.0], [200.0, 50.0], [110.0, 230.0]])
    return (255 * pen.draw([stroke], 18, 280)).round().astype(np.uint8)
