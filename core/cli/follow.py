"""Following runs from a terminal: their progress, and Ctrl-C."""

import sys
import time
from contextlib import suppress
from typing import Any

import click

from core.cli.output import printable
from core.errors import DigitLabError
from core.runs import contract, control, requests, store

_LOOK_EVERY_S = 0.2


def follow(ids: list[str], quiet: bool) -> contract.Run:
    """Show the progress of the first run until it ends; Ctrl-C stops the others as well."""
    with progress_bar("starting", length=1, quiet=quiet) as bar:
        while True:
            try:
                run = store.read(ids[0])
                if not run.state.active:
                    return run
                _show_progress(bar, run)
                time.sleep(_LOOK_EVERY_S)
            except KeyboardInterrupt:
                bar.label = "stopping"
                bar.render_progress()  # at once: the run may be over at the next look
                _stop_or_leave(ids)


def _stop_or_leave(ids: list[str]) -> None:
    """Stop the runs at the first Ctrl-C; stop watching them at the second."""
    if requests.stop_requested(store.read(ids[0]).folder):
        raise DigitLabError(
            f"Run '{ids[0]}' is still stopping: see how it ended with `python -m core runs show "
            f"{ids[0]}`."
        )
    for run_id in ids:
        with suppress(DigitLabError):  # It has just ended, and is about to be reported.
            control.stop(run_id)


def progress_bar(label: str, length: int, quiet: bool) -> Any:
    """Return a progress bar on standard error, shown only if that is a terminal."""
    hidden = quiet or sys.stderr is None or not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def _show_progress(bar: Any, run: contract.Run) -> None:
    status = run.status
    if status is not None:
        stopping = run.state is contract.State.STOPPING
        bar.label = printable(f"stopping, {status.phase}" if stopping else status.phase)
        bar.length = max(status.total_steps, 1)
        bar.update(status.step - bar.pos)
