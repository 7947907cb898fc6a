"""Downloads from a server on this machine, by `mnist.fetch`, which is how mirrors are used."""

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest

from core.data import mirrors, mnist
from core.data.mirrors import MIRRORS, Mirror
from core.data.mnist import Digests
from core.errors import DigitLabError

Arrays = dict[str, np.ndarray]
fetch = partial(mnist.fetch, wheel=None)  # the package index has tests of its own


def mirror(address: str, *names: str) -> Mirror:
    return Mirror(f"{address}/", dict.fromkeys(names, 1000))


def npz_mirror(server, folder: str, content: bytes | None) -> Mirror:
    """Let the server have an .npz in a folder, or not."""
    if content is not None:
        server.files[f"/{folder}/mnist.npz"] = content
    size = len(content or b"")
    return Mirror(f"{server.address}/{folder}/", {"mnist.npz": size})


def test_the_mirrors_are_on_several_hosts() -> None:
    addresses = [urlparse(mirror.base) for mirror in MIRRORS]
    assert {address.scheme for address in addresses} == {"https"}
    assert len({address.hostname for address in addresses}) >= 2
    assert all(mirror.base.endswith("/") for mirror in MIRRORS)


def test_fetch_puts_verified_mnist_in_place(
    no_mnist: Path, server, fake: Arrays, fake_npz: bytes, digests: Digests
) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(
        lambda done, total: seen.append((done, total)),
        [npz_mirror(server, "a", fake_npz)],
        digests,
    )
    assert path == no_mnist / "mnist.npz"
    assert list(no_mnist.iterdir()) == [path]
    assert seen == sorted(seen)
    assert seen[-1] == (len(fake_npz), len(fake_npz))
    np.testing.assert_array_equal(mnist.load(digests).x_train, fake["x_train"])


def test_fetch_from_four_idx_files(
    no_mnist: Path, server, fake: Arrays, fake_idx: dict[str, bytes], digests: Digests
) -> None:
    sizes = {}
    for name, content in fake_idx.items():
        packed = gzip.compress(content)
        server.files[f"/i/{name}.gz"] = packed
        sizes[f"{name}.gz"] = len(packed)
    seen: list[tuple[int, int]] = []
    fetch(
        lambda done, total: seen.append((done, total)),
        [Mirror(f"{server.address}/i/", sizes)],
        digests,
    )
    assert seen == sorted(seen)
    assert seen[-1] == (sum(sizes.values()),) * 2
    np.testing.assert_array_equal(mnist.load(digests).x_test, fake["x_test"])


def test_fetch_makes_the_data_folder(
    no_mnist: Path, server, fake_npz: bytes, digests: Digests
) -> None:
    no_mnist.rmdir()
    assert fetch(None, [npz_mirror(server, "a", fake_npz)], digests).is_file()


def test_a_missing_file_sends_fetch_to_the_next_mirror(
    no_mnist: Path, server, fake_npz: bytes, digests: Digests
) -> None:
    places = [npz_mirror(server, "gone", None), npz_mirror(server, "b", fake_npz)]
    assert fetch(None, places, digests).is_file()
    assert server.asked == ["/gone/mnist.npz", "/b/mnist.npz"]


def test_wrong_bytes_send_fetch_to_the_next_mirror(
    no_mnist: Path,
    server,
    to_npz: Callable[..., bytes],
    fake: Arrays,
    fake_npz: bytes,
    digests: Digests,
) -> None:
    wrong = to_npz(**(fake | {"x_train": fake["x_train"][::-1]}))
    places = [npz_mirror(server, "wrong", wrong), npz_mirror(server, "b", fake_npz)]
    fetch(None, places, digests)
    assert len(server.asked) == 2
    assert mnist.load(digests).name == "mnist"


@pytest.mark.parametrize("kept", [0, 1, 1000])
def test_a_torn_download_leaves_nothing_and_can_be_repeated(
    no_mnist: Path, server, fake_npz: bytes, digests: Digests, kept: int
) -> None:
    places = [npz_mirror(server, "a", fake_npz)]
    server.cut["/a/mnist.npz"] = kept
    with pytest.raises(DigitLabError, match=r"nothing was lost; check .* and try again"):
        fetch(None, places, digests)
    assert list(no_mnist.iterdir()) == []
    server.cut.clear()
    assert fetch(None, places, digests).is_file()


@pytest.mark.parametrize("content", [b"", b"<html>Please log in to this network</html>"])
def test_a_page_instead_of_the_file_is_refused(
    no_mnist: Path, server, digests: Digests, content: bytes
) -> None:
    with pytest.raises(DigitLabError, match="any of 1 places"):
        fetch(None, [npz_mirror(server, "a", content)], digests)
    assert list(no_mnist.iterdir()) == []


def test_without_a_network_the_causes_are_kept_for_the_log(
    no_mnist: Path, server, digests: Digests
) -> None:
    server.http.server_close()  # the port is known and nobody answers there
    places = [mirror(server.address, "mnist.npz"), mirror("http://[nonsense", "mnist.npz")]
    with pytest.raises(DigitLabError, match="any of 2 places") as failed:
        fetch(None, places, digests)
    assert len(failed.value.__cause__.exceptions) == 2


def test_a_failed_fetch_leaves_what_was_there(no_mnist: Path, server, digests: Digests) -> None:
    (no_mnist / "mnist.npz").write_bytes(b"an older copy")
    with pytest.raises(DigitLabError):
        fetch(None, [npz_mirror(server, "gone", None)], digests)
    assert (no_mnist / "mnist.npz").read_bytes() == b"an older copy"


def test_a_server_that_does_not_end_is_cut_off(
    no_mnist: Path, server, digests: Digests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "_TOO_MUCH", 100_000)
    with pytest.raises(DigitLabError) as failed:
        fetch(None, [npz_mirror(server, "a", bytes(1_000_000))], digests)
    assert "far more than these data" in str(failed.value.__cause__.exceptions[0])


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_downloaded(
    no_mnist: Path, server, fake_npz: bytes, digests: Digests
) -> None:
    no_mnist.rmdir()
    no_mnist.write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match=r"MNIST cannot be kept in .* set DIGIT_LAB_DATA"):
        fetch(None, [npz_mirror(server, "a", fake_npz)], digests)
    assert server.asked == []
