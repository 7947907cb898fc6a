"""`core.export.figure_page`: a figure in a file of its own; that it draws, a browser tests."""

import json
import re

import plotly.graph_objects as go

from core.export import figure_page

COLOURS = ("#ffffff", "#0d1620", "#c9d3dd")


def test_the_drawing_is_in_the_file_and_ends_no_script():
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="</script><script>alert(1)</script>"))
    page = figure_page.page(figure, "a figure", "two points", *COLOURS)
    (drawing,) = re.findall(r'id="drawing">(.*?)</script>', page, re.DOTALL)
    assert json.loads(drawing)["data"][0]["name"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in page
    assert figure.layout.paper_bgcolor is None  # the app's own figure stays as it is


def test_names_are_escaped():
    page = figure_page.page(go.Figure(), "<b>", '"><img src=x onerror=alert(1)>', *COLOURS)
    assert "<title>&lt;b&gt;</title>" in page
    assert "<img" not in page


def test_it_is_small_and_loads_nothing():
    page = figure_page.page(go.Figure(), "a", "b", *COLOURS)
    assert len(page) < 2_500_000
    assert "default-src 'none'" in page
    own = re.sub(r'id="library">.*?</script>', "", page, flags=re.DOTALL)
    assert "http" not in own.replace("http-equiv", "")
