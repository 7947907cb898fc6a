"""Teaching a copy of a model: its beginning, its progress, and what it is worth."""

import pandas as pd
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.evaluation.compare import LEVEL, p_formula
from core.launch import finetune
from core.runs import control, store, trash
from core.wording import counted
from ui import clicks, wording

_LOOK_EVERY_S = 1.0
_FEW = 10


def offer(model: registry.Model, count: int) -> None:
    """Show the button that teaches a copy of the model so many digits."""
    st.markdown(
        f"**{counted(count, 'digit')} of yours.** A copy of {model.name} can learn "
        f"{'it' if count == 1 else 'them'}, together with some of those that it learned from "
        "before, so that it does not forget (*fine-tuning* with *rehearsal*). It takes about a "
        "minute, and the model in use stays as it is."
    )
    if count < _FEW:
        st.caption(f"It can be done now; with {_FEW} or more it learns your hand, not one drawing.")
    lesson = finetune.newest()
    under_way = lesson is not None and lesson.state.active
    if st.button(
        f"Teach a copy of {model.name}",
        type="primary",
        icon=":material/school:",
        disabled=under_way,
        key="teach",
    ):
        try:
            finetune.begin(model)
        except DigitLabError as fault:
            st.error(wording.verbatim(fault))
        else:
            st.rerun()


def last(model: registry.Model) -> None:
    """Show the lesson that was begun last, as far as it is."""
    run = finetune.newest()
    if run is None:
        return
    if run.state.active:
        st.fragment(_progress, run_every=_LOOK_EVERY_S)(run.id)
    elif not run.has_model:
        st.error(wording.verbatim(run.reason or f"The lesson was {run.state} before it was over."))
        st.button("Put this message away", on_click=_throw_away, args=[run.id], key="away")
    else:
        _result(run)


def _progress(run_id: str) -> None:
    try:
        run = store.read(run_id)
    except DigitLabError:
        st.rerun()
    if not run.state.active:
        st.rerun()
    clicks.say()
    status = run.status
    share, words = 0.0, "starting"
    if status is not None:
        share = status.step / max(status.total_steps, 1)
        words = status.phase or run.state
    st.progress(share, f"Teaching: {words}. You can leave and come back.")
    st.button("Stop", on_click=_stop, args=[run_id], key="stop-lesson")


def _result(run: store.Run) -> None:
    st.subheader("Before and after")
    try:
        before = registry.find(run.config.start_from)
        found = finetune.compare(run, before)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    st.dataframe(_table(found), hide_index=True, width="stretch")
    st.markdown(in_words(found))
    if found.before is None:
        st.caption(
            f"{before.name} was tested on MNIST, which is not on this machine: what the copy "
            "forgot of it is not known."
        )
    kept = registry.kept_as(run.id)
    if kept is not None:
        st.markdown(f"It is kept as **{kept.name}**; choose it as the model in use at any time.")
        return
    with st.container(horizontal=True):
        st.button(
            "Use it from now on",
            type="primary" if _gained(found) else "secondary",
            on_click=_adopt,
            args=[run.id, before.name],
            key="adopt",
        )
        st.button(
            "Throw it away",
            icon=":material/delete:",
            on_click=_throw_away,
            args=[run.id],
            key="throw-away",
            help="It can be had back on Runs for an hour.",
        )


def _table(found: finetune.Comparison) -> pd.DataFrame:
    rows = [_own("your digits that it was taught", found.trained_on)]
    if found.held_back[2]:
        rows.append(_own("your digits that it was not taught", found.held_back))
    before = "-" if found.before is None else wording.percent(found.before.accuracy)
    rows.append(
        {
            "read right": f"its test set, {found.after.n:,} digits",
            "before": before,
            "after": wording.percent(found.after.accuracy),
        }
    )
    return pd.DataFrame(rows)


def _own(what: str, counts: tuple[int, int, int]) -> dict[str, str]:
    was, now, n = counts
    return {"read right": what, "before": f"{was} of {n}", "after": f"{now} of {n}"}


def in_words(found: finetune.Comparison) -> str:
    """Say what a lesson was worth, and what it cost."""
    was, now, n = found.trained_on
    first = (
        f"Of the {counted(n, 'digit')} that it was taught it now reads {now} right, "
        f"before it was {was}"
    )
    if now > was:
        first += ": that it has learned them does not say yet that it reads your next ones."
    else:
        first += ": no more than before."
    if found.held_back[2]:
        was, now, n = found.held_back
        first = (
            f"Of your {counted(n, 'digit')} that it was **not** taught it reads {now} right, "
            f"before it was {was}: that is what to expect of your next ones."
        )
    sentences = [first]
    if found.before is None:
        return first
    if found.p_value < LEVEL:
        much = "better" if found.gained > found.lost else "worse"
        sentences.append(
            f"On its test set it has become {much}: {found.lost} digits lost, {found.gained} "
            f"gained (McNemar's test, {p_formula(found.p_value)})."
        )
    else:
        sentences.append(
            f"On its test set {found.lost} digits were lost and {found.gained} gained, which may "
            f"well be chance (McNemar's test, {p_formula(found.p_value)})."
        )
    return " ".join(sentences)


def _gained(found: finetune.Comparison) -> bool:
    """Return whether it reads more of the own digits that tell it best."""
    was, now, n = found.held_back
    if not n:
        was, now, _ = found.trained_on
    return now > was


def _adopt(run_id: str, before: str) -> None:
    def adopt() -> None:
        if registry.kept_as(run_id):  # the second click of a double click
            return
        name = registry.free_name(f"{before.removesuffix('-mine')}-mine")
        registry.promote(run_id, name)
        registry.set_active(name)

    clicks.attempt(adopt)


def _throw_away(run_id: str) -> None:
    clicks.attempt(lambda: trash.remove(run_id))


def _stop(run_id: str) -> None:
    clicks.attempt(lambda: control.stop(run_id))
