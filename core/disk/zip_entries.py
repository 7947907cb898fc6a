"""Zip entries: read untrusted ``.zip`` archives in no more memory than their entries declare.

No more than the declared size of an entry is ever held, whatever its packed bytes would unpack to.
`zipfile` alone unpacks as much as it is asked for at once, and with some methods everything. Nor
does it count its entries: where damage hides some of them, the rest pass for the whole.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple, cast

PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # they unpack piece by piece
_PIECE = 1 << 20  # bytes
_LONGEST_END = 66_000  # bytes: the records at the end, with the longest comment
# What opening and reading a damaged archive can raise.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    RuntimeError,  # encrypted entries, and methods that Python does not support
    MemoryError,
)


def archive(source: str | Path | bytes | IO[bytes]) -> zipfile.ZipFile:
    """Open an archive for reading, and see that it lists as many entries as it declares.

    Parameters
    ----------
    source : str, pathlib.Path, bytes or file
        The archive, or its content.

    Raises
    ------
    zipfile.BadZipFile
        It is no archive, or entries of its list are hidden by damage: no checksum covers the list.
    OSError
        It cannot be read.
    """
    found = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    try:
        declared = _declared(cast(IO[bytes], found.fp)).entries
        # Some programs write the lowest 16 bits of larger numbers.
        if (len(found.infolist()) - declared) % (1 << 16):
            raise zipfile.BadZipFile("the list of entries is damaged")
    except BaseException:
        found.close()
        raise
    return found


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content of an entry.

    Raises
    ------
    EOFError, zipfile.BadZipFile and the faults of `zlib`
        The entry uses an unusual method, is cut short or damaged.
    """
    with opened(archive, entry) as stream:
        content = bytearray(entry.file_size)
        fill(memoryview(content), stream)
    return bytes(content)


def opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry; raises `zipfile.BadZipFile` if it is packed by an unusual method."""
    if entry.compress_type not in PLAIN_METHODS:
        raise zipfile.BadZipFile("an entry is packed by an unusual method")
    return archive.open(entry)


def fill(memory: memoryview, stream: IO[bytes]) -> None:
    """Read in pieces, to hold the data once, and to the end, where its checksum is verified."""
    filled = 0
    while piece := stream.read(_PIECE):
        memory[filled : filled + len(piece)] = piece
        filled += len(piece)
    if filled != len(memory):
        raise EOFError("an entry is cut short")


def directory_bytes(file: IO[bytes]) -> int:
    """Return the size of a zip archive's list of entries, which `zipfile` reads whole, as declared.

    Zero if the end of the archive is not found; then `zipfile` refuses it.
    """
    return _declared(file).directory_bytes


class _Declared(NamedTuple):
    """What the end of an archive says about its list of entries."""

    entries: int
    directory_bytes: int


def _declared(file: IO[bytes]) -> _Declared:
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_END))
    end = file.read()
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 22:
        return _Declared(0, 0)
    declared = _Declared(*struct.unpack_from("<HI", end, place + 10))
    large = end.rfind(b"PK\x06\x06", 0, place)
    if (0xFFFF in declared or 0xFFFFFFFF in declared) and 0 <= large <= len(end) - 56:
        return _Declared(*struct.unpack_from("<QQ", end, large + 32))
    return declared
