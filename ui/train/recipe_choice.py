"""The choice of a recipe: tiles to read and choose from, on a phone a box with one line each."""

import zlib
from collections.abc import Sequence

import streamlit as st

from core import data
from core.architecture import parameter_count
from core.config import TrainConfig
from core.launch import cost
from core.recipes.book import all_recipes
from core.recipes.shipped import RECIPES, Recipe
from core.runs import contract
from ui import charts, state, wording
from ui import cost as cost_in_words
from ui.train import links

_BOX = "recipe-on-a-phone"
_STYLE = """
<style>
:has(> .st-key-recipes) {{ width: 100% }}
.st-key-recipes [role=radiogroup] {{
  display: grid; gap: 0.6rem; width: 100%; align-items: stretch;
  grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr));
}}
.st-key-recipes [role=radiogroup] > div {{
  position: relative; padding: 0.5rem 0.75rem; border: 1px solid {line}; border-radius: 0.5rem;
}}
.st-key-recipes [role=radiogroup] > div:hover {{ border-color: {chosen} }}
.st-key-recipes [role=radiogroup] > div:has(input:checked) {{
  border-color: {chosen}; box-shadow: inset 0 0 0 1px {chosen}; background: {tint};
}}
.st-key-recipes [role=radiogroup] > div:has(input:focus-visible) {{
  outline: 2px solid {chosen}; outline-offset: 2px;
}}
.st-key-recipes label p {{ font-weight: 600 }}
.st-key-recipes label {{ position: static }}
.st-key-recipes label::after {{ content: ""; position: absolute; inset: 0; z-index: 1 }}
.st-key-recipes [data-testid=stRadioCaption] {{ padding-left: 0 }}
@media (max-width: 640px) {{ :has(> .st-key-recipes) {{ display: none }} }}
@media (min-width: 641px) {{ :has(> .st-key-recipes-on-a-phone) {{ display: none }} }}
</style>
"""


def choose(runs: Sequence[contract.Run]) -> Recipe:
    """Let people choose a recipe; each says what it is, what it reaches and how long it takes.

    Its times are those for the data set that is chosen in the form.

    Parameters
    ----------
    runs : sequence of Run
        Of this machine, newest first.
    """
    recipes = all_recipes()
    if opened := links.opened():
        recipes = {links.OPENED: opened} | recipes
    source = st.session_state.get("data") or data.default_source()
    facts = {name: _facts(recipe, source, runs) for name, recipe in recipes.items()}
    colour = charts.right_colour()
    st.html(
        _STYLE.format(
            line=charts.fade(charts.text_colour(), 0.2),
            chosen=colour,
            tint=charts.fade(colour, 0.08),
        )
    )
    with st.container(key="recipes"):
        name = st.radio(
            "Recipe",
            list(recipes),
            captions=[_to_read(recipe, facts[name]) for name, recipe in recipes.items()],
            help="Of each: how often it is right on test digits (accuracy), how long it takes on "
            "this machine, and how many parameters (weights) it has.",
            key="recipe",
            bind="query-params",
            persist_state="session",
            width="stretch",
        )
    with st.container(key="recipes-on-a-phone"):
        st.session_state[_BOX] = name
        st.selectbox(
            "Recipe",
            list(recipes),
            format_func=lambda other: " · ".join([other, *facts[other][:-1]]),
            key=_BOX,
            on_change=_choose_in_the_box,
        )
        st.caption(_to_read(recipes[name], facts[name]))
    recipe = recipes[name]
    st.session_state[state.FORM] = _form(name, recipe.config)
    return recipe


def _to_read(recipe: Recipe, facts: list[str]) -> str:
    *result, parameters = facts
    return "  \n".join(filter(None, [" · ".join(result), parameters, recipe.summary]))


def _choose_in_the_box() -> None:
    st.session_state["recipe"] = st.session_state[_BOX]


def _facts(recipe: Recipe, source: str, runs: Sequence[contract.Run]) -> list[str]:
    """Say what a recipe reaches, how long it takes, and last its number of parameters."""
    config = recipe.config_for(source)
    reached = ""
    last = next(cost.same(config, runs), None)
    if last is not None and last.status is not None and last.status.accuracy is not None:
        reached = f"{wording.percent(last.status.accuracy)} right here"
    elif recipe.accuracy is not None and config.data == "mnist":
        reached = f"{wording.percent(recipe.accuracy)} right"
    parameters = f"{parameter_count(recipe.config.layers):,} parameters"
    return [fact for fact in (reached, cost_in_words.briefly(config, runs), parameters) if fact]


def _form(name: str, config: TrainConfig) -> str:
    """Name the form; a recipe that is saved or opened again gets a new form."""
    if name in RECIPES:
        return name
    if name == links.OPENED:
        return f"opened-{st.session_state[state.OPENINGS]}"
    return f"{name}-{zlib.crc32(config.model_dump_json().encode()):08x}"
