"""Router: page set-up, navigation and the sidebar that all pages share.

Runs for every visitor and at every click; ``streamlit_app.py`` starts it. Pages live in ``pages/``,
shared parts of pages in ``ui/``, and everything that does not show anything in ``core/``.
"""

import pandas  # noqa: F401  Eagerly: two first sessions at once meet a half-imported one inside plotly.
import streamlit as st

from ui import clicks, layout, navigation, sidebar, snapshot, state

st.set_page_config(page_title="Digit Lab", page_icon="ui/icon.png", layout="wide")

layout.set_style()
page = st.navigation(navigation.pages())
with snapshot.taken():
    sidebar.draw()
    clicks.say()
    st.session_state[state.ROUTED] = True
    page.run()
