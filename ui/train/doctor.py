"""The training doctor: each finding with its figures and a change to try."""

import streamlit as st

from core.config import TrainConfig, with_changes
from core.runs import contract
from core.runs.curves import Curves
from core.runs.doctor import Finding, examine
from ui import state, wording
from ui.train import links


def show(run: contract.Run, curves: Curves) -> None:
    """Show findings about the settings of a run from its curves, during and after training."""
    if run.config is None or not curves.batches:
        return
    is_over = not run.state.active
    findings = examine(run.config, curves.epochs, curves.batches, is_over, curves.rates)
    if findings:
        with st.container(gap="small", key=f"doctor-{run.id}"):
            st.markdown(":material/stethoscope: **Training doctor**")
            for finding in findings:
                _card(run.id, run.config, finding)
    elif is_over and curves.epochs:
        st.caption("The training doctor finds no problem in these curves.")


def _card(run_id: str, config: TrainConfig, finding: Finding) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{finding.title}**")
        st.markdown(finding.evidence)
        st.caption(finding.why)
        changed = with_changes(config, finding.changes)
        tried = links.is_open(changed)
        st.button(
            f"Try {_words(finding)}",
            key=f"try-{finding.kind}-{run_id}",
            icon=":material/check:" if tried else ":material/tune:",
            help="Fills the form below with the settings of this run and this change. Starts "
            "nothing.",
            on_click=_try,
            args=(changed,),
        )
        if tried:
            st.caption("The form below now has this change. Nothing was started.")


def _try(config: TrainConfig) -> None:
    links.open_in_form(config)
    st.session_state[state.PAGE_CHANGED] = True


def _words(finding: Finding) -> str:
    leaky = finding.kind == "dead-units"
    words = {
        "learning_rate": "a learning rate of {:g}",
        "epochs": "{} epochs",
        "early_stopping": "early stopping",
        "train_images": "all training images",
        "augmentation": "random changes to the images",
        "validation_split": "{:.0%} for validation",
        "label_noise": "correct labels",
        "label_smoothing": "label smoothing of {:g}",
        "layers": "leaky relu" if leaky else "a larger network",
    }
    return wording.enumeration(
        [words[name].format(value) for name, value in finding.changes.items() if name in words]
    )
