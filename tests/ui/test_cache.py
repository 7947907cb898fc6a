"""`ui.cache`: what is loaded once is loaded anew when its file is another."""

import shutil
from threading import Event

import streamlit as st

from core.errors import DigitLabError
from core.reading import gate
from tests.waiting import wait_for
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


def test_one_thing_is_done_ahead_at_a_time_and_a_fault_is_left_to_the_click():
    began, go_on, done, passed_over = Event(), Event(), Event(), Event()

    def slow():
        began.set()
        go_on.wait()
        raise DigitLabError("left to the click")

    cache.ahead(slow)
    began.wait()
    cache.ahead(passed_over.set)  # another is at work
    go_on.set()
    wait_for(lambda: not cache._at_work().locked(), "the first has ended")
    cache.ahead(done.set)
    assert done.wait(60)
    assert not passed_over.is_set()
