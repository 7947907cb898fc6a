"""`core.disk.lzw`: files as compress wrote them, by an encoder of our own and by gzip's reading."""

import base64
import shutil
import subprocess
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.disk import lzw
from core.errors import DigitLabError

LIMIT = 10_000_000
# Written by ncompress 4.2.4.
GENUINE = base64.b64decode(
    "H52QIGAEVADiBogYMwjGoAFChg2CMmKAmJEDIg4QNWQQnFEDhI0aBGnIKIgjZA4QOWIQrGHjIAwaBG3MOBjjBsEbAhHC"
    "uGlwYUIQOBjGYEkw5UEbFVFejIFDo8uOMXKApDlSBoySNE/KiKjQYcMZMA/OmCmDhs2DNAQ63InWoIwbP4cylIHj4VGJ"
    "MnIkjWHj4owYTmt2nCFjKtORY7EyPclR5cEcLWfYCGt15owbZyMKpMg2osG0P7cypMEX4l8QIpPKmHGRhkiINDrGnlp4"
    "JI2+EGucpIHDscOWNHJQhlvQotrOOAyOhSgctd0ZMCTq3ni1oNO/HXFMJTwyB1bCJ2OI3yj5YNmNNGYiPMsxZw22HHvK"
    "3Dj54I3nNyQu3njjotXr2jU01EY5VEUXgVqRFhIMLRUWFmlk2WAT"
)


def compress(content: bytes, longest: int = 16, clears: bool = True, clear_at: int = 0) -> bytes:
    """Pack with LZW; with ``clear_at`` the table is emptied whenever it has as many codes."""
    first = 257 if clears else 256
    bits: list[str] = []  # of one group, codes from the last to the first
    packed = bytearray([0x1F, 0x9D, longest | (0x80 if clears else 0)])
    table = {bytes([byte]): byte for byte in range(256)}
    width, free = 9, first

    def end_group(whole: bool = True) -> None:
        while whole and len(bits) % 8:
            bits.insert(0, "0" * width)
        if bits:
            packed.extend(int("".join(bits), 2).to_bytes(-(-width * len(bits) // 8), "little"))
            bits.clear()

    def put(code: int) -> None:
        nonlocal width
        bits.insert(0, f"{code:0{width}b}")
        if free >= 1 << width and width < longest:
            end_group()
            width += 1

    phrase = b""
    for byte in content:
        if phrase + bytes([byte]) in table:
            phrase += bytes([byte])
            continue
        put(table[phrase])
        if free < 1 << longest:
            table[phrase + bytes([byte])] = free
            free += 1
        phrase = bytes([byte])
        if clear_at and free >= clear_at:
            put(table[phrase])
            put(256)
            end_group()
            table, phrase = {bytes([byte]): byte for byte in range(256)}, b""
            width, free = 9, first
    if phrase:
        put(table[phrase])
    end_group(whole=False)  # the last one ends with its last code
    return bytes(packed)


def test_a_genuine_file_is_read():
    expected = b"".join(b" %d %d\n" % (i * 7 % 500, i * 13 % 500) for i in range(60))
    assert lzw.unpack(GENUINE, LIMIT) == expected


@given(
    content=st.binary(max_size=3000) | st.text("ab", max_size=6000).map(str.encode),
    longest=st.integers(10, 16),
    clears=st.booleans(),
)
def test_what_is_packed_comes_back(content, longest, clears):
    assert lzw.unpack(compress(content, longest, clears), LIMIT) == content


@pytest.mark.parametrize("clear_at", [0, 300, 511, 512, 513, 1024])
def test_gzip_reads_the_same(clear_at):
    content = np.random.default_rng(3).integers(0, 60, 20_000).astype(np.uint8).tobytes()
    packed = compress(content, 12, clear_at=clear_at)
    assert lzw.unpack(packed, LIMIT) == content
    if gzip := shutil.which("gzip"):
        done = subprocess.run([gzip, "-dc"], input=packed, capture_output=True)
        assert done.stdout == content


def test_no_more_is_unpacked_than_allowed():
    bomb = compress(bytes(1_100_000))
    assert len(bomb) < 10_000
    with pytest.raises(DigitLabError, match="unpacks to more than 1 MB"):
        lzw.unpack(bomb, 1_000_000)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not packed by compress"),
        (b"\x1f\x8b\x08" + bytes(20), "not packed by compress"),
        (b"\x1f\x9d\xff" + bytes(20), "in a way that is not known"),
        (b"\x1f\x9d\x90" + b"\xff" * 20, "damaged"),
    ],
)
def test_another_file_is_refused(content, why):
    with pytest.raises(DigitLabError, match=why):
        lzw.unpack(content, LIMIT)


@given(content=st.binary(max_size=400))
def test_nonsense_is_refused_or_read_but_never_worse(content):
    with suppress(DigitLabError):
        assert len(lzw.unpack(b"\x1f\x9d\x90" + content, 100_000)) <= 100_000
