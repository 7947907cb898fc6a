"""`ui.cache`: what is loaded once is loaded anew when its file is another."""

import shutil

import streamlit as st

from core.reading import gate
from ui import cache


def test_a_gate_that_comes_later_is_used(tmp_path, monkeypatch):
    """An app that was started without it refused nothing until it was started again."""
    shipped = gate.FILE
    monkeypatch.setattr(gate, "FILE", tmp_path / "gate.onnx")
    st.cache_resource.clear()
    assert cache.gate() is None
    shutil.copyfile(shipped, gate.FILE)
    assert cache.gate() is not None
    assert cache.gate() is cache.gate()
