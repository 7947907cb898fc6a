"""Files of tests in an order that keeps all processes at work until the end.

Those that take longest begin first, so that no process is left with one at the end. They mostly
wait, for a browser or a worker; the many quick ones compute, and are spread among them evenly.

``durations.json`` says how long each takes, in seconds; ``make test ARGS=--record-durations``
writes it anew. It decides an order and nothing else: figures of another machine do as well.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

DURATIONS = Path(__file__).with_name("durations.json")
_LEAST_S = 1.0  # what takes less is not worth a line
_LONG_S = 10.0  # also a file that nobody has measured


class Order:
    """The plugin: puts files in order, and measures them where asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._seconds: dict[str, float] = json.loads(DURATIONS.read_text(encoding="utf-8"))
        # With several processes only the first is told of every test.
        self._records = config.option.record_durations and not hasattr(config, "workerinput")
        self._measured: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = self._places({_file(item.nodeid) for item in items})
        items.sort(key=lambda item: place[_file(item.nodeid)])

    def _places(self, files: set[str]) -> dict[str, tuple[float, str]]:
        """Return by what to sort: which part of its kind, long or quick, comes before a file."""
        seconds = {file: self._seconds.get(file, _LONG_S) for file in files}
        places = {}
        for is_long in (True, False):
            kind = [file for file in files if (seconds[file] >= _LONG_S) is is_long]
            before, total = 0.0, sum(seconds[file] for file in kind)
            for file in sorted(kind, key=lambda file: (-seconds[file], file)):
                places[file] = (before / total, file)
                before += seconds[file]
        return places

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._measured[_file(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._records:
            found = {name: round(max(s, _LEAST_S)) for name, s in self._measured.items()}
            there = {
                name: seconds
                for name, seconds in (self._seconds | found).items()
                if (session.config.rootpath / name).is_file()
            }
            slowest = sorted(there.items(), key=lambda one: (-one[1], one[0]))
            DURATIONS.write_text(json.dumps(dict(slowest), indent=1) + "\n", encoding="utf-8")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
