"""Fields of a folded part of the form: widgets while it is open, their kept values while it is not.

So a folded part costs nothing, and a value that was changed in it counts nevertheless.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import streamlit as st

_COLUMN_PX = 210


class Fields(NamedTuple):
    """The fields of one part.

    Attributes
    ----------
    open : bool
        Whether they are shown, in the container that is current.
    key : callable
        From a setting's name to its widget's key.
    """

    open: bool
    key: Callable[[str], str]

    def grid(self, column_px: int = _COLUMN_PX) -> AbstractContextManager[Any]:
        """Return a container that sets the fields side by side, if they are shown."""
        if not self.open:
            return nullcontext()
        return st.grid(min_column_width=column_px, vertical_alignment="bottom")

    def ask(
        self, widget: Callable[..., Any], label: str, name: str, value: Any, **options: Any
    ) -> Any:
        """Return what a setting is set to.

        Parameters
        ----------
        widget : callable
            Of Streamlit, such as `st.number_input`.
        label, name : str
        value : object
            Until somebody changes it.
        **options
            Others of the widget.
        """
        key = self.key(name)
        if not self.open:
            return st.session_state.get(key, value)
        if widget is st.selectbox:
            options["index"] = options["options"].index(value)
        else:
            options["value"] = value
        return widget(label, key=key, persist_state="session", **options)
