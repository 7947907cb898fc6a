"""Draw: a digit or a number drawn with mouse or finger, or a picture, read as one lifts the pen."""

import streamlit as st

from core import registry
from ui import canvas, navigation
from ui.draw import challenge, reading, teach

if navigation.enter("draw"):
    canvas.remount()

st.title("Draw a digit")
model = registry.active()
if model is None:
    st.markdown("A model will read drawings here, as soon as one is trained.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()

source = st.segmented_control(
    "Read",
    ["a drawing", "a number", "a picture", "my digits", "a game"],
    default="a drawing",
    required=True,
    key="read-what",
    persist_state="session",
    label_visibility="collapsed",
    on_change=canvas.remount,
)
if source == "a drawing":
    reading.of_drawing(model, canvas.DIGIT)
elif source == "a number":
    reading.of_drawing(model, canvas.NUMBER)
elif source == "a picture":
    reading.of_picture(model)
elif source == "my digits":
    teach.my_digits(model)
else:
    challenge.play(model)
