"""The confusion matrix: a table whose cells can be chosen by mouse, finger or keyboard.

Not a chart: Plotly reports the cell of the previous tap, and no key reaches its cells.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from ui import charts

Cell = tuple[int, int]

_COLUMN_PX, ROW_PX = 44, 36
WIDTH = 11 * _COLUMN_PX + 2


def show(
    counts: np.ndarray,
    rates: bool,
    key: str,
    opened: Cell | None,
    choose: Callable[[Cell | None], None],
) -> None:
    """Show a confusion matrix, one cell of which can be chosen.

    Parameters
    ----------
    counts : ndarray of int, shape (10, 10)
        Row: true digit, column: answer.
    rates : bool
        Show percentages of the true digit instead of counts.
    key : str
        Tells two matrices apart.
    opened : (true digit, answer) or None
        The cell shown as chosen.
    choose : callable
        Called with the chosen cell, or with ``None`` if the choice was cleared.
    """
    version = f"{key}-version"
    st.session_state.setdefault(version, 0)
    kept = st.session_state.get(f"{key}-{st.session_state[version]}")
    if kept is not None and _chosen(kept) != opened:
        # Changed by the browser's Back button or a button of the page. This table would keep its
        # choice and not report that cell when clicked again; told to drop it, it loses a click.
        st.session_state[version] += 1
    number = st.session_state[version]
    table = f"{key}-{number}"

    def take() -> None:
        # The browser may report the choice of a table that was just replaced.
        if number == st.session_state[version]:
            choose(_chosen(st.session_state[table]))

    cells = [] if opened is None else [(opened[0], str(opened[1]))]
    st.dataframe(
        styled(counts, rates),
        key=table,
        on_select=take,
        selection_default={"selection": {"cells": cells}},
        selection_mode="single-cell",
        row_height=ROW_PX,
        height="content",
        width="content",
        column_config={
            "_index": st.column_config.TextColumn("true", width=_COLUMN_PX),
            **{str(d): st.column_config.Column(width=_COLUMN_PX) for d in range(10)},
        },
        alt="Confusion matrix: a row for each true digit, a column for each answer",
    )


def styled(counts: np.ndarray, rates: bool) -> Styler:
    """Return the matrix as a table; more frequent confusions have a stronger colour.

    Only mistakes have a colour: the diagonal would outshine them a hundredfold.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = np.where(np.eye(10, dtype=bool), 0, shares)
    strength = wrong / max(wrong.max(), 1e-9)
    names = [str(digit) for digit in range(10)]
    texts = [[_text(shares[i, j], counts[i, j], rates) for j in range(10)] for i in range(10)]
    colours = pd.DataFrame(
        np.vectorize(_background, otypes=[object])(strength), index=names, columns=names
    )
    return pd.DataFrame(texts, index=names, columns=names).style.apply(lambda _: colours, axis=None)


def _chosen(event: Any) -> Cell | None:
    cells = event["selection"]["cells"] if event else []
    if not cells:
        return None
    row, column = cells[0]
    # The column of row names can be chosen too, but is not a cell of the matrix.
    return (int(row), int(column)) if str(column).isdigit() else None


def _text(share: float, count: int, rates: bool) -> str:
    if count == 0:
        return ""
    return f"{100 * share:.1f}" if rates else str(count)


def _background(strength: float) -> str:
    if strength == 0:
        return ""
    return f"background-color: {charts.fade(charts.wrong_colour(), 0.15 + 0.55 * strength)}"
