"""Tables: a model's answers as rows, and rows as a CSV file.

Apart from `ui.cache` and `ui.downloads`, for Home is drawn while pandas is still being loaded.
"""

import re

import pandas as pd
import streamlit as st

from core import paths, registry
from core.evaluation import mistakes
from core.runs import contract
from ui import cache

# What a spreadsheet runs, unless it is a mere dash or a number.
_FORMULA = re.compile(r"(?!-\Z|[+-]?\d[\d.]*\Z)[=+\-@\t]")


def answers(model: registry.Model) -> pd.DataFrame:
    """Return a row for each test image of the model, as `core.evaluation.mistakes.answers`."""
    return _answers(model, paths.changed_at(model.folder / contract.PREDICTIONS))


def csv(rows: pd.DataFrame, name: str, label: str = "Download CSV") -> None:
    """Offer rows as a CSV file.

    Parameters
    ----------
    rows : DataFrame
    name : str
        Of the file, without its suffix.
    label : str, optional
        Tells two such buttons on one page apart.
    """
    st.download_button(
        label,
        _as_csv(rows),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{name}",
    )


def _as_csv(rows: pd.DataFrame) -> str:
    """Write rows so that no cell of other people's text is a formula to a spreadsheet."""
    return rows.map(_no_formula).rename(columns=_no_formula).to_csv(index=False)


def _no_formula(cell: object) -> object:
    # As advised in https://owasp.org/www-community/attacks/CSV_Injection
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r", " ")  # written without quotes, it would begin a row
    return f"'{cell}" if _FORMULA.match(cell) else cell


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={registry.Model: str})
def _answers(model: registry.Model, changed: int) -> pd.DataFrame:
    return mistakes.answers(*cache.predictions(model))
