"""Files of tests that take longest begin first, so that no process is left with one at the end.

``durations.json`` says how long each takes, in seconds; ``make test ARGS=--record-durations``
writes it anew. It decides an order and nothing else: figures of another machine do as well.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

DURATIONS = Path(__file__).with_name("durations.json")
_LEAST_S = 1.0  # what takes less is not worth a line
_NEW_S = 10.0  # a file that nobody has measured


class SlowFirst:
    """The plugin: puts files in order, and measures them where asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._seconds: dict[str, float] = json.loads(DURATIONS.read_text(encoding="utf-8"))
        # With several processes only the first is told of every test.
        self._records = config.option.record_durations and not hasattr(config, "workerinput")
        self._measured: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: -self._seconds.get(_file(item.nodeid), _NEW_S))

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
