"""The confusion matrix: a table whose cells are buttons, for mouse, finger and keyboard.

Not a chart: Plotly reports the cell of the previous tap, and no key reaches its cells. Not
Streamlit's table: it has a fixed width, which cuts the matrix off on a phone, and is painted, so
that no cell has a name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.wording import counted
from ui import charts

Cell = tuple[int, int]
WIDTH = 486  # pixels, where there is room

_STYLE = """
table { width: 100%; max-width: 486px; border-collapse: collapse; table-layout: fixed;
  font: 14px var(--st-font); color: var(--st-text-color); font-variant-numeric: tabular-nums }
th { font-weight: 400 }
th, td { height: 36px; padding: 0; border: 1px solid var(--st-border-color); text-align: center }
button { width: 100%; height: 100%; padding: 0; border: 0; font: inherit; color: inherit;
  background: none; cursor: pointer }
button:hover { box-shadow: inset 0 0 0 1px var(--st-text-color) }
button:focus-visible { outline: 3px solid var(--st-primary-color) }
[aria-pressed=true] { box-shadow: inset 0 0 0 3px var(--st-primary-color) }
thead th, tbody th { background: var(--st-secondary-background-color) }
@media (max-width: 480px) { table { font-size: 12px } }
"""
# Of all buttons only one is reached by Tab: arrow keys lead from there to the others.
_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  const root = table.getRootNode(), had = root.activeElement?.dataset.opens;
  const make = (name, parts, text = "") => {
    const made = Object.assign(document.createElement(name), parts);
    made.append(text);
    return made;
  };
  const choice = ({ opens, text, says, colour, pressed }) => {
    const made = make("button", { type: "button", title: says, tabIndex: -1 }, text);
    made.setAttribute("aria-label", says);
    made.setAttribute("aria-pressed", pressed);
    made.style.background = colour;
    made.dataset.opens = opens;
    made.onclick = () => setTriggerValue("chosen", opens);
    return made;
  };
  const head = make("thead", {}), body = make("tbody", {}), top = make("tr", {});
  top.append(make("th", { scope: "col" }, "true"));
  for (let d = 0; d < 10; d++) top.append(make("th", { scope: "col" }, String(d)));
  head.append(top);
  data.rows.forEach((row) => {
    const line = make("tr", {});
    row.forEach((cell, at) => {
      const place = make(at ? "td" : "th", at ? {} : { scope: "row" });
      if (cell) place.append(choice(cell));
      line.append(place);
    });
    body.append(line);
  });
  table.setAttribute("aria-label", data.name);
  table.replaceChildren(head, body);
  const find = (row, column) => body.rows[row]?.cells[column]?.firstElementChild;
  const first = table.querySelector("[aria-pressed=true]") ?? table.querySelector("button");
  if (first) first.tabIndex = 0;
  if (had) table.querySelector(`[data-opens="${had}"]`)?.focus({ preventScroll: true });
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.onkeydown = (event) => {
    const step = steps[event.key], from = root.activeElement?.parentElement;
    if (!step || !from) return;
    event.preventDefault();
    let row = from.parentElement.sectionRowIndex, column = from.cellIndex, next;
    do {
      [row, column] = [row + step[0], column + step[1]];
      next = find(row, column);
    } while (!next && row >= 0 && row < 10 && column >= 0 && column < 11);
    if (!next) return;
    for (const other of table.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}
"""


def show(
    counts: np.ndarray,
    rates: bool,
    key: str,
    opened: str,
    choose: Callable[[str], None],
) -> None:
    """Show a confusion matrix whose cells and rows can be chosen.

    Parameters
    ----------
    counts : ndarray of int, shape (10, 10)
        Row: true digit, column: answer.
    rates : bool
        Show percentages of the true digit instead of counts.
    key : str
        Tells two matrices apart.
    opened : str
        What is shown as chosen: "4-9" for a cell (true digit, answer), "4" for the mistakes of a
        true digit, empty for nothing.
    choose : callable
        Called with what was chosen, in the same form.
    """
    _component()(
        key=key,
        data={
            "rows": rows(counts, rates, opened),
            "name": "Confusion matrix: a row for each true digit, a column for each answer",
        },
        on_chosen_change=lambda: choose(st.session_state[key].chosen),
    )


def rows(counts: np.ndarray, rates: bool, opened: str) -> list[list[dict[str, Any] | None]]:
    """Return the buttons of each row: that of the true digit, and those of the ten answers.

    Only mistakes have a colour, stronger for more frequent ones: the diagonal would outshine them a
    hundredfold. A cell without an image has no button.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = np.where(np.eye(10, dtype=bool), 0, shares)
    strength = wrong / max(wrong.max(), 1e-9)
    return [
        [
            _button(str(label), str(label), f"All misread {label}s", "", opened),
            *(
                _button(
                    f"{label}-{answer}",
                    _text(shares[label, answer], counts[label, answer], rates),
                    f"{in_words((label, answer))}: {counted(int(counts[label, answer]), 'image')}",
                    _background(strength[label, answer]),
                    opened,
                )
                if counts[label, answer]
                else None
                for answer in range(10)
            ),
        ]
        for label in range(10)
    ]


def in_words(cell: Cell) -> str:
    """Name a cell of the confusion matrix: "4 read as 9", "4 read correctly"."""
    label, answer = cell
    return f"{label} read correctly" if label == answer else f"{label} read as {answer}"


def _button(opens: str, text: str, says: str, colour: str, opened: str) -> dict[str, Any]:
    pressed = opens == opened
    return {"opens": opens, "text": text, "says": says, "colour": colour, "pressed": pressed}


def _text(share: float, count: int, rates: bool) -> str:
    return f"{100 * share:.1f}" if rates else str(count)


def _background(strength: float) -> str:
    if strength == 0:
        return ""
    return charts.fade(charts.wrong_colour(), 0.15 + 0.55 * strength)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "digit-lab-confusion-matrix", html="<table></table>", css=_STYLE, js=_SCRIPT
    )
