import threading

import pytest

from core.data.download import Download
from core.data.mirrors import Progress
from core.errors import DigitLabError

PATIENCE_S = 10


class Work:
    """Stands for a fetch: reports half, waits to be let go, then ends as it is told."""

    def __init__(self) -> None:
        self.calls = 0
        self.halfway = threading.Event()
        self.go_on = threading.Event()
        self.fault: Exception | None = None

    def __call__(self, progress: Progress) -> None:
        self.calls += 1
        progress(50, 100)
        self.halfway.set()
        assert self.go_on.wait(PATIENCE_S)
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def work() -> Work:
    return Work()


def test_from_idle_to_done(work: Work) -> None:
    download = Download(work)
    assert (download.state, download.fraction, download.error) == ("idle", 0.0, "")
    download.start()
    assert work.halfway.wait(PATIENCE_S)
    assert (download.state, download.fraction) == ("running", 0.5)
    assert download.done_bytes == 50
    work.go_on.set()
    download.wait(PATIENCE_S)
    assert (download.state, download.fraction, download.error) == ("done", 1.0, "")


def test_two_clicks_start_one_download(work: Work) -> None:
    download = Download(work)
    download.start()
    assert work.halfway.wait(PATIENCE_S)
    download.start()
    work.go_on.set()
    download.wait(PATIENCE_S)
    assert work.calls == 1


def test_a_failure_is_kept_as_its_sentence_and_can_be_tried_again(work: Work) -> None:
    work.fault = DigitLabError("no mirror answered")
    work.go_on.set()
    download = Download(work)
    download.start()
    download.wait(PATIENCE_S)
    assert (download.state, download.error) == ("failed", "no mirror answered")
    work.fault = None
    download.start()
    download.wait(PATIENCE_S)
    assert (download.state, download.error, work.calls) == ("done", "", 2)


def test_no_network_is_one_line_in_the_terminal(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    """150 lines of traces looked like a crash to a teacher without a network."""
    caplog.set_level("INFO")
    work.fault = DigitLabError("no mirror answered")
    work.go_on.set()
    download = Download(work)
    download.start()
    download.wait(PATIENCE_S)
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("no mirror answered", None)
    ]


def test_a_fault_of_ours_ends_the_download_too(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.fault = ZeroDivisionError("secret detail")
    work.go_on.set()
    download = Download(work)
    download.start()
    download.wait(PATIENCE_S)
    assert download.state == "failed"
    assert "secret detail" not in download.error
    assert "secret detail" in caplog.text


def test_waiting_for_what_never_started_returns() -> None:
    download = Download()
    download.wait(PATIENCE_S)
    assert download.state == "idle"
