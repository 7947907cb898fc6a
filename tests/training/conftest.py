"""What tests of training share."""

import pytest

from tests.working import workers


@pytest.fixture
def no_worker_survives(home):
    """Kill the workers that a test has left behind."""
    yield
    for process in workers():
        process.kill()
