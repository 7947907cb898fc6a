"""The main module of the tests' process, which an AppTest replaces by its script."""

import sys

import pytest
from streamlit.testing.v1 import AppTest

OWN = sys.modules["__main__"]


def _script():
    pass


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_begins_with_it(time):
    """What a test of the same process began by `multiprocessing` ran an AppTest's script first.

    It failed with ``NameError: name '__args' is not defined``.
    """
    assert sys.modules["__main__"] is OWN
    AppTest.from_function(_script, default_timeout=600).run()
    assert sys.modules["__main__"] is not OWN
