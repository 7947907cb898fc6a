"""`core.training.checkpoint`: what a power cut leaves; `test_recovery` has the rest."""

import h5py
import pytest

from core.training import checkpoint, checkpoint_files


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_checkpoint_cut_short_gives_way_to_the_one_before(tmp_path, share):
    folder = tmp_path / checkpoint_files.FOLDER
    folder.mkdir()
    for name in ("best-0001", "epoch-0001", "epoch-0002"):
        with h5py.File(folder / f"{name}{checkpoint_files.SUFFIX}", "w") as file:
            file["weights"] = list(range(100))
    last = checkpoint_files.numbered(tmp_path, "epoch")[-1]
    last.write_bytes(last.read_bytes()[: int(share * last.stat().st_size)])
    checkpoint.forget_damaged(tmp_path)
    assert checkpoint_files.epochs_done(tmp_path) == 1
    assert len(checkpoint_files.numbered(tmp_path, "best")) == 1
