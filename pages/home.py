"""Home: the purpose of the app, a canvas, the ways on, and the data and models on this machine."""

import streamlit as st

from ui import canvas, home, navigation, snapshot

if navigation.enter("home"):
    canvas.remount()

st.title("Digit Lab")
st.markdown(
    "Small neural networks that read handwritten digits: draw for them, train them, and look at "
    "every mistake they make."
)
model = snapshot.active_model()
if model is not None:
    home.draw(model)
home.ways_on()
st.header("In ten minutes")
home.ten_minutes()
st.header("On this machine")
home.at_a_glance()
