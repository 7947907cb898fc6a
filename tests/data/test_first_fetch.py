"""MNIST by itself: when it is fetched unasked, and when nobody is asked."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core.data import first_fetch, mnist
from core.data.mnist import Digests
from core.errors import DigitLabError
from tests.data.test_mirrors import npz_mirror


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGIT_LAB_OFFLINE")


def fails(progress: object) -> None:
    raise DigitLabError("Nobody answers.")


def test_it_is_due_while_mnist_is_missing(no_mnist: Path, fake_npz: bytes) -> None:
    assert first_fetch.is_due()
    (no_mnist / "mnist.npz").write_bytes(fake_npz)
    assert not first_fetch.is_due()


@pytest.mark.parametrize(("value", "due"), [("1", False), ("true", False), ("0", True), ("", True)])
def test_offline_it_is_never_due(
    no_mnist: Path, monkeypatch: pytest.MonkeyPatch, value: str, due: bool
) -> None:
    monkeypatch.setenv("DIGIT_LAB_OFFLINE", value)
    assert first_fetch.is_due() == due


def test_after_a_failure_it_is_due_an_hour_later(
    no_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a firewall that drops everything, each `train` would wait for a minute."""
    monkeypatch.setattr(mnist, "fetch", fails)
    with pytest.raises(DigitLabError, match="Nobody answers"):
        first_fetch.fetch()
    (mark,) = no_mnist.iterdir()
    assert not first_fetch.is_due()
    before = time.time() - 3601
    os.utime(mark, (before, before))
    assert first_fetch.is_due()


def test_a_fetch_that_succeeds_forgets_the_failure(
    no_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "fetch", fails)
    with pytest.raises(DigitLabError):
        first_fetch.fetch()
    monkeypatch.setattr(mnist, "fetch", lambda progress: no_mnist / "mnist.npz")
    first_fetch.fetch()
    assert list(no_mnist.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_the_only_fault(no_mnist: Path) -> None:
    """What cannot be remembered fails before anybody is asked, so it costs no time."""
    no_mnist.rmdir()
    no_mnist.write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match=r"MNIST cannot be kept in .* set DIGIT_LAB_DATA"):
        first_fetch.fetch()


def test_two_servers_at_once_leave_one_whole_file(
    no_mnist: Path, server, fake: dict[str, np.ndarray], fake_npz: bytes, digests: Digests
) -> None:
    place = npz_mirror(server, "a", fake_npz)
    threads = [
        threading.Thread(target=mnist.fetch, args=[None, [place], digests]) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in no_mnist.iterdir()] == ["mnist.npz"]
    np.testing.assert_array_equal(mnist.load(digests).x_test, fake["x_test"])
