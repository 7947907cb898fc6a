"""Maps of a network's numbers, as pictures and tables: blue above 0, orange below 0."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from ui import charts

_MAP_PX = 48  # side of one map, about
_PIXEL_PX = 9  # at most, of a pixel of a small map
_NUMBER_PX = 20  # side of a single number
_NUMBERS_WIDE = 32  # numbers a row
_WIDE = 12  # maps a row
COLUMN_PX = 52


def tiled(maps: np.ndarray) -> np.ndarray:
    """Put maps side by side in one picture, all on the same scale.

    Parameters
    ----------
    maps : ndarray of float, shape (n, rows, columns)

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        Twelve maps or 32 numbers in a row; square pixels, with the page's colour between maps.
    """
    n, rows, columns = maps.shape
    side = max(rows, columns)
    factor = _NUMBER_PX if side == 1 else min(max(_MAP_PX // side, 1), _PIXEL_PX)
    wide = min(n, _NUMBERS_WIDE if side == 1 else _WIDE)
    high = -(-n // wide)
    tile = np.array([rows, columns]) * factor
    picture = np.empty((*(tile + 2) * [high, wide], 3), np.uint8)
    picture[:] = _rgb(charts.ground_colour())
    shades = _shades(maps).repeat(factor, axis=1).repeat(factor, axis=2)
    for i, shade in enumerate(shades):
        top, left = (i // wide) * (tile[0] + 2), (i % wide) * (tile[1] + 2)
        picture[top : top + tile[0], left : left + tile[1]] = shade
    return picture


def in_rows(values: np.ndarray) -> np.ndarray:
    """Break a vector into rows of ten, the last padded with NaN; float, shape (k, 10)."""
    filled = np.full(-(-len(values) // 10) * 10, np.nan)
    filled[: len(values)] = values
    return filled.reshape(-1, 10)


def table(values: np.ndarray, key: str, alt: str) -> None:
    """Show a map, float (rows, columns), as numbers."""
    st.dataframe(_styled(values), key=key, hide_index=True, **_look(values, alt))


def choose(values: np.ndarray, key: str, alt: str, step: int = 1) -> tuple[int, int] | None:
    """Show a map as numbers and return the (row, column) chosen by mouse, finger or key.

    Parameters
    ----------
    values : ndarray of float, shape (rows, columns)
    key, alt : str
    step : int
        Rows are named 0, ``step``, 2 ``step`` and so on.
    """
    event: Any = st.dataframe(
        _styled(values, step),
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        **_look(values, alt),
    )
    cells = event["selection"]["cells"] if event else []
    if not cells or not str(cells[0][1]).isdigit():  # the column of row names is not a cell
        return None
    row, column = int(cells[0][0]), int(cells[0][1])
    inside = row < values.shape[0] and column < values.shape[1]
    return (row, column) if inside and not np.isnan(values[row, column]) else None


def _look(values: np.ndarray, alt: str) -> dict[str, Any]:
    column = st.column_config.Column
    return dict(
        alt=alt,
        width="content",
        height="content" if len(values) <= 14 else 440,
        row_height=30,
        column_config={"_index": column(width=44)}
        | {str(i): column(width=COLUMN_PX) for i in range(values.shape[1])},
    )


def _styled(values: np.ndarray, step: int = 1) -> Styler:
    names = [str(i) for i in range(values.shape[1])]
    rows = [str(step * i) for i in range(len(values))]
    most = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0.0
    # Adding 0 turns -0.00 into 0.00.
    cells = values.tolist()
    texts = [["" if np.isnan(x) else f"{round(x, 2) + 0:.2f}" for x in row] for row in cells]
    colours = [["" if np.isnan(x) else _ground(x / (most or 1)) for x in row] for row in cells]
    shown = pd.DataFrame(texts, index=rows, columns=names)
    grounds = pd.DataFrame(colours, index=rows, columns=names)
    return shown.style.apply(lambda _: grounds, axis=None)


def _ground(strength: float) -> str:
    if abs(strength) < 0.01:
        return ""
    colour = charts.right_colour() if strength > 0 else charts.wrong_colour()
    return f"background-color: {charts.fade(colour, 0.08 + 0.5 * abs(strength))}"


def _shades(values: np.ndarray) -> np.ndarray:
    """Return the colours of numbers, uint8 (..., 3), with 0 in the middle of the palette."""
    palette = np.array([_rgb(colour) for colour in charts.diverging()], float)
    place = np.linspace(-1, 1, len(palette))
    most = float(np.abs(values).max()) or 1.0
    bands = [np.interp(values / most, place, palette[:, band]) for band in range(3)]
    return np.stack(bands, axis=-1).round().astype(np.uint8)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
