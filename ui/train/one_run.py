"""One run on Train: its progress and curves while it trains, its result afterwards.

A fragment looks once a second while the run is active, more often until the curve begins, and never
after the run.
"""

from contextlib import suppress

import streamlit as st

from core import own_models, registry
from core.cards import Card
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs import contract, notes, playback, store
from core.runs.curves import Curves
from core.runs.playback import Looks
from ui import charts, cost, layout, own_model, scores, snapshot, state, wording
from ui.train import doctor, links, replay, steering, watched_digits

_LOOK_EVERY_S, _LOOK_AT_FIRST_EVERY_S = 1.0, 0.25
_SMOOTHING = 0.8
_STARTING = "The training process is starting. The first figures appear in a few seconds."
_STOPS_EARLY = "The training process is starting and stops before it begins to train."
_NEXT = "The next in line: it starts by itself."


def show(run: contract.Run) -> None:
    """Show a run, and keep it up to date while it is active."""
    active, at_first = run.state.active, begins(run)
    every = _LOOK_AT_FIRST_EVERY_S if at_first else _LOOK_EVERY_S
    st.fragment(_panel, run_every=every if active else None)(run.id, active, at_first)


def begins(run: contract.Run) -> bool:
    """Return whether a worker is at work and the first point of the curve is still to come."""
    if run.state not in (contract.State.STARTING, contract.State.RUNNING):
        return False
    with suppress(OSError):
        return not (run.folder / contract.METRICS).stat().st_size
    return True


def _panel(run_id: str, was_active: bool, was_beginning: bool) -> None:
    try:
        run = store.read(run_id)
    except DigitLabError:
        st.rerun()  # Removed in another tab: the page shows what there is.
    if was_active and not run.state.active:
        st.rerun()  # The whole page changes: lists, sidebar, and this fragment stops looking.
    if was_beginning and not begins(run):
        st.rerun()  # From now on this fragment looks less often.
    if st.session_state.pop(state.PAGE_CHANGED, False):
        st.rerun()  # A model was chosen, which the sidebar shows.
    _headline(run)
    if run.config is not None and run.state.active:
        steering.buttons(run, run.config)
        _progress(run, run.config)
    else:
        _ended(run)
    curves, looks = _read(run)
    _curves(run, curves)
    doctor.show(run, curves)
    if run.state.active:
        _settling(run, looks)
    else:
        replay.show(run, curves, looks)
    _log(run)


def _headline(run: contract.Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(wording.verbatim(notes.title(run)), width="content")
        layout.badge(run.state)
        if run.created:
            st.caption(wording.ago(run.created), width="content")


def _progress(run: contract.Run, config: TrainConfig) -> None:
    status = run.status
    done = status.step / status.total_steps if status and status.total_steps else 0.0
    if run.state is contract.State.QUEUED and run.is_elsewhere and status:
        phase = wording.verbatim(status.phase)
        st.progress(min(done, 1.0), text=phase[:1].upper() + phase[1:])
    elif run.state is contract.State.QUEUED:
        st.progress(0.0, text=cost.waits(snapshot.runs(), run) or _NEXT)
    elif run.state is contract.State.STARTING:
        st.progress(0.0, text=_STARTING)
    elif status is None:
        st.progress(0.0, text=_STOPS_EARLY)
    else:
        st.progress(min(done, 1.0), text=_doing(status, config))
    if run.silent_s > 0:
        st.warning(f"The training process has not responded for {run.silent_s:.0f} s.")
    if status and status.learning_rate is not None:
        st.caption(_machine(status))


def _doing(status: contract.Status, config: TrainConfig) -> str:
    parts = [wording.verbatim(status.phase)]
    if status.total_steps:
        epoch = min(status.epoch + 1, config.epochs)
        parts += [
            f"epoch {epoch} of {config.epochs}",
            f"step {status.step:,} of {status.total_steps:,}",
        ]
    if status.images_per_second and status.step < status.total_steps:
        parts.append(f"{status.images_per_second:,.0f} images per second")
    if status.seconds_left:
        parts.append(f"{wording.duration(status.seconds_left)} left")
    return " · ".join(parts)


def _machine(status: contract.Status) -> str:
    """Say the learning rate and the gradient of the moment, and the load on the machine."""
    parts = [f"learning rate {status.learning_rate:.2g}"]
    if status.gradient_norm is not None:
        parts.append(f"gradient {status.gradient_norm:.2g}")
    if status.cpu_percent is not None and status.memory_mb is not None:
        parts.append(f"{status.cpu_percent / 100:.1f} cores and {status.memory_mb:,.0f} MB in use")
    if status.machine:
        parts.append(f"on machine {wording.verbatim(status.machine)}")
    return " · ".join(parts)


def _ended(run: contract.Run) -> None:
    """Say what became of a run, then what can be done with it."""
    card = None
    # At least as high as the buttons that steer a run, whose place it takes: nothing that can be
    # done now comes under a pointer that rests on one of them. See `ui.layout`.
    with st.container(key="news"):
        try:
            card = registry.of_run(run).card if run.has_model else None
        except DigitLabError as fault:
            st.error(wording.verbatim(fault))
        if card is not None:
            _result(card)
        elif run.state is contract.State.PRUNED:
            st.info(wording.PRUNED)
        elif run.state is contract.State.STOPPED and not run.has_model:
            st.info(wording.HALTED)
        elif run.reason and not run.has_model:
            st.error(wording.verbatim(run.reason))
    if card is not None:
        _next_steps(run, card)
    elif not run.has_model:
        steering.resume_button(run)


def _result(card: Card) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        scores.accuracy(card.test)
        with st.container(width="stretch"):
            st.markdown(wording.result(card.test))
            facts = (
                f"{card.here.training.epochs_done} of {card.here.config.epochs} epochs in "
                f"{wording.duration(card.here.training.wall_seconds)} · "
                f"{card.parameters:,} parameters · {wording.verbatim(card.data.title)}"
            )
            st.caption(facts)
            if card.here.training.best_epoch:
                st.caption(
                    f"With the weights of epoch {card.here.training.best_epoch}, the best one."
                )
            if note := wording.data_note(card):
                st.caption(note)


def _next_steps(run: contract.Run, card: Card) -> None:
    promoted = own_models.promoted_as(run.id, snapshot.models())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Use this model" if promoted is None else f"Saved as {promoted.name}",
            key=f"use-{run.id}",
            type="primary",
            disabled=promoted is not None,
            on_click=_use,
            args=(run.id, card.here.config.recipe),
            help="Saves the model in models/ and reads drawings with it.",
        )
        st.page_link(
            "pages/inspect.py",
            label="See its mistakes",
            icon=":material/search_insights:",
            query_params={"model": run.id},
        )
        st.button(
            "Repeat",
            icon=":material/replay:",
            key=f"again-{run.id}",
            type="tertiary",
            on_click=_repeat,
            args=(card.here.config,),
            help="Opens the form with the settings of this run. Nothing starts yet.",
        )
        # Last, so that what is already there does not move under somebody's pointer.
        if promoted is not None:
            st.page_link("pages/draw.py", label="Try it on Draw", icon=":material/draw:")


def _repeat(config: TrainConfig) -> None:
    links.open_in_form(config)
    st.query_params.pop("run", None)
    st.session_state[state.PAGE_CHANGED] = True


def _use(run_id: str, recipe: str) -> None:
    own_model.use_trained(run_id, recipe)
    st.session_state[state.PAGE_CHANGED] = True


def _read(run: contract.Run) -> tuple[Curves, Looks]:
    """Return the curves and looks of the run, read on from the last position."""
    known = st.session_state.setdefault(state.CURVES, {})
    if run.id not in known:
        known.clear()  # Only one run is shown at a time; others can be read again.
        known[run.id] = (
            Curves(run.folder / contract.METRICS),
            Looks(run.folder / playback.WATCH),
        )
    curves, looks = known[run.id]
    return curves.refresh(), looks.refresh()


def _curves(run: contract.Run, curves: Curves) -> None:
    if not curves.batches:
        if run.state.active and run.state is not contract.State.QUEUED:
            for column in st.columns(2):
                column.skeleton(height=250)
        return
    total = run.status.total_steps if run.status else curves.batches[-1]["step"]
    smoothing = st.session_state.get(state.SMOOTHING, _SMOOTHING)
    for column, metric, title in zip(
        st.columns(2),
        ("loss", "accuracy"),
        ("How wrong it is: loss", "How often it is right: accuracy"),
        strict=True,
    ):
        with column:
            st.markdown(f"**{title}**")
            figure = charts.learning_curve(curves, metric, total, smoothing)
            last = curves.batches[-1][metric]
            charts.show(figure, key=f"curve-{metric}-{run.id}", alt=f"{title}, now {last:.4f}")
    more = st.popover(
        "More curves", icon=":material/ssid_chart:", key=f"more-{run.id}", on_change="rerun"
    )
    with more:
        st.slider(
            "Smoothing of the training curve", 0.0, 0.98, _SMOOTHING, 0.02, key=state.SMOOTHING
        )
        for name in ("learning_rate", "gradient_norm"):
            if more.open and name in curves.batches[-1]:
                figure = charts.over_steps(curves.batches, name, total)
                title = name.replace("_", " ").capitalize()
                st.markdown(f"**{title}**")
                charts.show(figure, key=f"curve-{name}-{run.id}", alt=f"{title} over the steps")


def _settling(run: contract.Run, looks: Looks) -> None:
    """Show the current answers to the panel of digits."""
    seen = playback.read_panel(run.folder) if looks.steps else None
    if seen is not None:
        watched_digits.show(looks, *seen)


def _log(run: contract.Run) -> None:
    if not st.toggle("Show the log", key=f"log-{run.id}"):
        return
    try:
        log = (run.folder / contract.LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        log = ""
    st.code(log[-20_000:] or "The log is empty.", language=None, height=240)
