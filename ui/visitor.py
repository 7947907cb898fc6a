"""The visitor: what a person has chosen for themselves, kept over a reload of the page.

That is the model that they use, the columns of their list of runs, and a name by which the machines
of a cluster serve visitors in turns. Cookies of their browser keep
it, which are read when a session begins. Without one a visitor begins with `core.registry.active`,
which is set for all new visitors on Home or from a shell.
"""

import re
import secrets
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import unquote

import streamlit as st

from core import registry
from ui import state

_MODEL, _COLUMNS, _NAME = "model", "columns", "name"
_OWN = re.compile(r"[0-9a-f]{16}")
_COOKIE = "digit-lab-"  # begins the name of each
_BETWEEN = "|"  # two columns
_YEAR_S = 365 * 24 * 3600
_REMEMBER = f"""
export default function ({{ data }}) {{
  for (const [name, value] of Object.entries(data))
    document.cookie = `{_COOKIE}${{name}}=${{encodeURIComponent(value)}}; `
      + "path=/; max-age={_YEAR_S}; samesite=strict";
}}
"""


def model(models: Sequence[registry.Model]) -> registry.Model | None:
    """Return the model that this visitor uses, of those there are."""
    wanted = _chosen(_MODEL)
    chosen = next((model for model in models if model.name == wanted), None)
    return chosen or registry.active(models)


def use(name: str) -> None:
    """Let this visitor use a model in ``models/``, from now on and after a reload."""
    _choose(_MODEL, name)


def columns(known: Collection[str]) -> list[str]:
    """Return the columns of the list of runs that this visitor wants, of those there are."""
    wanted = dict.fromkeys(_chosen(_COLUMNS).split(_BETWEEN))
    return [name for name in wanted if name in known]


def want_columns(names: Sequence[str]) -> None:
    """Let this visitor see these columns, from now on and after a reload."""
    _choose(_COLUMNS, _BETWEEN.join(names))


def own_name() -> str:
    """Return a name that only this visitor has; made at random when it is first asked for."""
    known = _chosen(_NAME)
    if not _OWN.fullmatch(known):
        known = secrets.token_hex(8)
        _choose(_NAME, known)
    return known


def remember() -> None:
    """Keep this visitor's choices in their browser; the router does this on every run."""
    if chosen := st.session_state.get(state.CHOSEN):
        _component()(key="remember", data=chosen)


def _choose(what: str, value: str) -> None:
    st.session_state[state.CHOSEN] = {**st.session_state.get(state.CHOSEN, {}), what: value}


def _chosen(what: str) -> str:
    # Another's cookie or an old one may hold anything; it is compared with names and nothing else.
    kept = str(st.context.cookies.get(_COOKIE + what) or "")
    return st.session_state.get(state.CHOSEN, {}).get(what) or unquote(kept)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    place = '<span class="remembers-choices"></span>'
    return st.components.v2.component("digit-lab-remember", html=place, js=_REMEMBER)
