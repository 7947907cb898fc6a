"""Lanes: which process of ``make test`` runs which files, so that two cores are at work to the end.

Each lane is a process. The first has the browser's files, and so they share one browser, which
keeps what it has compiled; the second has those that take long, for they wait for processes; the
third has the many that compute, and gives way: it runs where the others leave a core free. A lane
that is through takes over files of the others. More processes would take turns on the cores, and
each loads all libraries.

``durations.json`` says how long each file takes, in seconds. ``make test AT_ONCE=
ARGS=--record-durations`` writes it anew, with one file after another. It decides an order and
nothing else: figures of another machine do as well.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

DURATIONS = Path(__file__).with_name("durations.json")
_LEAST_S = 1.0  # what takes less is not worth a line
_LONG_S = 10.0
# What each lane takes first, second and last; a fourth process does as the first, and so on.
BROWSER, LONG, QUICK = "browser", "long", "quick"
_LANES = ((BROWSER, LONG, QUICK), (LONG, QUICK, BROWSER), (QUICK, LONG, BROWSER))
_GIVES_WAY = 15  # steps of niceness


class Lanes:
    """The plugin: sorts files by how long they take, deals them out, and measures them if asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._seconds: dict[str, float] = json.loads(DURATIONS.read_text(encoding="utf-8"))
        worker = getattr(config, "workerinput", {}).get("workerid")
        self._records = config.option.record_durations and not worker
        self._measured: Counter[str] = Counter()
        if worker and _lane(worker)[0] == QUICK and hasattr(os, "nice"):
            os.nice(_GIVES_WAY)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the files that take longest first, so that none is left for the end."""
        files = (_file(item.nodeid) for item in items)
        place = {file: (-self._seconds.get(file, _LEAST_S), file) for file in files}
        items.sort(key=lambda item: place[_file(item.nodeid)])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(
        self, config: pytest.Config, log: object
    ) -> LoadFileScheduling | None:
        is_dealt = config.option.dist == "loadfile"
        return _Scheduler(config, log, self._seconds) if is_dealt else None

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


class _Scheduler(LoadFileScheduling):
    """Deals out files: a lane's own before those of others."""

    def __init__(self, config: pytest.Config, log: object, seconds: dict[str, float]) -> None:
        super().__init__(config, log)
        self._seconds = seconds

    def _assign_work_unit(self, node: WorkerController) -> None:
        wanted = next_file(self.workqueue, node.gateway.id, self._seconds)
        self.workqueue.move_to_end(wanted, last=False)  # where the next one is taken from
        super()._assign_work_unit(node)


def next_file(files: Iterable[str], worker: str, seconds: dict[str, float]) -> str:
    """Return which of the files that are left, in their order, a worker of xdist takes: "gw0"."""
    lane = _lane(worker)
    return min(files, key=lambda file: lane.index(_kind(file, seconds)))


def _kind(file: str, seconds: dict[str, float]) -> str:
    if file.startswith("tests/browser/"):
        return BROWSER
    return LONG if seconds.get(file, _LEAST_S) >= _LONG_S else QUICK


def _lane(worker: str) -> tuple[str, ...]:
    """Return what a worker takes first, second and last."""
    return _LANES[int(worker.removeprefix("gw")) % len(_LANES)]


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
