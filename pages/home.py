"""Home: the purpose of the app, three ways to begin, and the data and models on this machine."""

import streamlit as st

from ui import home, navigation

navigation.enter("home")

st.title("Digit Lab")
st.markdown(
    "Train small neural networks to read handwritten digits, look at every mistake they make, and "
    "draw digits for them to read. Everything runs on this machine, even offline."
)
home.draw()
st.header("In ten minutes")
home.ten_minutes()
st.header("On this machine")
home.at_a_glance()
