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
