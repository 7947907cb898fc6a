"""Pictures from people's files, and canvases in an ``.npz``, decoded to pixels.

Files are untrusted: sizes are checked before anything is decoded, only the formats that phones and
scanners write are tried, and every fault of a file is a `DigitLabError`.
"""

import io
import threading
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from core.disk.npz import read_arrays
from core.errors import DigitLabError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "PPM")
_NAMED = "PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PGM"
MAX_FILE_BYTES = 160_000_000  # 50 megapixels without compression
# 50 megapixels, as cameras count them: up to 8192 x 6144. A page at 600 dots an inch has 35.
MAX_PIXELS = 50_400_000
# Their decoders keep several copies of the picture. With these, reading takes less than 500 MB.
_MAX_PIXELS_OF = {"WEBP": 20_000_000, "AVIF": 30_000_000, "PPM": 20_000_000}
_APPLE = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
# The longer side, in pixels, to which a picture is reduced before it is read. At this size the
# lines of a pen that a camera resolves are still several pixels wide.
LONGEST_SIDE = 1024
MAX_CANVASES_BYTES = 2_000_000_000
# Warnings are switched off and on for the whole process, so by one thread at a time.
_WARNINGS = threading.Lock()


def decode(data: bytes) -> np.ndarray:
    """Decode a picture, rotated according to its EXIF data.

    Parameters
    ----------
    data : bytes
        The content of a file in one of ``FORMATS``, at most 160 MB; of an animation or of several
        pages the first is used.

    Returns
    -------
    uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied. A picture whose longer side has at least twice
        ``LONGEST_SIDE`` pixels is returned at a half, a third or another such part of its size, but
        not below ``LONGEST_SIDE``. For a JPEG this takes a fraction of the time and memory.

    Raises
    ------
    DigitLabError
        If the picture is too large, cut off, damaged, or of another format.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_heavy(len(data))
    try:
        # Pillow's warnings are harmless or followed by an error below.
        with (
            _WARNINGS,
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=FORMATS) as image,
        ):
            _check_size(image)
            longest = max(image.size)
            if longest > LONGEST_SIDE:
                # Only JPEG supports drafts; other formats are decoded in full.
                width, height = (max(1, side * LONGEST_SIDE // longest) for side in image.size)
                image.draft(None, (width, height))
            image.load()
            return _pixels(_upright(_reduced(image)))
    except DigitLabError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(MAX_PIXELS) from None
    except Exception as fault:  # damaged files make Pillow's decoders raise nearly anything
        raise DigitLabError(_reason(data)) from fault


def _check_size(image: Image.Image) -> None:
    most = _MAX_PIXELS_OF.get(image.format or "", MAX_PIXELS)
    if image.width * image.height > most:
        raise _too_large(most, image.format if most < MAX_PIXELS else None)


def _too_large(most: int, form: str | None = None) -> DigitLabError:
    return DigitLabError(
        f"The picture has more than {most / 1e6:.0f} million pixels, the most that are read"
        + (
            f" in a {form} file: make it smaller, or save it as JPEG."
            if form
            else ": make it smaller."
        )
    )


def _reduced(image: Image.Image) -> Image.Image:
    """Average squares of pixels in a large picture."""
    factor = max(image.size) // LONGEST_SIDE
    if factor < 2:
        return image
    if image.mode.startswith("I"):  # Pillow cannot reduce 16 bits
        smaller = Image.fromarray(np.asarray(image)[::factor, ::factor])
    else:
        modes = {"1": "L", "P": "RGBA" if image.has_transparency_data else "RGB"}
        smaller = image.convert(modes.get(image.mode, image.mode)).reduce(factor)
    smaller.info["exif"] = image.getexif().tobytes()
    return smaller


def _reason(data: bytes) -> str:
    """Say why a file cannot be decoded, and what to do."""
    if data[4:8] == b"ftyp" and data[8:12] in _APPLE and b"avif" not in data[8:64]:
        return (
            "This is a HEIC picture, the form in which iPhones keep photographs, and it cannot be"
            " read here: share or save it as JPEG."
        )
    if _is_cut_off(data):
        return "The picture is cut off, its end is missing: copy, send or save it again."
    return f"The picture cannot be read, it is damaged or of another kind: give a {_NAMED} file."


def _is_cut_off(data: bytes) -> bool:
    """Return whether a file that cannot be decoded begins like a picture and lacks its end."""
    if data.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" not in data[-64:]
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" not in data[-64:]
    if data.startswith((b"GIF87a", b"GIF89a")):
        return b";" not in data[-2:]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if data.startswith(b"BM") and len(data) > 6:
        return int.from_bytes(data[2:6], "little") > len(data)
    if data[4:8] == b"ftyp":
        return _boxes_end(data) > len(data)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff_end(data) > len(data)
    return False


def _boxes_end(data: bytes) -> int:
    """Return where the boxes of an ISO base media file (ISO/IEC 14496-12) say that it ends."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size < 8:  # to the end of the file, or longer than 4 GB
            return len(data)
        place += size
    return place


def _tiff_end(data: bytes) -> int:
    """Return where the first page of a TIFF file (revision 6.0, section 2) ends at the earliest."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"

    def number(place: int, size: int) -> int:
        return int.from_bytes(data[place : place + size], order)

    page = number(4, 4)
    count, end = number(page, 2), page + 2
    end += 12 * count + 4
    strips: dict[int, tuple[int, int]] = {}
    for entry in range(page + 2, page + 2 + 12 * count, 12):
        tag, kind, n = number(entry, 2), number(entry + 2, 2), number(entry + 4, 4)
        size = {3: 2, 4: 4}.get(kind, 1)
        if n * size > 4:
            end = max(end, number(entry + 8, 4) + n * size)
        if tag in (273, 279) and size > 1 and n:  # where the strips are, and how long
            last = entry + 8 if n * size <= 4 else number(entry + 8, 4) + (n - 1) * size
            strips[tag] = last, size
    if len(strips) == 2:
        end = max(end, sum(number(*strip) for strip in strips.values()))
    return end


def decode_file(path: Path) -> np.ndarray:
    """Decode a picture file, as `decode` does.

    Raises
    ------
    DigitLabError
        If there is no such file, or `decode` refuses it; the sentence names the file.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise _too_heavy(size)
        with path.open("rb") as file:
            return decode(file.read(MAX_FILE_BYTES + 1))  # a pipe does not report its size
    except OSError as fault:
        raise DigitLabError(
            f"There is no readable file {path} ({fault.strerror or fault}): check its path."
        ) from fault
    except DigitLabError as fault:
        raise DigitLabError(f"{path}: {fault}") from fault


def load_canvases(path: Path) -> np.ndarray:
    """Load the canvases in an ``.npz`` file.

    Parameters
    ----------
    path : pathlib.Path
        A file with an array ``canvases``.

    Returns
    -------
    uint8 array, shape (n, h, w), (n, h, w, 3) or (n, h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied.

    Raises
    ------
    DigitLabError
        If the file cannot be read, or its ``canvases`` have another type or shape.
    """
    path = Path(path)
    canvases = read_arrays(path, ["canvases"], MAX_CANVASES_BYTES).get("canvases")
    if canvases is None:
        raise DigitLabError(f"{path.name} has no array named canvases: save them under that name.")
    in_colour = canvases.shape[-1:] in ((3,), (4,))
    # An array of shape (h, w, 4) would be read as h strips of grey, 4 pixels wide.
    pictures = canvases.ndim == 4 if in_colour else canvases.ndim == 3
    if canvases.dtype != np.uint8 or not pictures:
        raise DigitLabError(
            f"The canvases in {path.name} are {canvases.dtype} of shape {canvases.shape}: give"
            " uint8 of shape (n, h, w), (n, h, w, 3) or (n, h, w, 4)."
        )
    height, width = canvases.shape[1:3]
    if not 0 < height * width <= MAX_PIXELS:
        raise DigitLabError(
            f"The canvases in {path.name} have {width} x {height} pixels: give at least 1 and at"
            f" most {MAX_PIXELS / 1e6:.1f} million."
        )
    return canvases


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Damaged EXIF data are ignored; damaged pixels were refused by `load`.
        return image


def _pixels(image: Image.Image) -> np.ndarray:
    if image.mode == "F":  # scaled by whoever wrote it
        grey = np.asarray(image)
        low, high = float(grey.min()), float(grey.max())
        return ((grey - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip instead of scaling
        return (np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        return np.array(image.convert("RGBA"))
    return np.array(image.convert("L" if image.mode in ("1", "L") else "RGB"))


def _too_heavy(size: int) -> DigitLabError:
    return DigitLabError(
        f"The picture has {size / 1e6:.1f} MB and at most {MAX_FILE_BYTES / 1e6:.0f} MB are read:"
        " save it smaller."
    )
