"""Specks: dirt on paper, which is not read, told from points and from other small things drawn."""

import numpy as np

from core.reading.cuts import pen_width
from core.reading.normalise import INK_THRESHOLD

# An isolated piece with less ink than this share of the largest one is dirt. The smallest piece
# that belonged to any of 2,386 digits written on tablets had 0.07.
SPECK = 0.03
# Nobody draws a dot thinner than the pen: on a canvas a piece of at least this share of the pen's
# width was drawn, however little ink it has. Pens of different widths differ by less.
AS_THICK = 0.4
# On paper what is nearly as thick as the pen may be a point between digits.
_BESIDE = 0.7  # of the largest piece's longer side: a point is no farther from a digit
_AS_THICK_ON_PAPER, _MOST_POINTS = 0.8, 12  # of the pen's width; more specks are noise


def is_drawn(picture: np.ndarray) -> bool:
    """Tell a drawing made on a screen from a photograph or a scan: its paper is of one colour.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
    """
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return bool(
        (border == np.median(border, axis=0)).reshape(len(border), -1).all(axis=1).mean() > 0.5
    )


def without_specks(ink: np.ndarray, drawn: bool = False) -> np.ndarray:
    """Remove isolated pieces that are tiny beside the largest one.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
    drawn : bool
        On a screen, where no dirt is: what is as thick as the pen stays, such as a face's eyes. On
        paper it must be nearly as thick.

    Returns
    -------
    float32 array, shape (h, w), in [0, 1]
        ``ink`` with each speck set to 0.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    if count < 2:
        return ink
    mass = np.bincount(pieces.ravel(), weights=ink.ravel())
    mass[0] = 0  # paper
    speck = mass < SPECK * mass.max()
    speck[0] = False
    if speck.any() and (drawn or speck.sum() <= _MOST_POINTS):
        written = np.where(speck[pieces], np.float32(0), ink)
        if not drawn:  # a point stands beside a digit
            down, across = ndimage.find_objects(pieces, int(mass.argmax()))[-1]
            height = max(down.stop - down.start, across.stop - across.start)
            away = ndimage.distance_transform_edt(written <= INK_THRESHOLD)
            nearest = ndimage.minimum(away, pieces, np.arange(count + 1))
        least = AS_THICK * pen_width(ink) if drawn else _AS_THICK_ON_PAPER * pen_width(written)
        places = ndimage.find_objects(pieces)
        for piece in np.flatnonzero(speck):
            own = pieces[places[piece - 1]] == piece
            # The middle of a dot is half its width away from paper, and half a pixel.
            depth = ndimage.distance_transform_edt(np.pad(own, 1)).max()
            far = not drawn and nearest[piece] > _BESIDE * height
            speck[piece] = far or 2 * depth - 1 < least
    return np.where(speck[pieces], np.float32(0), ink)
