"""One sweep: its progress, what it found, what mattered, and its tries."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from core.errors import DigitLabError
from core.sweeps import control, repeats, store, suggested, trash
from core.sweeps.config import SweepConfig
from core.wording import counted
from ui import charts, clicks, state, wording
from ui.sweep import best_again, chosen, figures, tries

_LOOK_EVERY_S = 2.0
_OVER = ("tries", "CPU time")
_MORE = {
    "slices": "One setting",
    "epochs": "By epoch",
    "timeline": "Timeline",
}
_ALTS = {
    "slices": "Accuracy of the tries against each setting alone",
    "epochs": "Accuracy of the tries after each of their epochs",
    "timeline": "When each try was trained",
}
_MOST_ADDED = 12


def show(sweep: store.Sweep) -> None:
    """Show a sweep, and keep it up to date while it is active."""
    again = None
    with suppress(DigitLabError):  # Deleted just now: the panel finds out.
        again = repeats.read(sweep.name)
    active = _is_active(sweep, again)
    st.fragment(_panel, run_every=_LOOK_EVERY_S if active else None)(sweep.name, active)


def _panel(name: str, was_active: bool) -> None:
    try:
        sweep, again = store.read(name), repeats.read(name)
    except DigitLabError:
        st.rerun()  # Deleted in another tab.
    if was_active != _is_active(sweep, again) or st.session_state.pop(state.PAGE_CHANGED, False):
        st.rerun()
    with st.container():  # Or what follows would be drawn anew when the progress has gone.
        _headline(sweep)
    _buttons(sweep)
    if sweep.config is None:
        return
    if not any(one.value is not None for one in sweep.tries):
        st.markdown("The first results appear after the first epoch of the first try.")
        return
    titles = suggested.titles(sweep.config.base, sweep.config.vary)
    epoch, ranked = figures.comparable(sweep.tries)
    _found(sweep, sweep.config, epoch, ranked, titles)
    kept = tries.choose(sweep, sweep.config, titles)
    tries.table(sweep, kept, titles)
    _more(sweep, sweep.config, epoch, ranked, titles)
    best_again.show(sweep, again)


def _is_active(sweep: store.Sweep, again: repeats.Repeats | None) -> bool:
    """Return whether something trains that this part of the page shows."""
    return sweep.state.active or (again is not None and again.active)


def _headline(sweep: store.Sweep) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(sweep.name, width="content", anchor=False)
        st.badge(str(sweep.state), color="blue" if sweep.state.active else "gray")
        facts = [f"{sweep.done} of {counted(sweep.wanted, 'try')}"]
        if sweep.best is not None and sweep.best.value is not None:
            facts.append(
                f"best **{wording.percent(sweep.best.value)}** on validation images, "
                f"try {sweep.best.number}"
            )
        if sweep.cpu_seconds:
            facts.append(f"{wording.duration(sweep.cpu_seconds)} of CPU time")
        st.markdown(" · ".join(facts), width="content")
    if sweep.state.active and sweep.wanted:
        st.progress(min(sweep.done / sweep.wanted, 1.0))
    if sweep.reason:
        st.error(wording.verbatim(sweep.reason))


def _buttons(sweep: store.Sweep) -> None:
    """Offer what can be done now; each button stays in its place, so that none takes a click."""
    active, paused = sweep.state.active, sweep.state is store.State.PAUSED
    over = sweep.config is None or (not active and sweep.done >= sweep.wanted)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        resumes = paused or not active
        _button(
            "Go on" if resumes else "Pause",
            "play_arrow" if resumes else "pause",
            sweep,
            control.go_on if resumes else control.pause,
            enabled=not over and sweep.state is not store.State.STOPPING,
        )
        _button("Stop", "stop", sweep, control.stop, active)
        _button(
            f"Add {_MOST_ADDED} tries",
            "add",
            sweep,
            lambda name: control.add(name, _room(sweep)),
            sweep.config is not None and _room(sweep) > 0,
        )
        st.button(
            "Delete",
            icon=":material/delete:",
            disabled=active,
            help="Deletes the sweep with its runs. It can be restored for an hour.",
            on_click=_delete,
            args=[sweep.name],
        )


def _room(sweep: store.Sweep) -> int:
    return 0 if sweep.config is None else min(_MOST_ADDED, sweep.config.most - sweep.wanted)


def _button(
    label: str, icon: str, sweep: store.Sweep, ask: Callable[[str], object], enabled: bool
) -> None:
    def do() -> None:
        clicks.attempt(lambda: ask(sweep.name))
        st.session_state[state.PAGE_CHANGED] = True

    key = f"{icon}-{sweep.name}"
    st.button(
        label, icon=f":material/{icon}:", key=key, disabled=not enabled, on_click=do, width=150
    )


def _delete(name: str) -> None:
    clicks.attempt(lambda: trash.remove(name))
    chosen.open_new()


def deleted() -> None:
    """Name the sweeps that were deleted, and offer to restore each."""
    for name in trash.removed():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Deleted: {name}", width="content")
            st.button(
                "Restore",
                icon=":material/undo:",
                key=f"restore-{name}",
                on_click=_restore,
                args=[name],
            )


def _restore(name: str) -> None:
    def restore() -> None:
        trash.undo(name)
        chosen.show(name)

    clicks.attempt(restore)


def _found(
    sweep: store.Sweep,
    config: SweepConfig,
    epoch: int,
    ranked: list[store.Try],
    titles: dict[str, str],
) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        over = st.segmented_control(
            "The best so far over",
            _OVER,
            default=_OVER[0],
            required=True,
            key=f"over-{sweep.name}",
        )
        figure = figures.history(sweep.tries, over)
        charts.show(figure, f"history-{sweep.name}", "Accuracy of each try and the best so far")
    with right:
        st.markdown("**What mattered**")
        if len(ranked) < figures.LEAST_TO_RANK:
            st.caption(f"Said as soon as {figures.LEAST_TO_RANK} tries have their first results.")
            return
        figure = figures.importance(config, ranked, epoch, titles)
        charts.show(figure, f"importance-{sweep.name}", "How much each setting mattered")
        st.caption(
            f"How much each setting explains of the differences between {len(ranked)} tries after "
            f"epoch {epoch} (PED-ANOVA). With few tries this is a hint, not a finding."
        )


def _more(
    sweep: store.Sweep,
    config: SweepConfig,
    epoch: int,
    ranked: list[store.Try],
    titles: dict[str, str],
) -> None:
    which = st.segmented_control(
        "More figures",
        list(_MORE),
        format_func=_MORE.__getitem__,
        key=f"more-{sweep.name}",
    )
    if which == "slices" and ranked:
        figure = figures.slices(config, ranked, epoch, titles)
    elif which == "epochs":
        figure = figures.epochs(config, sweep.tries)
    elif which == "timeline":
        figure = figures.timeline(config, sweep.tries)
    else:
        return
    charts.show(figure, f"{which}-{sweep.name}", _ALTS[which])
