"""The visitor: the model that a person uses, theirs alone and kept over a reload of the page.

It is kept in a cookie of their browser, which is read when a session begins. Without one a visitor
begins with `core.registry.active`, which is set for all new visitors on Home or from a shell.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core import registry
from ui import state

_COOKIE = "digit-lab-model"
_YEAR_S = 365 * 24 * 3600
_REMEMBER = f"""
export default function ({{ data }}) {{
  document.cookie = `{_COOKIE}=${{data}}; path=/; max-age={_YEAR_S}; samesite=strict`;
}}
"""


def model(models: Sequence[registry.Model]) -> registry.Model | None:
    """Return the model that this visitor uses, of those there are."""
    # Another's cookie or an old one may hold anything; it is compared with names and nothing else.
    wanted = st.session_state.get(state.USED) or st.context.cookies.get(_COOKIE)
    chosen = next((model for model in models if model.name == wanted), None)
    return chosen or registry.active(models)


def use(name: str) -> None:
    """Let this visitor use a model in ``models/``, from now on and after a reload."""
    st.session_state[state.USED] = name


def remember() -> None:
    """Keep this visitor's choice in their browser; the router does this on every run."""
    if name := st.session_state.get(state.USED):
        _component()(key="remember-model", data=name)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    place = '<span class="remembers-the-model"></span>'
    return st.components.v2.component("digit-lab-remember", html=place, js=_REMEMBER)
