"""The files that commands write."""

import pytest


@pytest.mark.parametrize("place", [".", "", "{folder}"])
@pytest.mark.parametrize("command", ["runs", "corrections", "report"])
def test_a_folder_is_no_place_for_a_file(core, finished, corrected, tmp_path, command, place):
    """A name of nothing but a folder ended in a trace."""
    folder = tmp_path / "a.npz"
    folder.mkdir()
    where = place.format(folder=folder)
    what = {"runs": ("export", finished), "corrections": ("export",), "report": (finished,)}
    said = core(command, *what[command], where, "--overwrite")
    said.refused(".npz" if command == "corrections" and place != "{folder}" else "is a folder")
    assert folder.is_dir()


@pytest.mark.parametrize("command", ["corrections", "report"])
def test_a_file_that_is_there_is_replaced_only_if_asked(
    core, finished, corrected, tmp_path, command
):
    """`runs export` and `export` asked; these two took whatever lay there."""
    file = tmp_path / "mine.npz"
    file.write_text("of great worth")
    what = {"corrections": ("export",), "report": (finished,)}[command]
    core(command, *what, file).refused(str(file), "--overwrite")
    assert file.read_text() == "of great worth"
    assert core(command, *what, file, "--overwrite").code == 0
    assert file.read_bytes()[:5] != b"of gr"
