"""Fine-tuning on a person's digits: the start, the progress, and the result before and after."""

from contextlib import suppress

import pandas as pd
import streamlit as st

from core import own_models, registry
from core.errors import DigitLabError
from core.evaluation.compare import LEVEL, p_formula
from core.launch import finetune
from core.runs import contract, control, store, trash
from core.wording import counted
from ui import clicks, cost, own_model, snapshot, wording

_LOOK_EVERY_S = 1.0
_FEW = 10


def offer(model: registry.Model, count: int) -> None:
    """Show the button that fine-tunes a copy of the model on ``count`` digits."""
    takes = ""
    with suppress(DigitLabError):  # The click says why it is not possible.
        takes = cost.takes(finetune.configuration(model, count), snapshot.runs())
    st.markdown(
        f"You corrected **{counted(count, 'digit')}**. A copy of {model.name} can learn "
        f"{'it' if count == 1 else 'them'} (*fine-tuning*). It also practises some of its earlier "
        "training digits, so that it does not forget them (*rehearsal*). The model in use stays "
        f"as it is. {takes}"
    )
    if count < _FEW:
        st.caption(
            f"With {_FEW} or more digits it learns your handwriting rather than single drawings."
        )
    newest = finetune.newest(snapshot.runs())
    under_way = newest is not None and newest.state.active
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
    """Show the progress or the result of the newest fine-tuning."""
    run = finetune.newest(snapshot.runs())
    if run is None:
        return
    if run.state.active:
        st.fragment(_progress, run_every=_LOOK_EVERY_S)(run.id)
    elif not run.has_model:
        st.error(
            wording.verbatim(run.reason or f"The fine-tuning was {run.state} before it finished.")
        )
        st.button("Dismiss this message", on_click=_throw_away, args=[run.id], key="away")
    elif run.config is not None:  # as it is of every lesson
        _result(run, run.config.start_from)


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
        words = wording.verbatim(status.phase or run.state)
    st.progress(share, f"Fine-tuning: {words}. You can leave and come back.")
    st.button("Stop", on_click=_stop, args=[run_id], key="stop-lesson")


def _result(run: contract.Run, start_from: str) -> None:
    st.subheader("Before and after")
    try:
        before = registry.find(start_from)
        found = finetune.compare(run, before)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    st.dataframe(_table(found), hide_index=True, width="stretch")
    st.markdown(in_words(found))
    if found.before is None:
        st.caption(
            f"{before.name} was tested on MNIST, which is not on this machine. So it is not known "
            "how much of it the copy forgot."
        )
    promoted = own_models.promoted_as(run.id, snapshot.models())
    if promoted is not None:
        st.markdown(
            f"It is saved as **{promoted.name}**. "
            "You can choose it as the model in use at any time."
        )
        return
    with st.container(horizontal=True):
        st.button(
            "Use this model",
            type="primary" if _gained(found) else "secondary",
            on_click=own_model.use_trained,
            args=[run.id, f"{before.name.removesuffix('-mine')}-mine"],
            key="adopt",
        )
        st.button(
            "Delete the copy",
            icon=":material/delete:",
            on_click=_throw_away,
            args=[run.id],
            key="throw-away",
            help="Runs can bring it back for an hour.",
        )


def _table(found: finetune.Comparison) -> pd.DataFrame:
    rows = [_own("your digits used for fine-tuning", found.trained_on)]
    if found.held_back[2]:
        rows.append(_own("your digits held back for testing", found.held_back))
    before = "-" if found.before is None else wording.percent(found.before.accuracy)
    rows.append(
        {
            "read correctly": f"the test set, {found.after.n:,} digits",
            "before": before,
            "after": wording.percent(found.after.accuracy),
        }
    )
    return pd.DataFrame(rows)


def _own(what: str, counts: tuple[int, int, int]) -> dict[str, str]:
    was, now, n = counts
    return {"read correctly": what, "before": f"{was} of {n}", "after": f"{now} of {n}"}


def in_words(found: finetune.Comparison) -> str:
    """Say what fine-tuning gained, and what it lost."""
    was, now, n = found.trained_on
    first = (
        f"Of the {counted(n, 'digit')} used for fine-tuning, the copy reads {now} correctly; "
        f"before, it was {was}."
    )
    if now > was:
        first += " This does not tell yet how well it will read your next ones."
    else:
        first += " That is no more than before."
    if found.held_back[2]:
        was, now, n = found.held_back
        first = (
            f"Of your {counted(n, 'digit')} **not** used for fine-tuning, the copy reads {now} "
            f"correctly; before, it was {was}. Expect the same of your next ones."
        )
    sentences = [first]
    if found.before is None:
        return first
    if found.p_value < LEVEL:
        much = "better" if found.gained > found.lost else "worse"
        sentences.append(
            f"On the test set it has become {much}: {found.lost} digits lost, {found.gained} "
            f"gained (McNemar's test, {p_formula(found.p_value)})."
        )
    else:
        sentences.append(
            f"On the test set, {found.lost} digits were lost and {found.gained} gained, which may "
            f"well be chance (McNemar's test, {p_formula(found.p_value)})."
        )
    return " ".join(sentences)


def _gained(found: finetune.Comparison) -> bool:
    """Return whether the copy reads more of the held-back digits, or of all if there are none."""
    was, now, n = found.held_back
    if not n:
        was, now, _ = found.trained_on
    return now > was


def _throw_away(run_id: str) -> None:
    clicks.attempt(lambda: trash.remove(run_id))


def _stop(run_id: str) -> None:
    clicks.attempt(lambda: control.stop(run_id))
