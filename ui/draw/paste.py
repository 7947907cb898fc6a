"""Pictures from the clipboard, which Streamlit's uploader does not accept.

An invisible component: while it is on the page, a picture pasted anywhere on the page is sent to
Python unchanged. It is as untrusted as an upload, and is decoded by the same code.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import streamlit as st

MOST_BYTES = 20_000_000  # they travel as text; one more tells that there were more
_SCRIPT = """
export default function ({ setTriggerValue }) {
  const take = (event) => {
    const pictures = [...event.clipboardData.files].filter((f) => f.type.startsWith("image/"));
    if (!pictures.length) return;
    event.preventDefault();
    const reader = new FileReader();
    reader.onload = () => setTriggerValue("picture", reader.result);
    reader.readAsDataURL(pictures[0].slice(0, MOST_BYTES + 1));
  };
  document.addEventListener("paste", take);
  return () => document.removeEventListener("paste", take);
}
""".replace("MOST_BYTES", str(MOST_BYTES))


def pasted_picture(key: str) -> bytes | None:
    """Return the content of a picture that was just pasted, as bytes of a file."""
    result = _component()(key=key, on_picture_change=lambda: None)
    if not isinstance(result.picture, str):
        return None
    try:
        return base64.b64decode(result.picture.partition(",")[2], validate=True)
    except binascii.Error:
        return b""  # Decoding refuses it with a sentence.


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    place = '<span class="listens-for-paste"></span>'
    return st.components.v2.component("digit-lab-paste", html=place, js=_SCRIPT)
