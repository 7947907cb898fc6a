"""MNIST: found, downloaded and verified; no damaged copy is used."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data import mnist
from core.data.mnist import Digests
from core.errors import DigitLabError

# How often each digit occurs, as LeCun's page and many papers since count them.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]

Arrays = dict[str, np.ndarray]


def spoiled(arrays: Arrays, part: str) -> Arrays:
    """Return a copy in which one bit of one part is wrong."""
    changed = arrays[part].copy()
    changed.flat[-1] ^= 1
    return arrays | {part: changed}


def keras_cache(no_mnist: Path) -> Path:
    folder = no_mnist.parent / "keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


def test_real_mnist(mnist_folder: Path) -> None:
    data = mnist.load()
    assert (data.name, data.title) == ("mnist", "MNIST")
    assert data.x_train.shape == (60_000, 28, 28)
    assert np.bincount(data.y_train).tolist() == TRAIN_COUNTS
    test = mnist.load_test()
    assert test.digest == data.test_digest
    assert np.bincount(test.y).tolist() == TEST_COUNTS
    np.testing.assert_array_equal(test.x, data.x_test)


@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_four_idx_files_are_found(
    no_mnist: Path,
    write_idx: Callable[..., Path],
    fake: Arrays,
    digests: Digests,
    folder: str,
    mark: str,
    packed: bool,
) -> None:
    written = write_idx(no_mnist / folder, mark, packed)
    assert mnist.find().samefile(written)
    data = mnist.load(digests)
    for part, array in fake.items():
        np.testing.assert_array_equal(getattr(data, part), array)
    assert mnist.load_test(digests).digest == data.test_digest


@pytest.mark.parametrize("place", ["mnist.npz", "mnist/mnist.npz", "../keras/datasets/mnist.npz"])
def test_an_npz_is_found(
    no_mnist: Path, fake: Arrays, fake_npz: bytes, digests: Digests, place: str
) -> None:
    path = no_mnist / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(fake_npz)
    assert mnist.find().samefile(path)
    data = mnist.load(digests)
    for part, array in fake.items():
        np.testing.assert_array_equal(getattr(data, part), array)


def test_where_there_is_none_the_sentence_says_how_to_get_it(no_mnist: Path) -> None:
    assert mnist.find() is None
    with pytest.raises(DigitLabError, match=r"not on this machine: get it with .* --fetch"):
        mnist.load()


@pytest.mark.parametrize("part", ["x_train", "y_train", "x_test", "y_test"])
def test_a_wrong_bit_is_refused_and_the_file_named(
    no_mnist: Path, to_npz: Callable[..., bytes], fake: Arrays, digests: Digests, part: str
) -> None:
    path = no_mnist / "mnist.npz"
    path.write_bytes(to_npz(**spoiled(fake, part)))
    with pytest.raises(DigitLabError, match="SHA-256") as refused:
        mnist.load(digests)
    assert str(path) in str(refused.value)
    assert "remove it and get MNIST again" in str(refused.value)


def test_a_wrong_bit_in_an_idx_file_names_that_file(
    no_mnist: Path, write_idx: Callable[..., Path], digests: Digests
) -> None:
    path = write_idx(no_mnist) / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(DigitLabError, match="the test labels have SHA-256") as refused:
        mnist.load(digests)
    assert str(path) in str(refused.value)


def test_the_published_digests_are_what_is_asked_for_by_default(
    no_mnist: Path, fake_npz: bytes
) -> None:
    (no_mnist / "mnist.npz").write_bytes(fake_npz)
    with pytest.raises(DigitLabError, match=r"not ba891046e650"):
        mnist.load()


def test_equal_numbers_of_another_type_are_not_the_published_bytes(
    no_mnist: Path, to_npz: Callable[..., bytes], fake: Arrays, digests: Digests
) -> None:
    wide = fake | {"y_test": fake["y_test"].astype(np.int64)}
    (no_mnist / "mnist.npz").write_bytes(to_npz(**wide))
    with pytest.raises(DigitLabError, match="y_test is of type int64"):
        mnist.load(digests)


def test_a_missing_array_is_refused(
    no_mnist: Path, to_npz: Callable[..., bytes], fake: Arrays, digests: Digests
) -> None:
    del fake["y_test"]
    (no_mnist / "mnist.npz").write_bytes(to_npz(**fake))
    with pytest.raises(DigitLabError, match="y_test is missing"):
        mnist.load(digests)


def test_a_truncated_copy_is_refused_as_damaged(
    no_mnist: Path, fake_npz: bytes, digests: Digests
) -> None:
    (no_mnist / "mnist.npz").write_bytes(fake_npz[: len(fake_npz) // 2])
    with pytest.raises(DigitLabError, match=r"damaged .*remove it and get MNIST again"):
        mnist.load(digests)


def test_a_damaged_copy_does_not_hide_a_good_one(
    no_mnist: Path, fake: Arrays, fake_npz: bytes, digests: Digests
) -> None:
    (no_mnist / "mnist.npz").write_bytes(b"torn")
    (keras_cache(no_mnist) / "mnist.npz").write_bytes(fake_npz)
    np.testing.assert_array_equal(mnist.load(digests).x_train, fake["x_train"])


def test_if_no_copy_is_good_each_is_named(no_mnist: Path, digests: Digests) -> None:
    copies = [no_mnist / "mnist.npz", keras_cache(no_mnist) / "mnist.npz"]
    for copy in copies:
        copy.write_bytes(b"torn")
    with pytest.raises(DigitLabError) as refused:
        mnist.load(digests)
    assert all(str(copy) in str(refused.value) for copy in copies)


def test_the_test_part_is_read_without_the_rest(
    no_mnist: Path, to_npz: Callable[..., bytes], fake: Arrays, digests: Digests
) -> None:
    content = to_npz(**spoiled(fake, "x_train"))
    (no_mnist / "mnist.npz").write_bytes(content)
    np.testing.assert_array_equal(mnist.load_test(digests).x, fake["x_test"])


def test_without_a_home_folder_there_is_no_cache_to_look_in(
    no_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user whom the system does not know got a trace."""

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr(Path, "home", unknown)
    assert mnist.find() is None
