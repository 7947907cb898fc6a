"""LZW as `compress` of Unix writes it: files that end in ``.Z``.

Welch 1984, https://doi.org/10.1109/MC.1984.1659158. Python's library has no reader of them.
"""

from core.errors import DigitLabError

_MAGIC = b"\x1f\x9d"
_SHORTEST, _LONGEST = 9, 16  # bits of a code; of files that have no longer ones kinds differ
_CLEAR = 256


def unpack(packed: bytes, max_bytes: int) -> bytes:
    """Unpack the content of a ``.Z`` file.

    Parameters
    ----------
    packed : bytes
    max_bytes : int
        The largest size of what is unpacked.

    Returns
    -------
    bytes

    Raises
    ------
    DigitLabError
        It is not of this form, is damaged, or unpacks to more.
    """
    if len(packed) < 3 or packed[:2] != _MAGIC:
        raise DigitLabError("The file is not packed by compress: download it again.")
    longest, clears = packed[2] & 0x1F, packed[2] & 0x80
    if not _SHORTEST < longest <= _LONGEST:
        raise DigitLabError("The file is packed in a way that is not known: download it again.")
    first = _CLEAR + 1 if clears else _CLEAR  # the first code of a phrase
    out = bytearray()
    # A phrase has been written before: it is the place of its first byte, and its length.
    phrases: list[tuple[int, int]] = []
    last: tuple[int, int] | None = None
    width, begin, at = _SHORTEST, 24, 24  # in bits; codes of one width begin at `begin`
    while at + width <= 8 * len(packed):
        window = int.from_bytes(packed[at // 8 : at // 8 + 4], "little")
        code = (window >> at % 8) & ((1 << width) - 1)
        at += width
        if clears and code == _CLEAR:
            begin = at = _next_group(begin, at, width)
            phrases, last, width = [], None, _SHORTEST
            continue
        here = len(out)
        if code < _CLEAR:
            out.append(code)
        elif code - first < len(phrases):
            start, length = phrases[code - first]
            out += out[start : start + length]
        elif code - first == len(phrases) and last is not None:  # the phrase that begins with it
            out += out[last[0] : here]
            out.append(out[here])
        else:
            raise DigitLabError("The file is damaged: download it again.")
        if len(out) > max_bytes:
            raise DigitLabError(f"The file unpacks to more than {max_bytes / 1e6:,.0f} MB.")
        if last is not None and first + len(phrases) < 1 << longest:
            phrases.append((last[0], last[1] + 1))
        last = here, len(out) - here
        if first + len(phrases) >= 1 << width and width < longest:
            begin = at = _next_group(begin, at, width)
            width += 1
    return bytes(out)


def _next_group(begin: int, at: int, width: int) -> int:
    """Return where the next group of eight codes begins: only there the width can change."""
    group = 8 * width
    return begin + -(-(at - begin) // group) * group
