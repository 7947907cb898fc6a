"""An epoch's file of a run, made without training."""

from pathlib import Path

import numpy as np

from core.runs import playback


def write_epoch(run: Path, epoch: int, confusion: np.ndarray) -> None:
    """Write down an epoch of which only the confusion matrix, (10, 10), is of interest."""
    file = run / playback.epoch_file(epoch)
    file.parent.mkdir(exist_ok=True)
    none = np.zeros(0)
    np.savez(file, confusion=confusion, map=none, labels=none, answers=none, filters=none)
