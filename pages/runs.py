"""Runs: what was trained, as a lab book; one run, or two to eight side by side."""

import streamlit as st

from core.evaluation.compare import LEAST, MOST
from core.runs import summary, trash
from ui import compare, navigation, runs_actions, runs_detail, runs_table, steering

if navigation.enter("runs"):
    trash.clear_old()

st.title("Runs")
summaries = summary.summarise_all()
if not summaries:
    st.markdown("Everything you train is kept here, with its settings, curves and result.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    runs_actions.import_one()
    runs_actions.deleted()
    st.stop()

runs_table.show(summaries)
chosen = runs_table.chosen(summaries)
with st.container(horizontal=True):
    runs_actions.import_one()
    steering.queue_setting()
    if len(chosen) > 1:
        runs_actions.delete(chosen)
runs_actions.deleted()
if len(chosen) == 1:
    runs_detail.show(chosen[0], summaries)
if LEAST <= len(chosen) <= MOST:
    compare.show(chosen)
elif len(chosen) > MOST:
    st.info(f"Two to {MOST} runs can be compared at a time; {len(chosen)} are chosen.")
