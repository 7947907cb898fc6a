"""Home: what this is, the three ways in, and what is on this machine."""

import streamlit as st

from ui import home, navigation

navigation.enter("home")

st.title("Digit Lab")
st.markdown(
    "Train small neural networks to read handwritten digits, see exactly what they get wrong, and "
    "draw digits for them to read. Everything runs on this machine, also without a network."
)
home.draw()
st.header("In ten minutes")
home.ten_minutes()
st.header("On this machine")
home.at_a_glance()
