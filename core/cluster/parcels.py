"""Parcels: data, corrections and models that runs need, sent once and known by their SHA-256.

``data`` is a data set that a person has brought, or MNIST where a machine asks for it, as an
``.npz`` of four arrays; ``model`` is one of a person's own that the run starts from, see
`own_model`; ``strokes-0`` is the first file of strokes; the other kinds are files that the launcher
puts into a run's folder.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from core import data, registry
from core.cluster import own_model
from core.cluster.connection import Connection
from core.cluster.pieces import MOST_BYTES
from core.config import TrainConfig
from core.data import stroke_files
from core.errors import DigitLabError
from core.runs import own_digits, playback

DATA, MODEL = "data", "model"
STROKES = "strokes-{}"  # with the file's place in the configuration, from 0
FILES = (own_digits.FILE, playback.DRAWING)  # of the run's folder
MNIST = "mnist"


def gather(config: TrainConfig, folder: Path) -> dict[str, bytes]:
    """Return what a run needs besides its configuration, by kind.

    Raises
    ------
    DigitLabError
        Its data, strokes or model cannot be read, or are too large to be sent.
    """
    found = {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
    if config.data not in (MNIST, "sample"):
        found[DATA] = packed(config.data)
    if config.start_from and config.start_from not in registry.SHIPPED:
        found[MODEL] = own_model.pack(config.start_from)
    for place, source in enumerate(config.strokes):
        file = stroke_files.find(source)
        if config.drawn_digits and file:
            stroke_files.load(file)  # Refused here, rather than on the machine.
            found[STROKES.format(place)] = file.read_bytes()
    return found


def packed(source: str) -> bytes:
    """Return a data set as the content of an ``.npz`` of its four arrays.

    Raises
    ------
    DigitLabError
        It cannot be read, or is too large to be sent.
    """
    digits = data.load(source)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        x_train=digits.x_train,
        y_train=digits.y_train,
        x_test=digits.x_test,
        y_test=digits.y_test,
    )
    if file.tell() > MOST_BYTES:
        raise DigitLabError(
            f"These data take {file.tell() // 10**6} MB, and at most {MOST_BYTES // 10**6} can be "
            "sent to other machines: train on this machine."
        )
    return file.getvalue()


def digest(content: bytes) -> str:
    """Return the name of a parcel."""
    return hashlib.sha256(content).hexdigest()


def send(connection: Connection, content: bytes, name: str = "") -> str:
    """Store a parcel, if it is not there already; return its name."""
    name = name or digest(content)
    known = connection.execute("UPDATE parcel SET used = now() WHERE digest = %s", [name])
    if not known.rowcount:
        connection.execute(
            "INSERT INTO parcel (digest, content) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [name, content],
        )
    return name


def fetch(connection: Connection, name: str) -> bytes | None:
    """Return a parcel; ``None`` if it is not there, or too large."""
    row = connection.execute(
        "SELECT content FROM parcel WHERE digest = %s AND length(content) <= %s",
        [name, MOST_BYTES],
    ).fetchone()
    return None if row is None else bytes(row["content"])


def checked(connection: Connection, name: str) -> bytes:
    """Return a parcel whose content has the digest that is its name.

    Raises
    ------
    DigitLabError
        It is not there, or has another content.
    """
    content = fetch(connection, name)
    if content is None or digest(content) != name:
        raise DigitLabError("What this run needs did not come along: start it again at home.")
    return content
