"""Export of a sweep: its tries as CSV, one a line, or all of it as JSON."""

import csv
import io
import json
from typing import Any

from core.sweeps.store import Sweep

FORMATS = ("csv", "json")
_COLUMNS = (
    "number",
    "state",
    "value",
    "cpu_seconds",
    "epochs",
    "run",
    "reason",
    "started",
    "ended",
)


def as_csv(sweep: Sweep) -> str:
    """Return the tries as lines: what is known of each, and a column for each setting that varies.

    ``epochs`` is the number of epochs whose accuracy counted.
    """
    settings = list(sweep.config.vary) if sweep.config else []
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*_COLUMNS, *settings])
    for one in sweep.tries:
        values = one.model_dump(mode="json") | {"epochs": len(one.epochs)}
        writer.writerow(
            [values[name] for name in _COLUMNS] + [one.parameters.get(name) for name in settings]
        )
    return output.getvalue()


def facts(sweep: Sweep) -> dict[str, Any]:
    """Return what is known of a sweep but for its tries, ready for JSON."""
    return {
        "name": sweep.name,
        "state": sweep.state,
        "reason": sweep.reason,
        "created": sweep.created and sweep.created.isoformat(),
        "wanted": sweep.wanted,
        "done": sweep.done,
        "cpu_seconds": sweep.cpu_seconds,
        "best": sweep.best and sweep.best.model_dump(mode="json"),
        "config": sweep.config and sweep.config.model_dump(mode="json"),
    }


def all_facts(sweep: Sweep) -> dict[str, Any]:
    """Return what is known of a sweep with its tries, ready for JSON."""
    return facts(sweep) | {"tries": [one.model_dump(mode="json") for one in sweep.tries]}


def as_json(sweep: Sweep) -> str:
    """Return all of a sweep as JSON."""
    return json.dumps(all_facts(sweep), indent=1, allow_nan=False)
