"""Runs: all training runs as a lab book; one run in detail, or two to eight side by side."""

import streamlit as st

from core.evaluation.compare import LEAST, MOST
from core.runs import trash
from ui import navigation, snapshot
from ui.runs import actions, compare, detail, table

if navigation.enter("runs"):
    trash.clear_old()

st.title("Runs")
summaries = snapshot.summaries()
if not summaries:
    st.markdown(
        "Every network that you train is listed here, with its settings, curves and result."
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    actions.import_one()
    actions.deleted()
    st.stop()

table.show(summaries)
chosen = table.chosen(summaries)
with st.container(horizontal=True):
    actions.import_one()
    actions.queue_setting()
    if len(chosen) > 1:
        actions.delete(chosen)
actions.deleted()
if len(chosen) == 1:
    detail.show(chosen[0], summaries)
if LEAST <= len(chosen) <= MOST:
    compare.show(chosen)
elif len(chosen) > MOST:
    st.info(f"You can compare two to {MOST} runs; {len(chosen)} are chosen.")
