"""Fixtures for sweeps."""

from tests.sweeps.sweeping import instant  # noqa: F401
