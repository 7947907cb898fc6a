"""Pictures from people's files, and canvases in an ``.npz``, decoded to pixels.

Files are untrusted: sizes are checked before anything is decoded, only four picture formats are
tried, and every fault of a file is a `DigitLabError`.
"""

import io
import threading
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from core.disk.npz import read_arrays
from core.errors import DigitLabError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
MAX_FILE_BYTES = 20_000_000
MAX_PIXELS = 12_600_000  # 12 megapixels, as cameras count them: up to 4096 x 3072
# The longer side, in pixels, to which a picture is reduced before it is read. At this size the
# lines of a pen that a camera resolves are still several pixels wide.
LONGEST_SIDE = 1024
MAX_CANVASES_BYTES = 2_000_000_000
# Warnings are switched off and on for the whole process, so by one thread at a time.
_WARNINGS = threading.Lock()


def decode(data: bytes) -> np.ndarray:
    """Decode a PNG, JPEG, WebP or BMP picture, rotated according to its EXIF data.

    Parameters
    ----------
    data : bytes
        The file's content, at most 20 MB; of an animation the first frame is used.

    Returns
    -------
    uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied. A JPEG whose longer side has at least twice
        ``LONGEST_SIDE`` pixels is returned at a half, a quarter or an eighth of its size, but not
        below ``LONGEST_SIDE``. This takes a fraction of the time and memory.

    Raises
    ------
    DigitLabError
        If the picture is too large, damaged, or of another format.
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
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            longest = max(image.size)
            if longest > LONGEST_SIDE:
                # Only JPEG supports drafts; other formats are decoded in full.
                width, height = (max(1, side * LONGEST_SIDE // longest) for side in image.size)
                image.draft(None, (width, height))
            image.load()
            return _pixels(_upright(image))
    except Image.DecompressionBombError:
        raise DigitLabError(
            f"The picture has more than {MAX_PIXELS / 1e6:.1f} million pixels, the most that are"
            " read: make it smaller."
        ) from None
    except Exception as fault:  # damaged files make Pillow's decoders raise nearly anything
        raise DigitLabError(
            "The picture cannot be read, it is damaged or of another kind:"
            " give a PNG, JPEG, WebP or BMP file."
        ) from fault


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
