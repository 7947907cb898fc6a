"""Digits as pictures: square, unblurred pixels, white on black as the model sees them."""

import base64
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image, ImageColor, ImageDraw, ImageFont

_LONGEST_SIDE = 1400  # pixels: larger pictures are shown smaller anyway
LARGE, SMALL = 4, 2  # sides of a pixel of the pictures that are buttons; `ui.layout` has both
BUTTON_PX = 28 * LARGE
_CURVE, _LINE = (160, 60), 5  # width and height of a curve beside words, and of its line
_PLACE = """<div style="box-sizing: border-box; width: {width}; aspect-ratio: {wide} / {high};
border: 1px dashed rgb(128 128 128 / 60%); border-radius: 0.4rem"></div>"""


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat each pixel of a digit.

    Parameters
    ----------
    image : ndarray, shape (h, w), uint8 or float32 in [0, 1]
    factor : int
        Side of the square that each pixel becomes.

    Returns
    -------
    ndarray of uint8, shape (h * factor, w * factor)
    """
    if image.dtype != np.uint8:
        image = np.round(image * 255).astype(np.uint8)
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def digit(image: np.ndarray, alt: str, factor: int = 3) -> None:
    """Show one digit; ``alt`` describes it in words."""
    st.image(enlarge(image, factor), alt=alt, output_format="PNG")


def place(width: str, wide: int, high: int) -> None:
    """Show an empty frame where a picture will be, so that nothing moves when it comes.

    Parameters
    ----------
    width : str
        In CSS.
    wide, high : int
        The sides of the picture.
    """
    st.html(_PLACE.format(width=width, wide=wide, high=high))


def button(
    image: np.ndarray,
    caption: str,
    alt: str,
    key: str,
    on_click: Callable[..., None],
    args: Sequence[Any] = (),
    factor: int = LARGE,
) -> None:
    """Show a digit that is a button, with its caption below; mouse, finger and keyboard press it.

    Parameters
    ----------
    image : ndarray, shape (28, 28), uint8 or float32 in [0, 1]
    caption : str
        Markdown, part of the button and of its name.
    alt : str
        Describes the digit in words, which begin the button's name.
    key : str
        Tells two such buttons apart.
    on_click, args : callable, sequence
        As for ``st.button``.
    factor : {LARGE, SMALL}
        Side of a pixel.
    """
    # The style makes the picture as large as the key says. In the label, picture, words and button
    # are one element; a picture, a text and a button each took the browser four times as long.
    st.button(
        f"{in_text(image, alt)}  \n{caption}",
        key=f"picture-{factor}-{key}",
        type="tertiary",
        on_click=on_click,
        args=tuple(args),
    )


def in_text(image: np.ndarray, alt: str) -> str:
    """Return a digit as Markdown, for the label of a button or a link, too."""
    return _as_markdown(Image.fromarray(enlarge(image, 1)), alt)


def curve_in_text(shares: Sequence[float], colour: str, alt: str) -> str:
    """Return a curve as Markdown, as high as the words beside it.

    Parameters
    ----------
    shares : sequence of float in [0, 1]
        From left to right; none gives an empty text.
    colour, alt : str
    """
    if not shares:
        return ""
    wide, high = _CURVE
    right, bottom = wide - _LINE, high - _LINE
    steps = max(len(shares) - 1, 1)
    points = [
        (_LINE + (right - _LINE) * k / steps, bottom - (bottom - _LINE) * share)
        for k, share in enumerate(shares)
    ]
    image = Image.new("RGBA", _CURVE)
    ImageDraw.Draw(image).line(points, fill=colour, width=_LINE, joint="curve")
    return _as_markdown(image, alt)


def _as_markdown(image: Image.Image, alt: str) -> str:
    content = io.BytesIO()
    image.save(content, "PNG")
    return f"![{alt}](data:image/png;base64,{base64.b64encode(content.getvalue()).decode()})"


def gallery(images: Iterable[np.ndarray], captions: Sequence[str], alts: Sequence[str]) -> None:
    """Show digits in a grid that fits the width, each 84 px with its Markdown caption below.

    In a container whose key begins with "gallery-wide" they have 112 px.
    """
    # One text, a paragraph for each: the style makes it a grid. Element by element, it took the
    # browser many times as long.
    st.markdown(
        "\n\n".join(
            f"{in_text(image, alt)}  \n{caption}"
            for image, caption, alt in zip(images, captions, alts, strict=True)
        )
    )


def with_boxes(
    picture: np.ndarray,
    boxes: Sequence[tuple[int, int, int, int]],
    labels: Sequence[str],
    colour: str,
) -> np.ndarray:
    """Draw boxes on a picture, each with its label at its top left.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
    boxes : sequence of tuple of four ints
        Left, top, right and bottom in pixels of the picture, the last two exclusive.
    labels : sequence of str
    colour : str
        Of the boxes, "#rrggbb"; labels are white on it, or black where it is light.

    Returns
    -------
    uint8 array
        The picture in colour, made smaller if its longer side has more than 1400 pixels.
    """
    image = Image.fromarray(picture)
    image = image.convert("RGBA" if picture.shape[2:] == (4,) else "RGB")
    factor = min(1, _LONGEST_SIDE / max(image.size))
    if factor < 1:
        image = image.resize([max(1, round(side * factor)) for side in image.size])
    line = max(2, max(image.size) // 300)
    font = ImageFont.load_default(max(12, max(image.size) // 28))
    pen = ImageDraw.Draw(image)
    for box, label in zip(boxes, labels, strict=True):
        left, top, right, bottom = (round(side * factor) for side in box)
        left, top = max(left - 2 * line, 0), max(top - 2 * line, 0)
        right = max(min(right + 2 * line, image.width) - 1, left)
        bottom = max(min(bottom + 2 * line, image.height) - 1, top)
        pen.rectangle((left, top, right, bottom), outline=colour, width=line)
        around = pen.textbbox((left + 2 * line, top + line), label, font=font)
        pen.rectangle((left, top, around[2] + 2 * line, around[3] + 2 * line), fill=colour)
        light = sum(ImageColor.getrgb(colour)[:3]) > 382
        pen.text((left + 2 * line, top + line), label, font=font, fill="#000" if light else "#fff")
    return np.asarray(image)
