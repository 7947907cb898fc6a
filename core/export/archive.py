"""The archive of an export: one ``.zip`` with the model, its card, an example and a picture."""

import io
import zipfile
from pathlib import Path

from core.export import examples
from core.export.formats import Format
from core.runs import contract


def pack(name: str, wanted: Format, folder: Path, card: Path) -> bytes:
    """Pack the files of an export.

    Parameters
    ----------
    name : str
        The model's name; with the format's it names the folder that the archive unpacks to.
    wanted : Format
    folder : pathlib.Path
        Folder of the exported files, under their usual names.
    card : pathlib.Path
        The model's card; left out if it is missing.

    Returns
    -------
    bytes
        Content of the ``.zip``.
    """
    file = wanted.files[0]
    root = f"{name}-{wanted.name}"
    stream = io.BytesIO()
    # An archive cannot store the date of a file from before 1980.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in _files(folder, wanted):
            archive.write(path, f"{root}/{path.relative_to(folder).as_posix()}")
        if card.is_file():
            archive.write(card, f"{root}/{contract.CARD}")
        archive.writestr(f"{root}/{examples.NAME}", examples.example(wanted, file))
        archive.writestr(f"{root}/{examples.PICTURE}", examples.picture())
    return stream.getvalue()


def _files(folder: Path, wanted: Format) -> list[Path]:
    first, *others = (folder / file for file in wanted.files)
    parts = sorted(first.rglob("*")) if wanted.is_folder else [first]
    return [*parts, *others]
