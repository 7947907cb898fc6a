"""A new sweep: where it starts, what may vary, how many tries, and what it will cost."""

from typing import NamedTuple

import streamlit as st

from core import data
from core.config import TrainConfig, with_changes
from core.errors import DigitLabError
from core.launch import cost
from core.recipes import book
from core.recipes.shipped import RECIPES
from core.runs import memory
from core.sweeps import book as spaces_book
from core.sweeps import config, launch
from core.sweeps.config import MOST_AT_ONCE, MOST_TRIES, SweepConfig, parse
from core.wording import counted
from ui import snapshot, wording
from ui.sweep import chosen, spaces, varied
from ui.train import links

_COME_WITH = "settings from Train"  # has a space, which no recipe's name can have
_USUAL = "dense-starter"
_SAMPLERS = {
    "tpe": "Near the best (TPE)",
    "random": "At random",
    "grid": "Every combination",
}
_PRUNERS = {"asha": "Yes (ASHA)", "none": "No, all to their end"}
_HOW = ("tries", "at_once", "sampler", "pruner", "seed")
_FIELD_PX = 152


class _Start(NamedTuple):
    """Where a sweep starts: its name, what tells its fields from others, what was saved with it."""

    base: TrainConfig
    name: str
    key: str
    saved: SweepConfig | None


def show() -> None:
    """Show the form, and start the sweep."""
    st.markdown(
        "Say what may vary. The machine tries out settings one after another, chooses the next by "
        "what it has seen, and shows what mattered. All tries are compared on validation images; "
        "the test images are left alone until you believe the best."
    )
    start = _starting_point()
    if start is None:
        return
    base, name, key, saved = start
    vary = varied.edit(base, key, saved.vary if saved else None)
    usual = {
        of: getattr(saved, of) if saved else SweepConfig.model_fields[of].default for of in _HOW
    }
    with st.grid(min_column_width=_FIELD_PX, vertical_alignment="bottom"):
        tries = st.number_input("Tries", 1, MOST_TRIES, usual["tries"], key=f"tries-{key}")
        at_once = st.number_input(
            "At once",
            1,
            MOST_AT_ONCE,
            usual["at_once"],
            key=f"at-once-{key}",
            help="Tries that train or wait together. They share this machine's cores, or the "
            "machines of the cluster.",
        )
        sampler = st.selectbox(
            "What to try next",
            list(_SAMPLERS),
            index=list(_SAMPLERS).index(usual["sampler"]),
            format_func=_SAMPLERS.__getitem__,
            key=f"sampler-{key}",
        )
        pruner = st.selectbox(
            "End weak tries early",
            list(_PRUNERS),
            index=list(_PRUNERS).index(usual["pruner"]),
            format_func=_PRUNERS.__getitem__,
            key=f"pruner-{key}",
        )
    chose = {"tries": tries, "at_once": at_once, "sampler": sampler, "pruner": pruner}
    chose["seed"] = usual["seed"]
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
    spaces.buttons(sweep, name)
    if started and sweep is not None:
        _start(sweep)


def _starting_point() -> _Start | None:
    """Show where the sweep starts; return that, unless its numbers do not fit."""
    opened, linked = _opened(), spaces.in_address()
    recipes, saved = book.all_recipes(), spaces_book.read_all()[0]
    # A search space has the name that it was given, though a recipe may have it, too.
    kept = {spaces.OPENED: linked, **saved} if linked else saved
    first = spaces.OPENED if linked else _COME_WITH if opened else _USUAL
    names = [*dict.fromkeys([first, *kept, *recipes])]
    with st.grid(min_column_width=_FIELD_PX, vertical_alignment="bottom"):
        name = st.selectbox(
            "Start from",
            names,
            key=spaces.START,
            help="Its own settings are tried first. Come from Train to start from others. What you "
            "saved here comes first.",
        )
        space, key = kept.get(name), name
        if space is not None:
            key = config.encode(space)  # Another may be saved under its name.
            space = spaces.with_data(space)
            base = space.base
        elif name == _COME_WITH and opened is not None:
            base = opened
        else:
            base = recipes[name].config_for(data.default_source())
        epochs = st.number_input("Epochs", value=base.epochs, key=f"sweep-epochs-{key}")
        images = st.number_input(
            "Training images",
            value=base.train_images,
            step=100,
            placeholder="All",
            key=f"sweep-images-{key}",
            help="Empty for all. With a quarter of them a sweep takes a quarter of the time.",
        )
    if name in RECIPES and space is None:
        st.caption(RECIPES[name].summary)
    try:
        base = with_changes(base, {"epochs": epochs, "train_images": images})
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return None
    return _Start(base, name, key, space)


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
    for address in (links.ADDRESS, spaces.ADDRESS):
        st.query_params.pop(address, None)
    chosen.show(started.name)
    st.rerun()
