"""`ui.layout`: what a browser is told of a view that is shown again."""

from streamlit.testing.v1 import AppTest


def _page():
    from unittest import mock

    import streamlit as st

    from ui import layout

    shows = st.session_state.get("shows", "one")
    with mock.patch.object(st, "empty", wraps=st.empty) as emptied, layout.stage(shows):
        st.write("shown")
    st.session_state["emptied"] = emptied.call_count


def test_a_view_that_is_shown_again_is_not_emptied_first():
    """On a busy machine it vanished for a moment at each click, and the page jumped to its top."""
    app = AppTest.from_function(_page, default_timeout=600).run()
    for shows in ("one", "one", "two", "two", "one"):
        app.session_state["shows"] = shows
        app.run()
        assert [one.value for one in app.markdown] == ["shown"]
        assert app.session_state["emptied"] == 1  # the other place alone
