"""Parquet: tables in columns, whose images are pixels, lists of them or picture files."""

import io
from typing import Any

import numpy as np

from core.data.brought import names, tables
from core.data.brought.contents import MAX_BYTES, Entry, too_large
from core.data.brought.picture_folders import grey_pictures
from core.data.brought.table_text import MAX_COLUMNS, Rows
from core.data.validate import MAX_IMAGES
from core.errors import DigitLabError


def read(entry: Entry, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Read a Parquet file, as `tables.read` reads CSV.

    Raises
    ------
    DigitLabError
        It is damaged, too large, or no table of images.
    """
    try:
        from pyarrow import parquet
    except ImportError as fault:
        raise DigitLabError(
            "Parquet files are read with pyarrow, which is not installed: run `pip install"
            " pyarrow`."
        ) from fault
    try:
        file = parquet.ParquetFile(io.BytesIO(entry.read()))
        about = file.metadata
        unpacked = sum(
            about.row_group(k).total_byte_size for k in range(min(about.num_row_groups, 100_000))
        )
        if about.num_rows > MAX_IMAGES or unpacked > MAX_BYTES:
            raise too_large(title)
        table = file.read()
        columns = {name: table.column(name) for name in dict.fromkeys(table.column_names)}
        labels, pictures = _label_and_image(columns)
        if labels is None or pictures is None:
            return tables.split_rows(_as_rows(table), title)
        values = np.array(columns[labels].to_pylist())
        form = f"images in the column '{pictures[:30]}', labels in '{labels[:30]}'"
        return _images(columns[pictures].to_pylist(), title), values, form
    except DigitLabError:
        raise
    except Exception as fault:  # damaged files make Arrow raise nearly anything
        raise DigitLabError(
            f"{title} cannot be read to its end, or is not a whole Parquet file: copy or download"
            " it again."
        ) from fault


def _label_and_image(columns: dict[str, Any]) -> tuple[str | None, str | None]:
    from pyarrow import types

    nested = [
        name
        for name, column in columns.items()
        if types.is_nested(column.type)
        or types.is_binary(column.type)
        or types.is_large_binary(column.type)
    ]
    plain = [name for name in columns if name not in nested]
    labels = [name for name in plain if names.says_labels(name)] or plain
    images = [name for name in nested if names.says_images(name)] or nested
    return (labels[0] if labels else None), (images[0] if images else None)


def _as_rows(table: Any) -> Rows:
    columns = list(table.column_names)
    if len(columns) > MAX_COLUMNS:
        raise DigitLabError(
            f"The table has {len(columns):,} columns and at most {MAX_COLUMNS:,} are read:"
            " save smaller images."
        )
    numbers = np.full((table.num_rows, len(columns)), np.nan, np.float32)
    words = {}
    for place in range(len(columns)):
        values = table.column(place).to_numpy()
        if values.dtype.kind in "biuf":
            numbers[:, place] = values
        else:
            words[place] = [str(value) for value in values]
    return Rows(columns, numbers, words)


def _images(cells: list, title: str) -> np.ndarray:
    if not cells:
        raise DigitLabError(f"{title} holds no images: save one row for each.")
    if isinstance(cells[0], dict):  # as Hugging Face saves them: the file and its path
        cells = [cell.get("bytes") if isinstance(cell, dict) else None for cell in cells]
    if isinstance(cells[0], bytes):
        return grey_pictures(cells, title)
    if not isinstance(cells[0], list):
        raise DigitLabError(
            f"{title} has no images in its column of images: save pixels, or PNG files."
        )
    return np.array(cells)
