"""The best of a sweep, trained again beside its starting point, and tested once."""

import pandas as pd
import streamlit as st

from core.sweeps import repeats, store
from core.sweeps.luck import Mean
from core.wording import counted
from ui import clicks, state, wording

_WHY = (
    "The best of many tries is partly the luckiest. Train it and the starting point again, each "
    "with five other seeds, and look at the test images once."
)


def show(sweep: store.Sweep, found: repeats.Repeats | None) -> None:
    """Offer to repeat the best of a sweep, or show what came of it."""
    st.subheader("Is it really better?", anchor=False)
    if found is None or (sweep.best is not None and sweep.best.number != found.number):
        _offer(sweep)
    if found is not None:
        _show(found)


def _offer(sweep: store.Sweep) -> None:
    best = sweep.best
    st.markdown(_WHY)
    if best is None:
        st.caption("Possible as soon as one try has finished.")
    elif best.number == 0:
        st.caption("So far the starting point itself is the best: there is nothing to compare.")
    st.button(
        "Repeat the best with five seeds",
        icon=":material/replay_5:",
        disabled=best is None or best.number == 0,
        on_click=_start,
        args=[sweep.name],
        key=f"repeat-{sweep.name}",
        help="Starts ten ordinary runs, which train one after another.",
    )


def _start(name: str) -> None:
    clicks.attempt(lambda: repeats.start(name))
    st.session_state[state.PAGE_CHANGED] = True


def _show(found: repeats.Repeats) -> None:
    runs = [*found.best, *found.base]
    done = sum(run.has_model for run in runs)
    if found.tested is None:
        active = "They train and wait; " if found.active else "Some of them ended without a model; "
        st.markdown(f"{active}{done} of {counted(len(runs), 'run')} are ready.")
        if runs and not found.active:
            st.page_link("pages/runs.py", label="See them on Runs", icon=":material/table_rows:")
        return
    tested = found.tested
    rows = [
        (f"Try {found.number}, the best", tested.best),
        ("Try 0, the starting point", tested.base),
    ]
    st.dataframe(
        pd.DataFrame([{"": what, **_columns(mean)} for what, mean in rows]),
        hide_index=True,
        width="content",
    )
    ahead = tested.ahead
    between = ""
    if ahead.low is not None and ahead.high is not None:
        between = f" (95 % interval: {100 * ahead.low:+.2f} to {100 * ahead.high:+.2f})"
    st.markdown(
        f"On the test images the best is **{100 * ahead.mean:+.2f} points** ahead{between}. "
        f"{tested.words}"
    )
    if found.luck is not None:
        st.markdown(found.luck.words)


def _columns(mean: Mean) -> dict[str, str]:
    interval = (
        "" if mean.low is None or mean.high is None else wording.interval(mean.low, mean.high)
    )
    return {
        "accuracy on the test images": wording.percent(mean.mean),
        "95 % interval": interval,
        "seeds": str(mean.n),
    }
