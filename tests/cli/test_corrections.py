"""`corrections`."""

import numpy as np


def test_corrections_are_listed_exported_and_removed(core, corrected, tmp_path):
    facts = core("corrections", "list", "--json").json
    assert [(one["id"], one["label"]) for one in facts] == list(zip(corrected, (7, 4), strict=True))
    assert "7, read as 9 by linear" in core("corrections", "list").out
    out = tmp_path / "mine.npz"
    assert core("corrections", "export", out, "--json").json == {"path": str(out), "n": 2}
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["labels"].tolist() == [7, 4]
    assert core("corrections", "remove", corrected[0], "--json").json["label"] == 7
    alone = tmp_path / "alone.npz"
    assert core("corrections", "export", alone).out == f"1 digit is in {alone}.\n"
    core("corrections", "remove", corrected[0]).refused("no longer among your corrections")
    core("corrections", "export", tmp_path / "no" / "mine.npz").refused("cannot be written")
    core("corrections", "export", tmp_path / "mine.txt").refused("must end in .npz")
