"""Fixtures for the tests of corruptions."""

import pytest

from core.data import load_test


@pytest.fixture(scope="session")
def digits():
    return load_test("sample").x[:12]
