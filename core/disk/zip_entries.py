"""Zip entries: read untrusted ``.zip`` archives in no more memory than their entries declare.

No more than the declared size of an entry is ever held, whatever its packed bytes would unpack to.
`zipfile` alone unpacks as much as it is asked for at once, and with some methods everything.
"""

import struct
import zipfile
import zlib
from typing import IO

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
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_END))
    end = file.read()
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 22:
        return 0
    declared = int(struct.unpack_from("<I", end, place + 12)[0])
    large = end.rfind(b"PK\x06\x06", 0, place)
    if declared == 0xFFFFFFFF and large >= 0 and len(end) >= large + 56:
        return int(struct.unpack_from("<Q", end, large + 40)[0])
    return declared
