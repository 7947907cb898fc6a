"""`core.data.qmnist`: fetched from a server on this machine, verified, and never trained on."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from core import data
from core.config import parse
from core.data import qmnist
from core.data.mirrors import Mirror
from core.data.qmnist import PUBLISHED, Published
from core.errors import DigitLabError

IMAGES, LABELS = "qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz"
N, KNOWN = 12, 4


def silent(done: int, total: int) -> None:
    pass


def labels() -> np.ndarray:
    """Two series with the same writer's number in each: three people after the first four."""
    rows = np.zeros((N, 8), int)
    rows[:, 0] = np.arange(N) % 10
    rows[:, 1] = [1] * 10 + [4] * 2
    rows[:, 2] = [9] * 4 + [2077] * 3 + [2078] * 3 + [2078] * 2
    return rows


def published(server, images: np.ndarray, rows: np.ndarray) -> Published:
    """Put the two files on the server."""
    sizes = b"".join(size.to_bytes(4, "big") for size in rows.shape)
    shape = b"".join(size.to_bytes(4, "big") for size in images.shape)
    files = {
        IMAGES: gzip.compress(bytes([0, 0, 8, 3]) + shape + images.tobytes()),
        LABELS: gzip.compress(bytes([0, 0, 12, 2]) + sizes + rows.astype(">i4").tobytes()),
    }
    server.files |= {f"/q/{name}": content for name, content in files.items()}
    digests = (hashlib.sha256(files[IMAGES]).hexdigest(), hashlib.sha256(files[LABELS]).hexdigest())
    lengths = {name: len(content) for name, content in files.items()}
    return Published(Mirror(f"{server.address}/q/", lengths), digests, N, KNOWN)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (N, 28, 28)).astype(np.uint8)


@pytest.fixture
def small(server, images) -> Published:
    return published(server, images, labels())


def test_what_is_fetched_is_the_recovered_part(no_mnist: Path, small, images) -> None:
    seen: list[tuple[int, int]] = []
    qmnist.fetch(lambda done, total: seen.append((done, total)), small)
    assert seen == sorted(seen)
    assert seen[-1] == (sum(small.mirror.files.values()),) * 2
    assert {path.name for path in no_mnist.iterdir()} == {IMAGES, LABELS}
    test = qmnist.load_test(small)
    np.testing.assert_array_equal(test.x, images[KNOWN:])
    assert test.y.tolist() == [4, 5, 6, 7, 8, 9, 0, 1]
    assert (test.x.dtype, test.y.dtype) == (np.uint8, np.uint8)
    # A number counts within a series only.
    assert test.writers.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]


def test_files_of_torchvision_are_found(no_mnist: Path, small, tmp_path: Path) -> None:
    qmnist.fetch(silent, small)
    raw = no_mnist / "QMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in (IMAGES, LABELS):
        (no_mnist / name).rename(raw / name)
    assert qmnist.find(small) == raw
    assert len(qmnist.load_test(small).y) == N - KNOWN


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_another_digest_is_refused_wherever_it_is_met(no_mnist: Path, server, small, name) -> None:
    qmnist.fetch(silent, small)
    damaged = bytearray((no_mnist / name).read_bytes())
    damaged[-1] ^= 1
    (no_mnist / name).write_bytes(damaged)
    with pytest.raises(DigitLabError, match=r"not hold QMNIST as it was published \(its SHA-256"):
        qmnist.load_test(small)
    for path in list(no_mnist.iterdir()):
        path.unlink()
    server.files[f"/q/{name}"] = bytes(damaged)
    with pytest.raises(DigitLabError, match="nothing was lost"):
        qmnist.fetch(silent, small)
    assert list(no_mnist.iterdir()) == []


@pytest.mark.parametrize("kept", [0, 1, 40])
def test_a_torn_download_leaves_nothing_and_can_be_repeated(no_mnist, server, small, kept) -> None:
    server.cut[f"/q/{LABELS}"] = kept
    with pytest.raises(DigitLabError, match=r"check the network connection and try again"):
        qmnist.fetch(silent, small)
    assert list(no_mnist.iterdir()) == []
    server.cut.clear()
    assert qmnist.fetch(silent, small) == no_mnist


def test_without_a_network_it_says_what_can_be_done(no_mnist: Path, server, small) -> None:
    server.http.server_close()
    with pytest.raises(DigitLabError, match=f"put {IMAGES} and {LABELS} into"):
        qmnist.fetch(silent, small)
    with pytest.raises(DigitLabError, match="data --fetch qmnist"):
        qmnist.load_test(small)


@pytest.mark.parametrize(("row", "column", "value"), [(6, 0, 10), (6, 0, -1)])
def test_a_label_that_is_no_digit_is_refused(no_mnist, server, images, row, column, value) -> None:
    rows = labels()
    rows[row, column] = value
    with pytest.raises(DigitLabError) as failed:
        qmnist.fetch(silent, published(server, images, rows))
    assert "labels that are no digits" in str(failed.value.__cause__)


def test_fewer_images_than_published_are_refused(no_mnist, server, images) -> None:
    with pytest.raises(DigitLabError) as failed:
        qmnist.fetch(silent, published(server, images[:-1], labels()))
    assert "images (11, 28, 28)" in str(failed.value.__cause__)


def test_a_header_that_promises_too_much_costs_no_memory(no_mnist, server, images) -> None:
    bomb = np.zeros((N * 8, 28, 28), np.uint8)
    with pytest.raises(DigitLabError) as failed:
        qmnist.fetch(silent, published(server, bomb, labels()))
    assert "at most" in str(failed.value.__cause__)


def test_the_published_digests_are_sha_256() -> None:
    assert PUBLISHED.names == (IMAGES, LABELS)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in PUBLISHED.sha256)
    assert PUBLISHED.images - PUBLISHED.known == 50_000


def test_nothing_is_trained_on_it() -> None:
    with pytest.raises(DigitLabError, match="nothing is trained or chosen on"):
        data.load("qmnist")
    with pytest.raises(DigitLabError, match="nothing is trained or chosen on"):
        parse({"recipe": "mine", "layers": [{"layer": "flatten"}], "data": "qmnist"})
