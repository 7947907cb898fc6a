"""Export of a model: its report, and the model in several formats."""

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import registry
from core.cards import Card
from core.export import archive, jobs, report_page
from core.export.formats import FORMATS, Exported, Format
from core.runs import contract
from ui import cache, wording

_LOOK_EVERY_S = 0.5
_BUTTON_PX = 210  # as wide as the longest label, so that all are alike


def show(model: registry.Model, card: Card) -> None:
    """Show the report of a model, and the formats that it can be exported in."""
    st.subheader("Report")
    st.markdown(
        "One file to read, send and print without this app: the figures, the network, the worst "
        "mistakes, and how to repeat the training. It includes the map and the robustness once "
        "they are computed here."
    )
    st.download_button(
        "Download the report",
        # Written at the click, not at every look at the page.
        partial(report_page.page, model),
        f"{model.name}-report.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        key="download-report",
    )
    st.subheader("Model")
    _formats(model)


def _exporter() -> jobs.Exporter:
    return jobs.Exporter(cache.jobs())


def _formats(model: registry.Model) -> None:
    """Show the formats that a model can be exported in."""
    st.markdown(
        "Each download also contains the model's card, ten lines of Python that use the model, and "
        "a digit for them to read. Each is checked against Keras before it is offered."
    )
    digest = _digest_of(model)
    running = _is_any_running(digest)
    st.fragment(_rows, run_every=_LOOK_EVERY_S if running else None)(model, digest, running)


def _rows(model: registry.Model, digest: str | None, was_running: bool) -> None:
    for wanted in FORMATS.values():
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            gap="xsmall",
            key=f"export-{wanted.name}",
        ):
            words = st.container(key=f"beside-export-{wanted.name}", gap="xxsmall")
            words.markdown(f"**{wanted.title}** · {wanted.purpose}")
            if (model.folder / wanted.files[0]).is_file() and wanted.is_at_hand:
                _at_hand(model, wanted, words)
            elif digest is not None:
                _on_request(model, digest, wanted, words)
            else:
                words.caption(_unavailable(model))
    if was_running and not _is_any_running(digest):
        st.rerun()  # Once, so that the page stops looking.


def _unavailable(model: registry.Model) -> str:
    if model.card.origin is not None:
        return "Not for this model: it came as ONNX, with steps that no layer of Keras here does."
    return f"Needs the file {contract.KERAS_MODEL}, which is not in the model's folder."


def _at_hand(model: registry.Model, wanted: Format, words: DeltaGenerator) -> None:
    size = wording.size((model.folder / wanted.files[0]).stat().st_size)
    difference = wording.difference(model.card.export.largest_difference)
    is_original = wanted.files[0] == contract.KERAS_MODEL
    checked = "the original" if is_original else f"probabilities differ from Keras {difference}"
    if model.card.origin is not None and not (model.folder / contract.KERAS_MODEL).is_file():
        checked = "the file that was brought, with what it needs around it"
    words.caption(f"{size} · {checked}")
    _download(model, wanted, model.folder)


def _on_request(model: registry.Model, digest: str, wanted: Format, words: DeltaGenerator) -> None:
    exporter = _exporter()
    state = exporter.state(digest, wanted)
    exported = jobs.finished(digest, wanted)
    if exported is not None and state == "done":
        words.caption(f"{wording.size(exported.bytes)} · {_agreement(exported)}")
        _download(model, wanted, exported.path.parent)
        return
    words.caption("Prepared on request, usually in 10 to 20 seconds")
    if state == "failed":
        words.error(wording.verbatim(exporter.error(digest, wanted)))
    if state == "running":
        seconds = exporter.seconds(digest, wanted)
        st.button(
            f"Preparing, {wording.duration(seconds)}" if seconds else "Waiting",
            icon="spinner",
            disabled=True,
            width=_BUTTON_PX,
            key=f"preparing-{wanted.name}",
        )
        return
    label = "Try again" if state == "failed" else f"Prepare {wanted.title}"
    if st.button(label, width=_BUTTON_PX, key=f"prepare-{wanted.name}"):
        exporter.start(model.folder / contract.KERAS_MODEL, digest, wanted)
        st.rerun()


def _download(model: registry.Model, wanted: Format, folder: Path) -> None:
    st.download_button(
        f"Download {wanted.title}",
        # Packed at the click, not at every look at the page.
        partial(archive.pack, model.name, wanted, folder, model.folder / contract.CARD),
        file_name=f"{model.name}-{wanted.name}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/download:",
        width=_BUTTON_PX,
        key=f"download-{wanted.name}",
    )


def _agreement(exported: Exported) -> str:
    same = round(exported.agreement * exported.n)
    share = f"all {same:,}" if same == exported.n else f"{same:,} of {exported.n:,}"
    return (
        f"the same answer as Keras on {share} test digits, probabilities differ "
        f"{wording.difference(exported.largest_difference)}"
    )


def _is_any_running(digest: str | None) -> bool:
    return digest is not None and any(
        _exporter().state(digest, wanted) == "running" for wanted in FORMATS.values()
    )


def _digest_of(model: registry.Model) -> str | None:
    file = model.folder / contract.KERAS_MODEL
    return _digest(file, file.stat().st_mtime_ns) if file.is_file() else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _digest(file: Path, changed: int) -> str:
    return jobs.digest_of(file)
