"""The machine line: what every benchmark prints above its table to say where it was measured."""

import os
from importlib.metadata import version

from core.cards import Machine, this_machine


def describe(*packages: str, machine: Machine | None = None, **others: str) -> str:
    """Return system, processor, cores, Python and versions in one line.

    Parameters
    ----------
    *packages : str
        Distributions whose versions matter here, beside those that every card names.
    machine : Machine, optional
        Where it was measured; default: here and now, with the load that others put on it.
    **others : str
        Versions of what is no Python package, by name.
    """
    here = machine or this_machine()
    versions = here.packages | {name: version(name) for name in packages} | others
    parts = [
        here.system,
        here.processor,
        f"{here.cores} cores",
        f"Python {here.python}",
        *(f"{name} {number}" for name, number in versions.items()),
    ]
    if machine is None and hasattr(os, "getloadavg"):
        parts.append(f"load {os.getloadavg()[0]:.1f} at the start")
    return ", ".join(parts)
