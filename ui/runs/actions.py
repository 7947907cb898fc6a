"""Actions on runs: name, repeat, export, import, delete and restore them."""

from collections import Counter
from functools import partial

import streamlit as st

from core.config import TrainConfig
from core.evaluation.compare import MOST
from core.export import passport, passport_check
from core.launch import repeat
from core.runs import notes, queue, summary, trash
from core.runs.summary import Summary
from core.wording import counted, counted_are
from ui import clicks, wording
from ui.runs import table

_NAMED_DELETED = 20
_SEEDS = 3
_TOLD = 0.8  # of the most imported runs: from here on it is said


def deleted() -> None:
    """Name the deleted runs and offer to restore them all, until they are destroyed."""
    removed = trash.removed()
    if not removed:
        return
    with st.container(border=True, key="deleted-runs"):
        titles = Counter(trash.title_of(run_id) for run_id in removed[:_NAMED_DELETED])
        named = [f"{title} ({n} runs)" if n > 1 else title for title, n in titles.items()]
        more = len(removed) - sum(titles.values())
        names = wording.enumeration([*named, *([f"{more} more"] if more else [])])
        st.markdown(f"**Deleted:** {wording.verbatim(names)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Restore" if len(removed) == 1 else f"Restore all {len(removed)}",
                key="undo",
                icon=":material/undo:",
                on_click=_undo,
                args=(removed,),
            )
            st.button(
                "Delete for good now",
                key="clear-trash",
                on_click=clicks.attempt,
                args=(trash.clear,),
            )
            st.caption("Deleted runs can be restored for an hour.", width="content")


def _undo(run_ids: list[str]) -> None:
    def restore() -> None:
        restored = [run.id for run in trash.undo_all(run_ids)]
        table.choose(restored if len(restored) <= MOST else [])

    clicks.attempt(restore)


def delete(chosen: list[Summary]) -> None:
    """Offer to delete runs, except active ones."""
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
        help="Can be undone for an hour. Models saved under a name stay."
        if over
        else "This run is still training. Stop it first.",
    )


def _delete(ids: list[str]) -> None:
    def remove_all() -> None:
        for run_id in ids:
            trash.remove(run_id)

    table.choose([])
    clicks.attempt(remove_all)


def edit(one: Summary, known_tags: list[str]) -> None:
    """Offer to edit the name, the notes and the tags of a run."""
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
        # Not a multiselect: its list would open over the button that saves.
        if tags := sorted({*known_tags, *said.tags}):
            st.session_state.setdefault(f"tags-{run_id}", list(said.tags))
            st.pills(
                "Tags",
                tags,
                selection_mode="multi",
                format_func=wording.verbatim,
                key=f"tags-{run_id}",
            )
        st.text_input(
            "New tags" if tags else "Tags",
            placeholder="Separated by commas",
            key=f"new-tags-{run_id}",
        )
        st.form_submit_button("Save", type="primary", on_click=_save, args=(run_id,))


def _save(run_id: str) -> None:
    fields = {field: st.session_state[f"{field}-{run_id}"] for field in ("name", "note")}
    chosen = st.session_state.get(f"tags-{run_id}", [])
    new = st.session_state[f"new-tags-{run_id}"].split(",")

    def keep() -> None:
        said = notes.change(run_id, **fields, tags=[*chosen, *new])
        st.session_state[f"tags-{run_id}"] = list(said.tags)
        st.session_state[f"new-tags-{run_id}"] = ""

    clicks.attempt(keep)


def favourite(one: Summary) -> None:
    """Offer to add a run to the favourites, or to remove it."""
    is_one = one.notes.favourite
    st.button(
        "Favourite" if is_one else "Add to favourites",
        key=f"favourite-{one.run.id}",
        icon=":material/star:" if is_one else ":material/star_border:",
        on_click=clicks.attempt,
        args=(partial(notes.change, one.run.id, favourite=not is_one),),
        help="Click to remove it from the favourites." if is_one else None,
    )


def repeat_with_seeds(one: Summary, config: TrainConfig, summaries: list[Summary]) -> None:
    """Offer to train the same settings again, with seeds that the group does not have yet."""
    with st.popover("Repeat with other seeds", icon=":material/repeat:"):
        st.markdown(
            "How much of the result is luck? This trains the same settings from other first "
            "weights."
        )
        count = st.number_input(
            "Number of runs", 1, repeat.MOST_AT_A_TIME, _SEEDS, key=f"seeds-{one.run.id}"
        )
        # Chosen here and not in the click, so that both clicks of a double click ask for the same.
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
    """Offer the run as one file, its passport."""
    missing = passport.missing_files(one.run)
    st.download_button(
        "Export the run",
        partial(passport.pack, one.run.id),  # Packed at the click, not at every look at the page.
        f"{one.run.id}{passport.SUFFIX}",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"passport-{one.run.id}",
        disabled=bool(missing),
        help=f"The run cannot be exported because its {missing[0]} is missing."
        if missing
        else "One file (the run's passport) with settings, versions, curves, answers, model and "
        "notes. You can import it on another machine.",
    )


def import_one() -> None:
    """Offer to import a run that was exported elsewhere."""
    with st.popover("Import a run", icon=":material/upload:"):
        st.markdown("Choose a file that *Export the run* made. Importing starts nothing.")
        kept = passport.imported()
        if kept >= _TOLD * passport.MOST:
            st.caption(f"{kept} of at most {passport.MOST} imported runs are kept.")
        st.file_uploader(
            "Exported run (.zip)",
            type=["zip"],
            max_upload_size=passport_check.MAX_BYTES // 10**6,
            key="passport-file",
            on_change=_import,
        )


def _import() -> None:
    file = st.session_state["passport-file"]
    if file is not None:
        clicks.attempt(lambda: table.choose([passport.unpack(file.getvalue(), file.name).id]))


def queue_setting() -> None:
    """Offer to set how many runs train at once."""
    with st.popover("Queue", icon=":material/low_priority:"):
        st.number_input(
            "Runs that train at the same time",
            1,
            queue.MOST_AT_ONCE,
            queue.at_once(),
            key="at-once",
            on_change=_set_at_once,
            help="The others wait in order. Runs that train together share the processor, so each "
            "takes longer.",
        )


def _set_at_once() -> None:
    clicks.attempt(lambda: queue.set_at_once(st.session_state["at-once"]))
