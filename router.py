"""Router: page set-up, navigation and the sidebar that all pages share.

Runs for every visitor and at every click; ``streamlit_app.py`` starts it. Pages live in ``pages/``,
shared parts of pages in ``ui/``, and everything that does not show anything in ``core/``.
"""

import streamlit as st

from ui import clicks, cluster, layout, libraries, navigation, sidebar, snapshot, state

st.set_page_config(page_title="Digit Lab", page_icon="ui/icon.png", layout="wide")

layout.set_style()
cluster.look_after()
page = st.navigation(navigation.pages())
if page.url_path:  # Home does without the rest of them.
    libraries.for_pages().join()
with snapshot.taken():
    sidebar.draw()
    clicks.say()
    st.session_state[state.ROUTED] = True
    page.run()
libraries.soon_for_pages()
