"""Sweep: say what may vary, let the machine try, and see what mattered and what is best."""

import streamlit as st

from core.runs import trash
from core.sweeps import store
from ui import charts, navigation, snapshot
from ui.sweep import chosen, new, one_sweep

arrived = navigation.enter("sweep")
if arrived:
    trash.clear_old()
sweeps = snapshot.once(store.all_sweeps)

st.title("Sweep")
shown = chosen.choose(sweeps, arrived)
if shown is None:
    new.show()
else:
    one_sweep.show(shown)
one_sweep.deleted()
charts.load_ahead()
