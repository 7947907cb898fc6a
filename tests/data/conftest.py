"""A small MNIST of our own with its digests, and a server on this machine that can misbehave."""

import gzip
import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from core.data.mnist import Digests

IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def idx_bytes(array: np.ndarray) -> bytes:
    """Write IDX by the letter of its description, as the oracle for the module that is tested."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def npz_bytes(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def to_idx() -> Callable[[np.ndarray], bytes]:
    return idx_bytes


@pytest.fixture
def to_npz() -> Callable[..., bytes]:
    return npz_bytes


@pytest.fixture
def fake() -> dict[str, np.ndarray]:
    """Return the four arrays of a data set of 40 images, a spot of noise each."""
    images = np.zeros((40, 28, 28), np.uint8)
    images[:, 12:16, 12:16] = np.random.default_rng(7).integers(0, 256, (40, 4, 4))
    labels = np.arange(40, dtype=np.uint8) % 10
    return {
        "x_train": images[:30],
        "y_train": labels[:30],
        "x_test": images[30:],
        "y_test": labels[30:],
    }


@pytest.fixture
def digests(fake: dict[str, np.ndarray]) -> Digests:
    return Digests(*(hashlib.sha256(idx_bytes(array)).hexdigest() for array in fake.values()))


@pytest.fixture
def fake_npz(fake: dict[str, np.ndarray]) -> bytes:
    return npz_bytes(**fake)


@pytest.fixture
def fake_idx(fake: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Return the plain IDX files by MNIST's names."""
    return {IDX_NAMES[part]: idx_bytes(array) for part, array in fake.items()}


@pytest.fixture
def write_idx(fake_idx: dict[str, bytes]) -> Callable[[Path, str, bool], Path]:
    """Call as ``write_idx(folder, mark, packed)``: writes the four files in that spelling."""

    def write(folder: Path, mark: str = "-", packed: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in fake_idx.items():
            spelled = name.replace("-idx", f"{mark}idx") + (".gz" if packed else "")
            (folder / spelled).write_bytes(gzip.compress(content) if packed else content)
        return folder

    return write


class Server:
    """Serves ``files`` by path. A path in ``cut`` breaks off after that many bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                content = server.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                if self.path.endswith("/"):
                    self.send_header("Content-Type", "text/html")  # pip reads nothing else
                self.end_headers()
                self.wfile.write(content[: server.cut.get(self.path, len(content))])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()
