"""`ui.train.replay`: what the pictures of a training say."""

import re

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs.playback import Epoch
from tests.test_streamlit_config import SCHEMES, contrast
from ui import charts
from ui.train import replay


@pytest.mark.parametrize("scheme", SCHEMES)
def test_counts_of_mistakes_can_be_read_in_either_theme(monkeypatch, scheme):
    """Plotly chose their colour as if nothing were transparent: black on dark brown."""
    monkeypatch.setattr(charts, "_theme", lambda name: st.get_option(f"theme.{scheme}.{name}"))
    confusion = np.eye(10, dtype=int)
    confusion[4, 9] = 30
    nothing = np.zeros((0, 2))
    epoch = Epoch(confusion, nothing, nothing[:, 0], nothing[:, 0], np.zeros((0, 0, 0)))
    [mistakes] = replay._confusion(epoch).data
    assert [count for count in mistakes.text.flat if count] == ["30"]
    page = charts.ground_colour()
    for _, colour in mistakes.colorscale:
        *rgb, opacity = (float(part) for part in re.findall(r"[\d.]+", colour))
        below = [int(page[i : i + 2], 16) for i in (1, 3, 5)]
        seen = (round(opacity * c + (1 - opacity) * b) for c, b in zip(rgb, below, strict=True))
        assert contrast("#" + "".join(f"{c:02x}" for c in seen), mistakes.textfont.color) >= 4.5


def show_a_perfect_epoch():
    import numpy as np

    from core.runs.playback import Epoch
    from ui.train import replay

    nothing = np.zeros((0, 2))
    counts = 10 * np.eye(10, dtype=int)
    replay._mistakes(Epoch(counts, nothing, nothing[:, 0], nothing[:, 0], nothing), "run")


def test_an_epoch_without_mistakes_says_what_would_be_here():
    """There was an empty frame."""
    app = AppTest.from_function(show_a_perfect_epoch, default_timeout=600).run()
    assert not app.exception
    assert not app.get("plotly_chart")
    assert "All 100 validation digits are read correctly." in app.markdown[0].value


def show_the_first_steps():
    from types import SimpleNamespace

    from ui.train import replay

    run = SimpleNamespace(id="run", folder=None)
    curves = SimpleNamespace(epochs=[{"epoch": 1, "step": 9}])
    replay._scene(run, curves, SimpleNamespace(steps=[1, 5]), (), False)


def test_before_the_first_epoch_it_says_what_comes_after_it(monkeypatch):
    monkeypatch.setattr("ui.train.replay.watched_digits.show", lambda *_, **__: None)
    app = AppTest.from_function(show_the_first_steps, default_timeout=600).run()
    assert not app.exception
    assert "appear after the first epoch" in app.caption[0].value
