"""Draw: a digit or a number, drawn with mouse or finger, or on a picture."""

import streamlit as st

from ui import canvas, navigation, snapshot
from ui.draw import challenge, my_digits, reading, tries

if navigation.enter("draw"):
    canvas.remount()
    if tries.put():
        st.session_state.pop("read-what", None)

head = st.container(horizontal=True, vertical_alignment="center", gap="medium", key="draw-head")
head.title("Draw a digit", anchor=False, width="content")
model = snapshot.active_model()
if model is None:
    st.markdown("A model will read your drawings here. Train one first.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()

_SOURCES = {
    "digit": "Digit",
    "number": "Number",
    "picture": "Picture",
    "my-digits": "My digits",
    "game": "Game",
}
source = head.segmented_control(
    "Read",
    list(_SOURCES),
    default="digit",
    required=True,
    format_func=_SOURCES.__getitem__,
    key="read-what",
    persist_state="session",
    label_visibility="collapsed",
    on_change=canvas.remount,
)
if source == "digit":
    reading.of_drawing(model, canvas.DIGIT)
elif source == "number":
    reading.of_drawing(model, canvas.NUMBER)
elif source == "picture":
    reading.of_picture(model)
elif source == "my-digits":
    my_digits.show(model)
else:
    challenge.play(model)
