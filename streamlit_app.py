"""Digit Lab: ``streamlit run streamlit_app.py``.

The app is ``router.py``, which runs for every visitor, and one route beside it, which reads a
drawing while the pen moves.
"""

import streamlit as st
from starlette.middleware import Middleware

from ui import allocator, libraries, read_route
from ui.headers import Headers
from ui.send_at_once import SendAtOnce

allocator.bound()
app = st.App(
    "router.py",
    routes=[read_route.route()],
    middleware=[Middleware(Headers), Middleware(SendAtOnce)],
    lifespan=libraries.loading,
)
