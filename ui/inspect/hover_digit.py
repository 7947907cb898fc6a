"""The digit under the pointer, beside a chart whose points are test images.

Plotly's hover takes only text. An invisible component listens to the chart and shows the digit,
cut from one picture that holds all of them in the order of the set.
"""

import base64
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

_SIDE = 28
_LEVELS = 16  # of grey: half the bytes, and no eye sees the difference
_SCRIPT = """
export default function ({ data }) {
  const shown = document.createElement("div");
  const side = 3 * data.side;
  shown.className = "digit-under-pointer";
  shown.setAttribute("aria-hidden", "true");  // the hover's words say it
  Object.assign(shown.style, {
    position: "fixed", display: "none", width: side + "px", height: side + "px",
    pointerEvents: "none", zIndex: 1000, border: "1px solid #888", borderRadius: "4px",
    imageRendering: "pixelated", backgroundImage: `url(${data.digits})`,
    backgroundSize: `${side * data.columns}px auto`,
  });
  document.body.append(shown);
  const hide = () => { shown.style.display = "none"; };
  const show = (event) => {
    const place = event.points[0].customdata[0];
    const column = place % data.columns, row = Math.floor(place / data.columns);
    const { clientX: x, clientY: y } = event.event;
    const left = x + side + 24 > innerWidth ? x - side - 24 : x + 24;
    Object.assign(shown.style, {
      display: "block", left: left + "px", top: Math.max(y - side - 24, 8) + "px",
      backgroundPosition: `-${column * side}px -${row * side}px`,
    });
    shown.dataset.place = place;
  };
  // The chart comes after this script, and is replaced with each colouring.
  const charts = new Set();
  const listen = () => {
    const chart = document.querySelector("[class*=st-key-map-] .js-plotly-plot");
    if (!chart || !chart.on || charts.has(chart)) return;
    charts.add(chart);
    chart.on("plotly_hover", show);
    chart.on("plotly_unhover", hide);
  };
  document.addEventListener("pointermove", listen);
  return () => {
    shown.remove();
    document.removeEventListener("pointermove", listen);
    for (const chart of charts) {  // A chart that has left the page has no listeners.
      chart.removeListener?.("plotly_hover", show);
      chart.removeListener?.("plotly_unhover", hide);
    }
  };
}
"""


def beside_map(images: np.ndarray, digest: str) -> None:
    """Show the digit under the pointer while it is over a point of the map.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        The ``customdata`` of a point begins with its index among them.
    digest : str
        Of the images.
    """
    columns = math.isqrt(len(images) - 1) + 1
    data = {"digits": _all_in_one(images, digest), "columns": columns, "side": _SIDE}
    _component()(data=data, key="digit-under-pointer")


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs={np.ndarray: lambda _: 0})
def _all_in_one(images: np.ndarray, digest: str) -> str:
    """Return a picture of all digits, row by row, as a data URL."""
    columns = math.isqrt(len(images) - 1) + 1
    room = np.zeros((columns * columns, _SIDE, _SIDE), np.uint8)
    room[: len(images)] = images // (256 // _LEVELS)
    sheet = room.reshape(columns, columns, _SIDE, _SIDE).swapaxes(1, 2)
    picture = Image.fromarray(sheet.reshape(columns * _SIDE, -1), "P")
    picture.putpalette([grey for level in range(_LEVELS) for grey in [17 * level] * 3])
    content = io.BytesIO()
    picture.save(content, "PNG", bits=4)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    place = '<span class="listens-to-the-map"></span>'
    return st.components.v2.component("digit-lab-hover-digit", html=place, js=_SCRIPT)
