"""`core.training.checkpoint`: what a power cut leaves; `test_recovery` has the rest."""

import h5py
import pytest

from core.cards import DataFacts
from core.runs import checkpoint_files
from core.runs.curves import Curves
from core.training import checkpoint

FACTS = DataFacts(
    source="mine", title="mine", digest="a", test_digest="b", train=1, validation=1, test=1
)


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


@pytest.mark.parametrize("content", ["", "{", "{}", "7", "[1]", "[" * 9_999])
def test_damaged_digests_of_the_data_hold_nobody_up(tmp_path, content):
    """A record that was no list ended the run with a trace."""
    folder = tmp_path / checkpoint_files.FOLDER
    folder.mkdir()
    (folder / f"epoch-0001{checkpoint_files.SUFFIX}").touch()
    (folder / "data.json").write_text(content)
    checkpoint.hold_to_data(tmp_path, FACTS)


def test_the_best_is_the_best_that_is_there(tmp_path):
    """The file of epoch 1 was damaged and deleted: no later one was kept, and the run had none."""
    (tmp_path / checkpoint_files.FOLDER).mkdir()
    past = Curves(tmp_path / "metrics.jsonl")
    past.epochs.extend({"epoch": n, "val_loss": loss} for n, loss in ((1, 0.1), (2, 0.3)))
    assert best_after(3, 0.2, tmp_path, past) == ["best-0003"]
    past.epochs.append({"epoch": 3, "val_loss": 0.2})
    assert best_after(4, 0.25, tmp_path, past) == ["best-0003"]
    assert best_after(5, 0.15, tmp_path, past) == ["best-0005"]


def best_after(epoch, loss, run, past):
    keep = checkpoint.Checkpoints(run, past)
    keep.set_model(FakeModel())
    keep.set_params({"steps": 0})
    keep.on_epoch_begin(epoch - 1)
    keep.on_epoch_end(epoch - 1, {"loss": loss, "val_loss": loss})
    return [path.name[:9] for path in checkpoint_files.numbered(run, "best")]


class FakeModel:
    stop_training = False

    def save_weights(self, path):
        path.write_bytes(b"weights")
