"""Data sets of the user: every kind of file that is understood, and the sentence for each fault."""

import io
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.data import files
from core.data.brought import contents, lie, stored
from core.errors import DigitLabError
from tests.together import meet_after, together

Arrays = dict[str, np.ndarray]
SOME = np.arange(30 * 784, dtype=np.uint32).astype(np.uint8).reshape(30, 28, 28)
# A file or name a hundred times over within one test: each example stands by itself.
SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_same(data: object, arrays: Arrays) -> None:
    for part, array in arrays.items():
        np.testing.assert_array_equal(getattr(data, part), array)


def save(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.npz"


@pytest.fixture
def looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the model once how the digits of a test lie, not for each example of it."""
    look, found = lie.look, {}

    def remembered(images: np.ndarray, labels: np.ndarray) -> lie.Finding:
        known = images.tobytes(), labels.tobytes()
        if known not in found:
            found[known] = look(images, labels)
        return found[known]

    monkeypatch.setattr(lie, "look", remembered)


def test_four_arrays(path: Path, fake: Arrays) -> None:
    data = files.load(save(path, **fake))
    assert (data.name, data.title) == (str(path), "mine")
    assert_same(data, fake)
    assert files.load_test(path).digest == data.test_digest


def test_images_and_labels_are_split(path: Path, fake: Arrays) -> None:
    images, labels = fake["x_train"], fake["y_train"]
    data = files.load(save(path, images=images, labels=labels))
    assert (len(data.x_train), len(data.x_test)) == (24, 6)
    together = np.concatenate([data.x_train, data.x_test])
    assert {image.tobytes() for image in together} == {image.tobytes() for image in images}
    for image, label in zip(data.x_test, data.y_test, strict=True):
        assert label == labels[(images == image).all(axis=(1, 2))]
    assert files.load_test(path).digest == data.test_digest


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_folder_of_idx_files(
    tmp_path: Path, write_idx: Callable[..., Path], fake: Arrays, packed: bool
) -> None:
    data = files.load(write_idx(tmp_path / "raw", packed=packed))
    assert_same(data, fake)
    assert files.load_test(tmp_path / "raw").digest == data.test_digest


def test_an_idx_file_with_its_labels_beside_it(
    tmp_path: Path, path: Path, to_idx: Callable[[np.ndarray], bytes], fake: Arrays
) -> None:
    images = tmp_path / "class-images-idx3-ubyte"
    images.write_bytes(to_idx(fake["x_train"]))
    (tmp_path / "class-labels-idx1-ubyte").write_bytes(to_idx(fake["y_train"]))
    as_npz = files.load(save(path, images=fake["x_train"], labels=fake["y_train"]))
    assert files.load(images).digest == as_npz.digest
    assert files.load_test(images).digest == as_npz.test_digest


def test_labels_that_are_not_beside_their_images_are_missed(
    tmp_path: Path, to_idx: Callable[[np.ndarray], bytes], fake: Arrays
) -> None:
    for name in ("a-images-idx3-ubyte", "b-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(to_idx(fake["x_train" if "images" in name else "y_train"]))
        with pytest.raises(DigitLabError, match="lacks"):
            files.load(tmp_path / name)


def test_a_file_that_is_called_by_its_ending_alone_is_refused(tmp_path: Path) -> None:
    """It ended in a trace."""
    (tmp_path / ".gz").write_bytes(b"x")
    with pytest.raises(DigitLabError):
        files.load(tmp_path / ".gz")


def test_only_the_test_part_is_read_for_a_test(no_mnist: Path, fake: Arrays) -> None:
    (no_mnist / "own").mkdir()
    path = no_mnist / "own" / "mine.npz"
    save(path, **(fake | {"x_train": fake["x_train"][:, :5]}))
    np.testing.assert_array_equal(files.load_test(path).x, fake["x_test"])
    with pytest.raises(DigitLabError, match=r"x_train in mine.npz has the shape \(30, 5, 28\)"):
        files.load(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "mine.npz holds no files: bring a CSV file"),
        ({"pictures": np.zeros(3)}, r"mine.npz lacks images: save it beside pictures \(3\)"),
        ({"a": np.zeros((3, 3))}, r"none of the expected arrays, it holds a \(3, 3\)"),
        ({"images": np.ones((30, 28, 28))}, "mine.npz lacks labels: save it beside images"),
        ({"x_train": np.ones((30, 28, 28))}, "mine.npz lacks y_train"),
        ({"images": SOME[:, :5], "labels": np.arange(30) % 10}, "images in mine.npz has"),
        ({"images": SOME, "labels": np.arange(30)}, "labels in mine.npz holds 10"),
        ({"images": SOME[:19], "labels": np.arange(19) % 10}, "mine.npz holds 19"),
        ({"images": SOME, "labels": np.zeros(30, int)}, "one digit only"),
        ({"images": np.array(["7"] * 30), "labels": np.zeros(30, int)}, "mine.npz lacks images"),
        ({"images": SOME, "labels": np.array([{}] * 30)}, "only numbers are read"),
    ],
)
def test_other_content_is_refused_by_name(path: Path, arrays: Arrays, message: str) -> None:
    with pytest.raises(DigitLabError, match=message):
        files.load(save(path, **arrays))


@pytest.mark.parametrize("load", [files.load, files.load_test])
@pytest.mark.parametrize("name", ["digits.csv", "digits.npz", "a-images-idx3-ubyte"])
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, load: Callable[[Path], object], name: str
) -> None:
    path = tmp_path / name
    path.write_text("label,pixel0\n7,0\n")
    with pytest.raises(DigitLabError):
        load(path)


@pytest.mark.parametrize("load", [files.load, files.load_test])
def test_a_folder_without_files_is_refused(tmp_path: Path, load: Callable[[Path], object]) -> None:
    with pytest.raises(DigitLabError, match="holds no files: bring a CSV file"):
        load(tmp_path)


@SHARED_FOLDER
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK", b"PK\x03\x04", b"PK\x05\x06"]))
def test_any_bytes_are_refused_in_a_sentence(path: Path, start: bytes, rest: bytes) -> None:
    path.write_bytes(start + rest)
    for load in (files.load, files.load_test):
        with pytest.raises(DigitLabError):
            load(path)


@SHARED_FOLDER
@given(st.binary(min_size=1, max_size=120))
def test_any_array_header_is_refused_in_a_sentence(path: Path, header: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("images", "labels"):
            magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
            archive.writestr(f"{name}.npy", magic + header)
    with pytest.raises(DigitLabError):
        files.load(path)


@SHARED_FOLDER
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused(path: Path, fake_npz: bytes, kept: float) -> None:
    path.write_bytes(fake_npz[: int(kept * len(fake_npz))])
    for load in (files.load, files.load_test):
        with pytest.raises(DigitLabError):
            load(path)


@SHARED_FOLDER
@given(st.integers(0, 10_000), st.integers(1, 255))
@example(1797, 1)  # hides the test part from who counts no entries
def test_a_changed_byte_is_noticed_or_harmless(
    path: Path, fake: Arrays, fake_npz: bytes, place: int, change: int
) -> None:
    content = bytearray(fake_npz)
    content[place % len(content)] ^= change
    path.write_bytes(content)
    try:
        data = files.load(path)
    except DigitLabError:
        return
    assert_same(data, fake)


def test_a_pickle_is_never_run(path: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (trap,)

    np.savez(path, images=np.array([Trap()], object), labels=np.arange(10))
    with zipfile.ZipFile(path) as archive:
        assert b"sprung" in archive.read("images.npy")
    with pytest.raises(DigitLabError):
        files.load(path)
    assert not trap.exists()
    with pytest.raises(DigitLabError):
        files.import_upload("trap.npz", pickle.dumps(Trap()))
    assert not trap.exists()


def test_a_bomb_is_refused_before_it_is_unpacked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_BYTES", 10_000_000)
    monkeypatch.setattr(stored, "MAX_BYTES", 10_000_000)
    np.savez_compressed(path, images=np.zeros((20_000, 28, 28), np.uint8), labels=np.zeros(20_000))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    with pytest.raises(DigitLabError, match="at most 10 MB are read"):
        files.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_header_that_promises_more_than_there_is_takes_no_memory(path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (300_000, 28, 28)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", header.getvalue())
    tracemalloc.start()
    with pytest.raises(DigitLabError):
        files.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_an_upload_is_kept_and_listed(no_mnist: Path, fake: Arrays, fake_npz: bytes) -> None:
    assert files.own_files() == []
    path = files.import_upload("My class 4b.npz", fake_npz)
    assert path == no_mnist / "own" / "My-class-4b.npz"
    assert files.own_files() == [path]
    assert_same(files.load(path), fake)


def test_uploads_that_are_kept_have_a_most(
    no_mnist: Path, fake_npz: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST", 1)
    first = files.import_upload("a.npz", fake_npz)
    assert files.import_upload("a.npz", fake_npz) == first  # nothing new
    with pytest.raises(DigitLabError, match="data sets are kept already"):
        files.import_upload("b.npz", fake_npz)
    assert files.own_files() == [first]


def test_an_upload_without_a_test_part_is_kept_with_its_split(
    no_mnist: Path, path: Path, fake: Arrays, to_npz: Callable[..., bytes]
) -> None:
    pair = {"images": fake["x_train"] / 255, "labels": fake["y_train"].astype(int)}
    kept = files.import_upload("pair.npz", to_npz(**pair))
    with np.load(kept) as archive:
        assert set(archive) == set(fake)
        assert {archive[name].dtype for name in archive} == {np.dtype(np.uint8)}
    assert files.load(kept).digest == files.load(save(path, **pair)).digest


@SHARED_FOLDER
@given(st.text() | st.sampled_from(["../../x.npz", "/etc/passwd", "..\\..\\x", "C:\\a.npz", ""]))
def test_no_name_leads_out_of_the_folder(
    no_mnist: Path, looked_at_once: None, fake_npz: bytes, name: str
) -> None:
    path = files.import_upload(name, fake_npz)
    assert path.resolve().parent == (no_mnist / "own").resolve()
    assert path in files.own_files()
    path.unlink()
    left = [entry for entry in no_mnist.rglob("*") if entry.is_file()]
    assert left == [no_mnist / "own" / ".lock"]


def test_a_name_that_is_taken_gets_a_number(
    no_mnist: Path, fake: Arrays, fake_npz: bytes, to_npz: Callable[..., bytes]
) -> None:
    first = files.import_upload("a.npz", fake_npz)
    before = first.read_bytes()
    other = fake | {"x_test": 255 - fake["x_test"]}
    second = files.import_upload("a.npz", to_npz(**other))
    assert second.name == "a-2.npz"
    assert first.read_bytes() == before
    assert files.import_upload("a.npz", to_npz(**other)) == second
    assert files.own_files() == [second, first]


def test_two_uploads_of_one_name_at_once_are_two_data_sets(
    no_mnist: Path,
    fake: Arrays,
    fake_npz: bytes,
    to_npz: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both found the name free: one person trained on the other's digits."""
    other = fake | {"x_test": 255 - fake["x_test"]}
    meet_after(monkeypatch, files, "_place_for")
    mine, others = together(
        lambda: files.import_upload("digits.npz", fake_npz),
        lambda: files.import_upload("digits.npz", to_npz(**other)),
    )
    assert {mine.name, others.name} == {"digits.npz", "digits-2.npz"}
    assert_same(files.load(mine), fake)
    assert_same(files.load(others), other)
    assert set(files.own_files()) == {mine, others}


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"PK\x03\x04 torn"])
def test_a_refused_upload_leaves_nothing(no_mnist: Path, data: bytes) -> None:
    with pytest.raises(DigitLabError):
        files.import_upload("a.npz", data)
    assert list(no_mnist.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(no_mnist: Path, fake_npz: bytes) -> None:
    (no_mnist / "own").write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match=r"a\.npz cannot be kept in"):
        files.import_upload("a.npz", fake_npz)


def test_a_refused_upload_is_named(no_mnist: Path) -> None:
    """A red sentence about "The file" stood under the name of the next one."""
    for arrays, problem in (
        ({"images": SOME, "labels": np.array([{}] * 30)}, "only numbers are read"),
        ({"images": SOME[:, :5], "labels": np.zeros(30, int)}, "the shape"),
    ):
        content = io.BytesIO()
        np.savez(content, **arrays)
        with pytest.raises(DigitLabError, match=rf"class 7b\.npz.*{problem}"):
            files.import_upload("class 7b.npz", content.getvalue())
    with pytest.raises(DigitLabError, match=r"class 7b\.npz has 4 columns"):
        files.import_upload("class 7b.npz", b"PK and nothing more")


@pytest.mark.parametrize("name", ["mnist.npz", "sample.npz", "MNIST.npz"])
def test_no_upload_is_called_as_what_it_is_not(no_mnist: Path, fake_npz: bytes, name: str) -> None:
    path = files.import_upload(name, fake_npz)
    assert path.name == f"own-{name}"
    assert files.name_of(str(path)) == path.stem
    assert files.own_file(path.stem) == path
    for source in ("mnist", "sample"):
        assert files.name_of(source) == source
        assert files.own_file(source) is None


@pytest.mark.parametrize("path", ["/data/mnist.npz", "/data/mnist", "C:\\data\\mnist.npz"])
def test_a_file_of_any_place_is_not_called_mnist(path: str) -> None:
    assert files.name_of(path) == "own-mnist"


@pytest.mark.parametrize("path", ["D:\\", "/", "//server/share/", "..."])
def test_a_place_without_a_name_is_called_own_digits(path: str) -> None:
    """Shared, it turned into MNIST."""
    assert files.name_of(path) == "own-digits"


@given(st.text())
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    plain = files.plain(name)
    assert files.plain(plain) == plain
    assert 0 < len(plain) <= 100
    assert PureWindowsPath(plain).name == plain
    assert not set(plain) & set("/\\:<>[]`\n")


def test_a_file_called_mnist_does_not_have_its_title(tmp_path: Path, fake_npz: bytes) -> None:
    """A report said "Measured on mnist, not on MNIST"."""
    path = tmp_path / "mnist.npz"
    path.write_bytes(fake_npz)
    assert files.load(path).title == "own-mnist"
