"""A new sweep: where it starts, what may vary, how many tries, and what it will cost."""

import streamlit as st

from core import data
from core.config import TrainConfig, with_changes
from core.errors import DigitLabError
from core.launch import cost
from core.recipes import book
from core.recipes.shipped import RECIPES
from core.runs import memory
from core.sweeps import launch
from core.sweeps.config import MOST_AT_ONCE, MOST_TRIES, SweepConfig, parse
from core.wording import counted
from ui import snapshot, wording
from ui.sweep import chosen, varied
from ui.train import links

_COME_WITH = "settings from Train"  # has a space, which no recipe's name can have
_USUAL = "dense-starter"
_SAMPLERS = {
    "tpe": "Near the best (TPE)",
    "random": "At random",
    "grid": "Every combination",
}
_PRUNERS = {"asha": "Yes (ASHA)", "none": "No, all to their end"}
_FIELD_PX = 152


def show() -> None:
    """Show the form, and start the sweep."""
    st.markdown(
        "Say what may vary. The machine tries out settings one after another, chooses the next by "
        "what it has seen, and shows what mattered. All tries are compared on validation images; "
        "the test images are left alone until you believe the best."
    )
    base, key = _starting_point()
    if base is None:
        return
    vary = varied.edit(base, key)
    with st.grid(min_column_width=_FIELD_PX, vertical_alignment="bottom"):
        tries = st.number_input("Tries", 1, MOST_TRIES, 24, key="tries")
        at_once = st.number_input(
            "At once",
            1,
            MOST_AT_ONCE,
            1,
            key="at-once",
            help="Tries that train or wait together. They share this machine's cores.",
        )
        sampler = st.selectbox(
            "What to try next",
            list(_SAMPLERS),
            format_func=_SAMPLERS.__getitem__,
            key="sampler",
        )
        pruner = st.selectbox(
            "End weak tries early",
            list(_PRUNERS),
            format_func=_PRUNERS.__getitem__,
            key="pruner",
        )
    chose = {"tries": tries, "at_once": at_once, "sampler": sampler, "pruner": pruner}
    try:
        sweep: SweepConfig | None = parse({"base": base, "vary": vary, **chose})
        memory.check(base)
        fault = ""
    except DigitLabError as refusal:
        sweep, fault = None, str(refusal)
    with st.container(horizontal=True, vertical_alignment="center"):
        started = st.button("Start the sweep", type="primary", disabled=sweep is None)
        if not vary:
            st.caption("Choose at least one setting that may vary.")
        elif sweep is None:
            st.error(wording.verbatim(fault))
        else:
            st.markdown(_cost(sweep))
    if started and sweep is not None:
        _start(sweep)


def _starting_point() -> tuple[TrainConfig | None, str]:
    """Show where the sweep starts; return its configuration, and what tells it from others."""
    opened = _opened()
    recipes = book.all_recipes()
    names = [*([_COME_WITH] if opened else []), *recipes]
    with st.grid(min_column_width=_FIELD_PX, vertical_alignment="bottom"):
        name = st.selectbox(
            "Start from",
            names,
            index=0 if opened else names.index(_USUAL),
            key=f"start-from-{opened is not None}",
            help="Its own settings are tried first. Come from Train to start from others.",
        )
        if name == _COME_WITH and opened is not None:
            base = opened
        else:
            base = recipes[name].config_for(data.default_source())
        epochs = st.number_input("Epochs", value=base.epochs, key=f"sweep-epochs-{name}")
        images = st.number_input(
            "Training images",
            value=base.train_images,
            step=100,
            placeholder="All",
            key=f"sweep-images-{name}",
            help="Empty for all. With a quarter of them a sweep takes a quarter of the time.",
        )
    if name in RECIPES:
        st.caption(RECIPES[name].summary)
    try:
        return with_changes(base, {"epochs": epochs, "train_images": images}), name
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return None, name


def _opened() -> TrainConfig | None:
    """Return the settings that somebody came with from Train."""
    config = links.in_address()
    source = config and links.at_hand(config.data)
    return config.model_copy(update={"data": source}) if config and source else config


def _cost(sweep: SweepConfig) -> str:
    expected = cost.estimate(sweep.base, snapshot.runs())
    if expected is None:
        return "How long a try takes is not known yet: nothing was trained on these digits here."
    count = min(sweep.tries, sweep.most)
    whole = wording.about(expected.seconds * count)
    early = ", less what ends early" if sweep.pruner == "asha" else ""
    where = "; as measured elsewhere" if expected.basis == "elsewhere" else ""
    return f"**{whole[:1].upper()}{whole[1:]} for {counted(count, 'try')}**{early}{where}."


def _start(sweep: SweepConfig) -> None:
    try:
        started = launch.start(sweep)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    st.query_params.pop(links.ADDRESS, None)
    chosen.show(started.name)
    st.rerun()
