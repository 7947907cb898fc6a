"""The progress of a run by the files that its workers have left, whatever its status says.

The status is a worker's own word. A new worker has none of what earlier ones have done, and one
that was killed at the very end may have taken its word with it.
"""

from pathlib import Path

from core.runs import contract, store
from core.runs.checkpoint_files import epochs_done
from core.runs.curves import Curves


def kept(folder: Path) -> dict[str, int]:
    """Return the fields of a status that a worker which continues a run begins with.

    Those of `contract.Status` that its last checkpoint and its curves tell: none at first.
    """
    done = epochs_done(folder)
    config = store.read_folder(folder).config
    ends = {
        record["epoch"]: record["step"]
        for record in Curves(folder / contract.METRICS).refresh().epochs
    }
    if not done or done not in ends or config is None:
        return {}
    total = ends[done] // done * config.epochs
    return {"epoch": done, "step": ends[done], "total_steps": total}
