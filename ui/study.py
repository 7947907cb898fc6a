"""Studies on the page: the button that starts one, its progress, its result."""

import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.studies import results
from core.studies.results import Arrays, Study
from core.studies.runner import Studies
from ui import cache, wording

_LOOK_EVERY_S = 0.5


def result(
    model: registry.Model, study: Study, label: str, sentence: str, item: int | None = None
) -> Arrays | None:
    """Return a study's result, or offer to start the study if there is no result yet.

    Parameters
    ----------
    model : registry.Model
    study : Study
    label : str
        Of the button that starts it.
    sentence : str
        Describes the result, and how long it usually takes.
    item : int, optional
        Place of the test image, for a study of one image.
    """
    found = _kept(
        model, study, item, results.digest_of(model), results.changed_at(model, study, item)
    )
    if found is None:
        running = _studies().state(model, study, item) == "running"
        st.fragment(_waiting, run_every=_LOOK_EVERY_S if running else None)(
            model, study, label, sentence, item, running
        )
    return found


def offer_known_digits(model: registry.Model) -> None:
    """Offer to search all training digits of a model instead of the offline sample."""
    result(
        model,
        results.STUDIES["known"],
        "Search the training digits",
        "All digits that the model was trained on can be searched too. Preparing them takes about "
        "half a minute, once.",
    )


def _studies() -> Studies:
    return Studies(cache.jobs())


def _waiting(
    model: registry.Model,
    study: Study,
    label: str,
    sentence: str,
    item: int | None,
    was_running: bool,
) -> None:
    worker = _studies()
    try:
        state = worker.state(model, study, item)
    except DigitLabError:  # The model was removed: the page says so.
        st.rerun()
    if was_running and state != "running":
        st.rerun()
    st.markdown(sentence)
    if state == "failed":
        st.error(wording.verbatim(worker.error(model, study, item)))
    if state == "running":
        st.progress(worker.progress(model, study, item), _words(worker, model, study, item))
    elif st.button(
        "Try again" if state == "failed" else label, key=f"study-{study.name}-{model.name}-{item}"
    ):
        worker.start(model, study, item)
        st.rerun()


def _words(worker: Studies, model: registry.Model, study: Study, item: int | None) -> str:
    seconds, share = (
        worker.seconds(model, study, item),
        worker.progress(model, study, item),
    )
    if not seconds:
        return "Waiting for another task to finish. You can leave and come back."
    if share < 0.05:
        return f"Running for {wording.duration(seconds)}. You can leave and come back."
    left = wording.duration(seconds * (1 - share) / share)
    return f"About {left} left. You can leave and come back."


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={registry.Model: str, Study: str})
def _kept(
    model: registry.Model, study: Study, item: int | None, digest: str, changed: int
) -> Arrays | None:
    return results.read(model, study, item)
