"""Fixtures for every test: a home of its own, real MNIST, and the rule for what may be skipped."""

import gc
import io
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from filelock import FileLock

from core.runs import contract, store
from tests import drawn_sample
from tests.lanes import Lanes
from tests.light import Light

# How long an example takes never decides a test; on CI the same commit sees the same examples.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

# No test goes to the network by itself, nor does anything that a test starts.
os.environ["DIGIT_LAB_OFFLINE"] = "1"

MNIST_FILES = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")
MNIST = ("mnist.npz", "train-", "t10k-")  # how the names of all its files begin


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--check",
        action="store_true",
        help="only what is quick and needs neither TensorFlow nor a browser",
    )
    parser.addoption(
        "--record-durations", action="store_true", help="measure files for tests/lanes.py"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.check:  # what is quick is run often; else a hundred, or a test's own number
        hypothesis.settings.register_profile("check", max_examples=20)
        hypothesis.settings.load_profile("check")
    config.pluginmanager.register(Light(config))
    config.pluginmanager.register(Lanes(config))


# To look for garbage among all that is loaded to collect the tests takes half of that time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for tests alone: examples in docstrings are those of `core`."""
    found = yield
    return [one for one in found if type(one) is pytest.Module]  # not its heir for docstrings


@pytest.fixture(scope="session")
def lacking() -> Callable[[str, str], None]:
    """Call as ``lacking("mnist", reason)``: skips, or fails if DIGIT_LAB_REQUIRE names it."""

    def skip_or_fail(requirement: str, reason: str) -> None:
        required = os.environ.get("DIGIT_LAB_REQUIRE", "").split(",")
        if requirement in {name.strip() for name in required}:
            pytest.fail(f"{reason}, and DIGIT_LAB_REQUIRE names {requirement}", pytrace=False)
        pytest.skip(reason)

    return skip_or_fail


@pytest.fixture(scope="session")
def mnist_folder(nobodys_data: None, lacking: Callable[[str, str], None]) -> Path:
    """Return the data folder, which holds real MNIST."""
    folder = os.environ.get("DIGIT_LAB_DATA", "")
    if not folder or not any(Path(folder, name).is_file() for name in MNIST_FILES):
        lacking("mnist", "no MNIST in the folder that DIGIT_LAB_DATA names")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give tests that ask for no `home` one as well: the project's own is that of its user."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DIGIT_LAB_HOME", str(tmp_path_factory.mktemp("nobodys-home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def nobodys_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give tests the MNIST of the folder that DIGIT_LAB_DATA names, and nothing else there.

    What a test adds to the data sets lies in a folder that goes with it, not among its user's.
    """
    given = os.environ.get("DIGIT_LAB_DATA", "")
    if not given:
        yield
        return
    folder = tmp_path_factory.mktemp("nobodys-data")
    for file in Path(given).glob("*"):
        if file.name.startswith(MNIST):
            shutil.copyfile(file, folder / file.name)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DIGIT_LAB_DATA", str(folder))
        yield


@pytest.fixture(autouse=True)
def own_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test the main module of its process: an AppTest leaves its script as that.

    What `multiprocessing` starts runs the main module first, and that script alone fails.
    """
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of the test's own the home of runs and promoted models."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("DIGIT_LAB_HOME", str(folder))
    return folder


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide whatever MNIST this machine has; returns the empty data folder used instead."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DIGIT_LAB_DATA", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return folder


@pytest.fixture(scope="session", autouse=True)
def sample_drawn_once(once: Callable[..., Path]) -> Iterator[None]:
    """Bring the offline sample to MNIST's form once, for these processes and for toys."""
    drawn_sample.install()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(drawn_sample.FOLDER, str(once("drawn-sample", lambda _: None)))
        yield


@pytest.fixture(scope="session", autouse=True)
def foreign_digits_written_once(once: Callable[..., Path]) -> Iterator[None]:
    """Write what `bench.foreign_networks` learns from once: five seconds, for each process."""
    from bench import foreign_networks

    write = foreign_networks.write_digits

    def written(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        def make(folder: Path) -> None:
            images, labels = write(n, seed)
            np.savez(folder / "digits.npz", images=images, labels=labels)

        with np.load(once(f"written-{n}-{seed}", make) / "digits.npz") as there:
            return there["images"], there["labels"]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(foreign_networks, "write_digits", written)
        yield


@pytest.fixture(scope="session", autouse=True)
def nobody_stands_by() -> Iterator[None]:
    """Start workers for runs alone, by servers of tests as well; `test_standby` is about others."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DIGIT_LAB_STANDBY", "0")
        yield


@pytest.fixture
def toys() -> Iterator[pytest.MonkeyPatch]:
    """Let toys train where the test launches a run; ``toys.undo()`` lets real workers again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.spawn.WORKER", "tests.toy.worker")
        yield patched


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Call as ``once("name", make)``: a folder that ``make`` filled, once for all processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def filled(name: str, make: Callable[[Path], None]) -> Path:
        made, done = folder / name, folder / f"{name}.made"
        with FileLock(folder / f"{name}.lock"):
            if not done.exists():
                made.mkdir()
                make(made)
                done.touch()
        return made

    return filled


@pytest.fixture(scope="session")
def sample_run(once: Callable[..., Path]) -> contract.Run:
    """Return a run that a real worker has trained on the sample, with a drawing to watch.

    It is for all tests, so none may change it; `tests.working.copied` puts it into a test's home.
    """
    from tests import working

    def train(home: Path) -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("DIGIT_LAB_HOME", str(home))
            working.trained(working.QUICK, working.DRAWING)

    (folder,) = once("sample-run", train).glob("runs/*/")
    return store.read_folder(folder)


@pytest.fixture
def own_file(no_mnist: Path) -> Path:
    """Import the offline sample's test digits as a file of one's own, ``digits``; returns it."""
    from core.data import files, sample

    test = sample.load_test()
    content = io.BytesIO()
    np.savez(content, images=test.x, labels=test.y)
    return files.import_upload("digits.npz", content.getvalue())


@pytest.fixture
def no_worker_survives(home: Path) -> Iterator[None]:
    """Kill the workers that a test has left behind."""
    from tests.working import kill, workers

    yield
    kill(workers())
