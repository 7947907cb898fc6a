"""The page of a figure: one interactive HTML file that opens offline and saves as PNG or SVG.

Plotly's own script is in the file, compressed; every browser since 2023 can unpack it.
"""

import base64
import gzip
from functools import cache
from html import escape

import plotly.graph_objects as go

# Nothing can be loaded; Plotly's WebGL generates code for its shaders at run time.
_POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
_POLICY += "style-src 'unsafe-inline'; "
_POLICY += "img-src data: blob:"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 1rem; background: {ground}; color: {text}; font: 16px/1.5 system-ui, sans-serif }}
button {{ font: inherit; padding: 0.4rem 0.9rem }}
@media print {{ button {{ display: none }} }}
</style></head><body>
<main><div id="figure" role="img" aria-label="{alt}"></div>
<p id="words">{alt}</p>
<button data-format="png">Save as PNG</button> <button data-format="svg">Save as SVG</button></main>
<script type="application/json" id="drawing">{drawing}</script>
<script type="text/plain" id="library">{library}</script>
<script>
(async () => {{
  const packed = document.getElementById("library").textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
  const {{ data, layout }} = JSON.parse(document.getElementById("drawing").textContent);
  const figure = document.getElementById("figure");
  await Plotly.newPlot(figure, data, layout, {{ responsive: true, displaylogo: false }});
  for (const button of document.querySelectorAll("button"))
    button.onclick = () => Plotly.downloadImage(figure, {{
      format: button.dataset.format, filename: document.title,
      width: figure.clientWidth, height: figure.clientHeight,
      scale: button.dataset.format === "png" ? 2 : 1,
    }});
}})().catch(() => {{
  document.getElementById("words").textContent +=
    " This browser is too old to draw the figure: open it in one of 2023 or later.";
}});
</script></body></html>
"""


def page(figure: go.Figure, title: str, alt: str, ground: str, text: str, line: str) -> str:
    """Write a figure as a page.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        As the app draws it; not changed.
    title : str
        Also the file name of pictures saved from the page.
    alt : str
        A description of the figure in words.
    ground, text, line : str
        Colours of the page, its text and its grid, "#rrggbb".

    Returns
    -------
    str
        HTML of about 2 MB, most of it Plotly's script.
    """
    drawn = go.Figure(figure)
    drawn.update_layout(
        template="plotly_white", paper_bgcolor=ground, plot_bgcolor=ground, font_color=text
    )
    drawn.update_xaxes(gridcolor=line, zerolinecolor=line, automargin=True)
    drawn.update_yaxes(gridcolor=line, zerolinecolor=line, automargin=True)
    return _PAGE.format(
        policy=_POLICY,
        title=escape(title),
        alt=escape(alt),
        ground=ground,
        text=text,
        # No text in the figure may end the script element that contains it.
        drawing=drawn.to_json().replace("<", "\\u003c"),
        library=_library(),
    )


@cache
def _library() -> str:
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()
