"""Reading entries of ``.zip`` archives that come from anywhere, in no more memory than declared.

What an entry declares is all that is ever held of it, whatever its packed bytes would unpack to:
`zipfile` by itself unpacks as much at once as it is asked for, and with some methods all there is.
"""

import zipfile
from typing import IO

PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that unpack piece by piece
_PIECE = 1 << 20  # bytes


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content of an entry.

    Raises
    ------
    EOFError, zipfile.BadZipFile and the faults of `zlib`
        The entry is packed oddly, cut short or damaged.
    """
    with opened(archive, entry) as stream:
        content = bytearray(entry.file_size)
        fill(memoryview(content), stream)
    return bytes(content)


def opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry; raises `zipfile.BadZipFile` where it is packed by an unusual method."""
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
