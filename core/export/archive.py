"""An export as one ``.zip``: the model, its card, an example of use and a picture to try it on."""

import io
import zipfile
from pathlib import Path

from core.export import examples
from core.export.formats import Format
from core.runs import store


def pack(name: str, wanted: Format, folder: Path, card: Path) -> bytes:
    """Pack the files of an export.

    Parameters
    ----------
    name : str
        The model's: with the format's it names the folder that the archive unpacks to.
    wanted : Format
    folder : pathlib.Path
        Where the exported files lie under their usual names.
    card : pathlib.Path
        The model's card; left out where there is none.

    Returns
    -------
    bytes
        Content of the ``.zip``.
    """
    file = wanted.files[0]
    root = f"{name}-{wanted.name}"
    stream = io.BytesIO()
    # A file may be dated before 1980, which is where an archive's dates begin.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in _files(folder, wanted):
            archive.write(path, f"{root}/{path.relative_to(folder).as_posix()}")
        if card.is_file():
            archive.write(card, f"{root}/{store.CARD}")
        archive.writestr(f"{root}/{examples.NAME}", examples.example(wanted, file))
        archive.writestr(f"{root}/{examples.PICTURE}", examples.picture())
    return stream.getvalue()


def _files(folder: Path, wanted: Format) -> list[Path]:
    first, *others = (folder / file for file in wanted.files)
    parts = sorted(first.rglob("*")) if wanted.is_folder else [first]
    return [*parts, *others]
