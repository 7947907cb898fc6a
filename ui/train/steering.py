"""Steering of a run: pause, stop, learning rate, place in the queue, resume."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from core.cluster import errand
from core.config import TrainConfig
from core.launch.process import resume
from core.runs import checkpoint_files, contract, control, requests
from ui import clicks, state

_PAUSE_PX, _STOP_PX, _STOP_WITH_BEST_PX = 120, 180, 240


def buttons(run: contract.Run, config: TrainConfig) -> None:
    """Show the buttons that steer an active run."""
    stopping = run.state is contract.State.STOPPING
    # After training it only tests and saves, which a stop would do as well.
    trains = not _trained(run)
    queued = run.state is contract.State.QUEUED
    # Each button keeps its place and width in all states, so that none comes under a pointer that
    # rests on another.
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state in (contract.State.PAUSING, contract.State.PAUSED):
            _button("Resume", "play_arrow", control.go_on, run, width=_PAUSE_PX)
        else:
            can_pause = trains and not stopping and not queued
            _button("Pause", "pause", control.pause, run, enabled=can_pause, width=_PAUSE_PX)
        label = "Leave the queue" if queued else "Stop training"
        _button(
            "Stopping" if stopping else label,
            "stop_circle",
            control.stop,
            run,
            enabled=trains and not stopping,
            key="stop",
            tip="Stops after the current batch, and tests the network trained so far.",
            width=_STOP_PX,
        )
        _button(
            "Stop with the best epoch",
            "military_tech",
            _stop_with_best,
            run,
            enabled=trains and not stopping and _has_an_epoch(run),
            tip="Stops after the current batch, and uses the weights of the epoch with the "
            "lowest validation loss. Needs one complete epoch.",
            width=_STOP_WITH_BEST_PX,
        )
        with st.popover("Learning rate", icon=":material/speed:", disabled=not trains):
            _learning_rate(run, config)
        if queued:
            _button("Train this next", "skip_next", control.to_the_front, run)


def resume_button(run: contract.Run) -> None:
    """Offer to resume a run that ended without a model."""
    if not run.can_resume:
        return
    done = checkpoint_files.epochs_done(run.folder)
    where = f"after epoch {done}" if done else "from the start, because no epoch was complete"
    with st.container(horizontal=True):
        _button("Resume", "resume", resume, run, primary=True)
        if run.is_elsewhere and errand.is_set():
            _button("Resume on this machine", "computer", _resume_here, run)
    st.caption(f"Continues {where}. The result is the same as without the interruption.")


def _resume_here(run_id: str) -> None:
    resume(run_id, here=True)


def _stop_with_best(run_id: str) -> None:
    control.stop(run_id, keep_best=True)


def _has_an_epoch(run: contract.Run) -> bool:
    # The checkpoints of a run that trains elsewhere are there.
    told = run.status.epoch if run.is_elsewhere and run.status else 0
    return told > 0 or checkpoint_files.epochs_done(run.folder) > 0


def _trained(run: contract.Run) -> bool:
    status = run.status
    if status is None:
        return False
    # With early stopping it never reaches the last batch.
    return status.phase in contract.AFTER_TRAINING or 0 < status.total_steps <= status.step


def _learning_rate(run: contract.Run, config: TrainConfig) -> None:
    planned = config.learning_rate
    now = requests.requested_rate(run.folder) or planned
    # Rounded, since a tenth of 0.05 is 0.005000000000000001.
    rates = sorted({planned, now, *(float(f"{planned * factor:.12g}") for factor in _FACTORS)})
    key = f"rate-{run.id}"

    def take() -> None:
        _ask(lambda run_id: control.set_learning_rate(run_id, st.session_state[key]), run.id)

    st.select_slider(
        "Learning rate from the next batch on",
        rates,
        now,
        format_func=lambda rate: f"{rate:.2g}",
        key=key,
        on_change=take,
        help="With a schedule, this is its peak. The curves mark the change.",
    )
    if config.schedule != "constant":
        st.caption(f"This is the peak of the {config.schedule} schedule, which continues.")


_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


def _button(
    label: str,
    icon: str,
    ask: Callable[[str], object],
    run: contract.Run,
    enabled: bool = True,
    primary: bool = False,
    key: str = "",
    tip: str | None = None,
    width: int | Literal["content"] = "content",
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"{key or ask.__name__}-{run.id}",
        disabled=not enabled,
        on_click=_ask,
        args=(ask, run.id),
        type="primary" if primary else "secondary",
        help=tip,
        width=width,
    )


def _ask(ask: Callable[[str], object], run_id: str) -> None:
    clicks.attempt(lambda: ask(run_id))  # Often the run has just ended by itself.
    st.session_state[state.PAGE_CHANGED] = True
