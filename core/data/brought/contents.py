"""Contents of what people bring: the files in a file, a folder or an archive, none of them trusted.

Archives are read in place: nothing is unpacked to the disk, so no name in them can lead anywhere.
Sizes are checked before anything is read.
"""

import bz2
import gzip
import io
import os
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from core.disk import zip_entries
from core.errors import DigitLabError

MAX_FILES = 400_000  # room for EMNIST's 280,000 digits, each a picture
MAX_BYTES = 512 * 1024**2  # unpacked, of one file; enough for MNIST in float64
_PIECE = 1 << 20  # bytes
_IN_MEMORY = 64 * 1024**2  # bytes; more of an archive goes to a temporary file
_LISTED_BYTES = 100  # that an archive takes to list a file with a name of usual length
_DEEPEST = 3  # archives within archives
_HEAD = 1024  # bytes by which a kind is known
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".pgm", ".avif")
# Kinds by the first bytes.
_MAGIC = (
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"MATLAB 7.3", "hdf5"),
    (b"MATLAB 5.0", "mat"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),  # a stream
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"(lp", "pickle"),
    (b"(dp", "pickle"),
    (b"7z\xbc\xaf", "packed"),
    (b"Rar!", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
)
_IDX_TYPES = b"\x08\x09\x0b\x0c\x0d\x0e"
_NOT_LOOKED_AT = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file of what was brought.

    Attributes
    ----------
    name : str
        Its path within what was brought, with slashes.
    size : int or None
        Bytes, as the disk or the archive says; ``None`` if only reading it tells.
    opened : callable
        Opens it for reading; the file can be sought.
    """

    name: str
    size: int | None
    opened: Callable[[], BinaryIO]

    @property
    def stem(self) -> str:
        """The file's name without folders and endings."""
        return PurePosixPath(self.name).name.split(".")[0]

    @property
    def kind(self) -> str:
        """What it is: by its ending if that is a picture's, else by its first bytes."""
        if self.name.lower().endswith(_PICTURES):
            return "picture"
        return kind_of(self.head())

    def head(self) -> bytes:
        """Return its first 1,024 bytes; raises DigitLabError if they cannot be unpacked."""
        try:
            with self.opened() as file:
                return file.read(_HEAD)
        except zip_entries.DAMAGE as fault:
            raise DigitLabError(
                f"{_short(self.name)} cannot be unpacked: copy or download it again."
            ) from fault

    def read(self) -> bytes:
        """Return its content; raises DigitLabError if it is too large."""
        try:
            with self.opened() as file:
                content = file.read(MAX_BYTES + 1)
        except zip_entries.DAMAGE as fault:
            raise torn(self.name) from fault
        if len(content) > MAX_BYTES:
            raise too_large(self.name)
        return content


def kind_of(head: bytes) -> str:
    """Return the kind of a file by its first 1,024 bytes; ``""`` if it is empty."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:2] == b"\0\0" and head[2:3] in {_IDX_TYPES[k : k + 1] for k in range(6)}:
        return "idx"
    if head[257:262] == b"ustar":
        return "tar"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's Unicode text
        return "text"
    if not head:
        return ""
    return "text" if b"\0" not in head else "unknown"


def torn(name: str) -> DigitLabError:
    """Return the refusal of a file whose reading raised one of `core.disk.zip_entries.DAMAGE`."""
    return DigitLabError(f"{_short(name)} cannot be read to its end: copy or download it again.")


def too_large(name: str) -> DigitLabError:
    """Return the refusal of a file that unpacks to more than ``MAX_BYTES``."""
    return DigitLabError(
        f"{_short(name)} unpacks to more than {MAX_BYTES / 1e6:,.0f} MB and at most"
        f" {MAX_BYTES / 1e6:,.0f} MB are read: save fewer images, or numbers of fewer bytes."
    )


@contextmanager
def contents(source: Path | list[tuple[str, bytes]]) -> Iterator[list[Entry]]:
    """List the files of what was brought, those in archives included, while the block runs.

    Parameters
    ----------
    source : pathlib.Path or list of (name, content)
        A file or folder on the disk, or uploads.

    Raises
    ------
    DigitLabError
        Something cannot be read, or there are more than ``MAX_FILES``.
    """
    found = _on_disk(source) if isinstance(source, Path) else _uploaded(source)
    with ExitStack() as archives:
        entries = [entry for one in found for entry in _within(one, archives, 0)]
        if len(entries) > MAX_FILES:
            raise _too_many()
        yield entries


def _uploaded(uploads: list[tuple[str, bytes]]) -> list[Entry]:
    return [Entry(name, len(data), _in_memory(data)) for name, data in uploads]


def _in_memory(data: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(data)


def _on_disk(path: Path) -> list[Entry]:
    try:
        if path.is_dir():
            return [
                Entry(file.relative_to(path).as_posix(), size, _from(file))
                for file, size in _files_in(path)
            ]
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            raise DigitLabError(f"{path.name} is neither a file nor a folder: name one of these.")
        return [Entry(path.name, seen.st_size, _from(path))]
    except OSError as fault:
        raise DigitLabError(
            f"{path} cannot be read ({fault.strerror}): check its name and permissions."
        ) from fault


def _from(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _files_in(folder: Path) -> list[tuple[Path, int]]:
    """Return the regular files below a folder, by name; links that lead out of it are left out."""
    root, found, left = folder.resolve(), [], [folder]
    seen = 0
    while left:
        with os.scandir(left.pop()) as items:
            for item in items:
                seen += 1
                if seen > MAX_FILES:
                    raise _too_many()
                path = Path(item.path)
                if item.is_dir(follow_symlinks=False):
                    if _is_looked_at(item.name):
                        left.append(path)
                elif item.is_file() and (
                    not item.is_symlink() or path.resolve().is_relative_to(root)
                ):
                    found.append((path, item.stat().st_size))
    return sorted(pair for pair in found if _is_looked_at(pair[0].name))


def _within(entry: Entry, archives: ExitStack, depth: int) -> list[Entry]:
    """Return an entry, or the entries in it if it is an archive."""
    if entry.name.lower().endswith(_PICTURES):
        return [entry]
    kind = entry.kind
    if kind in ("gzip", "bzip2") and depth < _DEEPEST:
        return _within(_unpacked(entry, kind), archives, depth + 1)
    try:
        if kind == "zip" and depth < _DEEPEST:
            return _in_zip(entry, archives, depth)
        if kind == "tar" and depth < _DEEPEST:
            return _in_tar(entry, archives, depth)
    except (*zip_entries.DAMAGE, tarfile.TarError) as fault:
        kind = ".npz file" if entry.name.endswith(".npz") else "archive"
        raise DigitLabError(
            f"{_short(entry.name)} is not a readable {kind}: copy or download it again."
        ) from fault
    return [entry]


def _unpacked(entry: Entry, kind: str) -> Entry:
    name = entry.name
    for ending in (".gz", ".bz2", ".tgz"):
        name = name.removesuffix(ending)
    unpack = gzip.open if kind == "gzip" else bz2.open

    def opened() -> BinaryIO:
        return cast(BinaryIO, unpack(entry.opened()))

    return Entry(name, None, opened)


def _in_zip(entry: Entry, archives: ExitStack, depth: int) -> list[Entry]:
    file = archives.enter_context(entry.opened())
    if zip_entries.directory_bytes(file) > _LISTED_BYTES * MAX_FILES:
        raise _too_many()
    archive = archives.enter_context(zip_entries.archive(file))
    listed = archive.infolist()
    if len(listed) > MAX_FILES:
        raise _too_many()
    found = []
    for member in listed:
        # A link is stored as a short file with its target: it would be read as that text.
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if not member.is_dir() and not is_link and _is_looked_at(member.filename):
            # Some programs of Windows write its own slashes.
            path = member.filename.replace("\\", "/")
            name = f"{_without_ending(entry.name)}/{path}"
            inner = Entry(name, member.file_size, _member(archive, member))
            found += _within(inner, archives, depth + 1)
    return found


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        if member.file_size > MAX_BYTES:
            raise too_large(member.filename)
        return cast(BinaryIO, zip_entries.opened(archive, member))

    return opened


def _in_tar(entry: Entry, archives: ExitStack, depth: int) -> list[Entry]:
    file = archives.enter_context(_spooled(entry))
    archive = archives.enter_context(tarfile.open(fileobj=file, mode="r:"))  # noqa: SIM115
    found: list[Entry] = []
    for seen, member in enumerate(archive):
        if seen >= MAX_FILES:
            raise _too_many()
        if member.isreg() and _is_looked_at(member.name):
            name = f"{_without_ending(entry.name)}/{member.name}"
            inner = Entry(name, member.size, _tar_member(archive, member))
            found += _within(inner, archives, depth + 1)
    return found


def _without_ending(name: str) -> str:
    return re.sub(r"\.(zip|npz|tar)$", "", name, flags=re.IGNORECASE)


def _spooled(entry: Entry) -> BinaryIO:
    """Return an archive's unpacked content, where going back in it costs nothing."""
    kept = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    with entry.opened() as file:
        left = MAX_BYTES
        while piece := file.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                raise too_large(entry.name)
            kept.write(piece)
    kept.seek(0)
    return kept


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.extractfile(member))


def _is_looked_at(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not any(part in _NOT_LOOKED_AT or part.startswith(".") for part in parts)


def _too_many() -> DigitLabError:
    return DigitLabError(
        f"There are more than {MAX_FILES:,} files in it, the most that are looked at: bring fewer,"
        " or one .npz."
    )


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"…{name[-59:]}"
