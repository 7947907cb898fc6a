"""What can be done with runs: name them, repeat them, take them along, delete them and undo it."""

from functools import partial

import streamlit as st

from core.config import TrainConfig
from core.export import passport
from core.launch import repeat
from core.runs import notes, queue, summary, trash
from core.runs.summary import Summary
from core.wording import counted, counted_are
from ui import clicks
from ui.runs import table

_SHOWN_DELETED = 4
_SEEDS = 3


def deleted() -> None:
    """Say what was deleted and offer it back, until it is destroyed."""
    removed = trash.removed()
    if not removed:
        return
    with st.container(border=True, key="deleted-runs"):
        for run_id in removed[:_SHOWN_DELETED]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    "Undo",
                    key=f"undo-{run_id}",
                    icon=":material/undo:",
                    on_click=_undo,
                    args=(run_id,),
                )
                st.text(f"{trash.name_of(run_id)} was deleted.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Free the disk now", key="clear-trash", on_click=trash.clear)
            more = len(removed) - _SHOWN_DELETED
            also = f"{more} more can come back after these. " if more > 0 else ""
            st.caption(f"{also}What is not brought back is gone after an hour.", width="content")


def _undo(run_id: str) -> None:
    clicks.attempt(lambda: table.choose([trash.undo(run_id).id]))


def delete(chosen: list[Summary]) -> None:
    """Offer to delete runs; those that are active stay."""
    over = [one.run.id for one in chosen if not one.run.state.active]
    these = "these " if len(over) > 1 else ""
    label = "Delete this run" if len(chosen) == 1 else f"Delete {these}{counted(len(over), 'run')}"
    st.button(
        label,
        key="delete-runs",
        icon=":material/delete:",
        disabled=not over,
        on_click=_delete,
        args=(over,),
        help="Can be undone for an hour. Models that were kept under a name stay."
        if over
        else "It is still training: stop it first.",
    )


def _delete(ids: list[str]) -> None:
    def remove_all() -> None:
        for run_id in ids:
            trash.remove(run_id)

    table.choose([])
    clicks.attempt(remove_all)


def edit(one: Summary, known_tags: list[str]) -> None:
    """Offer to change what is said of a run."""
    run_id, said = one.run.id, one.notes
    with (
        st.popover("Name and notes", icon=":material/edit:"),
        st.form(f"notes-{run_id}", border=False),
    ):
        st.text_input(
            "Name",
            said.name,
            max_chars=notes.LONGEST_NAME,
            placeholder=one.run.config.recipe if one.run.config else "",
            key=f"name-{run_id}",
        )
        st.text_area("Notes", said.note, max_chars=notes.LONGEST_NOTE, key=f"note-{run_id}")
        st.multiselect(
            "Tags",
            sorted({*known_tags, *said.tags}),
            list(said.tags),
            accept_new_options=True,
            max_selections=notes.MOST_TAGS,
            placeholder="Choose, or write a new one",
            key=f"tags-{run_id}",
        )
        st.form_submit_button("Save", type="primary", on_click=_save, args=(run_id,))


def _save(run_id: str) -> None:
    fields = {field: st.session_state[f"{field}-{run_id}"] for field in ("name", "note", "tags")}
    clicks.attempt(lambda: notes.change(run_id, **fields))


def favourite(one: Summary) -> None:
    """Offer to make a run a favourite, or none any more."""
    is_one = one.notes.favourite
    st.button(
        "A favourite" if is_one else "Make it a favourite",
        key=f"favourite-{one.run.id}",
        icon=":material/star:" if is_one else ":material/star_border:",
        on_click=clicks.attempt,
        args=(partial(notes.change, one.run.id, favourite=not is_one),),
        help="Click again to take it back." if is_one else None,
    )


def repeat_with_seeds(one: Summary, config: TrainConfig, summaries: list[Summary]) -> None:
    """Offer to train the same again with seeds that its group does not have yet."""
    with st.popover("Repeat with other seeds", icon=":material/repeat:"):
        st.markdown("How much of the result is luck? The same training, from other first weights.")
        count = st.number_input(
            "How many times", 1, repeat.MOST_AT_A_TIME, _SEEDS, key=f"seeds-{one.run.id}"
        )
        # Chosen here and not in the click: a second one, of a double click, asks for the same.
        group = summary.of_group(summaries, one.notes.group)
        taken = {member.run.config.seed for member in group if member.run.config}
        seeds = repeat.free_seeds(config.seed, taken, count)
        st.button(
            f"Train {count} more",
            key=f"repeat-{one.run.id}",
            type="primary",
            on_click=clicks.attempt,
            args=(
                partial(repeat.repeat, one.run.id, seeds),
                f"{counted_are(count, 'run')} queued.",
            ),
        )


def take_along(one: Summary) -> None:
    """Offer the run as one file."""
    missing = passport.missing_files(one.run)
    st.download_button(
        "Take it along",
        partial(passport.pack, one.run.id),  # Packed at the click, not at every look at the page.
        f"{one.run.id}{passport.SUFFIX}",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"passport-{one.run.id}",
        disabled=bool(missing),
        help=f"Its {missing[0]} is missing, so it cannot be taken along."
        if missing
        else "The run's passport, one file with its settings, versions, curves, answers, model and "
        "notes, to be imported on another machine.",
    )


def import_one() -> None:
    """Offer to import a run that was taken along elsewhere."""
    with st.popover("Import a run", icon=":material/upload:"):
        st.markdown("A run's passport, as *Take it along* makes it. Importing starts nothing.")
        st.file_uploader(
            "A run's passport (.zip)",
            type=["zip"],
            max_upload_size=passport.MAX_BYTES // 10**6,
            key="passport-file",
            on_change=_import,
        )


def _import() -> None:
    file = st.session_state["passport-file"]
    if file is not None:
        clicks.attempt(lambda: table.choose([passport.unpack(file.getvalue(), file.name).id]))


def queue_setting() -> None:
    """Let people set how many runs train at once."""
    with st.popover("Queue", icon=":material/low_priority:"):
        st.number_input(
            "Runs that train at once",
            1,
            queue.MOST_AT_ONCE,
            queue.at_once(),
            key="at-once",
            on_change=_set_at_once,
            help="The others wait their turn, in order. Two at a time share the processor: each "
            "takes longer.",
        )


def _set_at_once() -> None:
    clicks.attempt(lambda: queue.set_at_once(st.session_state["at-once"]))
