"""Pieces: the files of a run on their way between the machine that writes them and its home.

Files that only grow travel by what was added, the others whole whenever they change. Only the files
named here travel, each of a bounded size: what comes from elsewhere may be anything.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core import paths
from core.disk.atomic import write_record
from core.runs import checkpoint_files, contract, playback

MOST_BYTES = 200_000_000  # of a piece; a passport has no more
PASSPORT = "passport"  # of a run that is over; no file of its folder

_STEP = 1_000_000  # bytes of a growing file that are sent at once
# Each with the most bytes that are kept of it.
_GROWING = {contract.METRICS: 20_000_000, playback.WATCH: 20_000_000, contract.LOG: 2_000_000}
_WHOLE = {
    playback.PANEL_IMAGES: 2_000_000,
    contract.LEARNED_BEFORE: 2_000_000,
    contract.PICTURES: 20_000_000,
}
_EPOCH = re.compile(rf"{playback.EPOCHS}/\d{{4}}\.npz")
_CHECKPOINT = re.compile(
    rf"{checkpoint_files.FOLDER}/(epoch|best)-\d{{4}}{re.escape(checkpoint_files.SUFFIX)}"
)
_EVENTS = re.compile(rf"{contract.TENSORBOARD}/events\.out\.tfevents\.[\w.-]{{1,200}}")
_MOST_OF_A_SMALL_FILE = 2_000_000  # of an epoch's predictions, or of the curves for TensorBoard


@dataclass(frozen=True)
class Piece:
    """A file, or what was added to one.

    Attributes
    ----------
    name : str
        Its path in the run's folder, with ``/``.
    start : int
        The position of a growing file's piece in bytes; 0 for a whole file.
    content : bytes
    stamp : int
        Rises with each piece that is written; 0 before.
    """

    name: str
    start: int
    content: bytes
    stamp: int = 0


@dataclass(frozen=True)
class Changes:
    """What has changed in a run's folder.

    Attributes
    ----------
    pieces : tuple of Piece
        Of files that have grown or changed.
    gone : tuple of str
        Files that are there no more.
    versions : dict of str to Version
        Of the whole files among the pieces.
    """

    pieces: tuple[Piece, ...] = ()
    gone: tuple[str, ...] = ()
    versions: dict[str, paths.Version] = field(default_factory=dict)


NOTHING = Changes()


class Outgoing:
    """What has changed in a run's folder since the last change that has arrived.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: dict[str, int] = {}  # bytes of growing files
        self._versions: dict[str, paths.Version] = {}

    def changes(self, *, checkpoints: bool = True) -> Changes:
        """Return what has changed; the same again until it is confirmed.

        Parameters
        ----------
        checkpoints : bool
            Whether to look at those, which are large.
        """
        pieces = [piece for name in _GROWING for piece in self._added(name)]
        versions: dict[str, paths.Version] = {}
        there = [name for name in self._whole() if checkpoints or not _CHECKPOINT.fullmatch(name)]
        for name in there:
            with suppress(OSError):  # Not written yet, or just replaced by the next one.
                version = paths.version(self._folder / name)
                if version != self._versions.get(name) and version[1] <= _most_of(name):
                    pieces.append(Piece(name, 0, (self._folder / name).read_bytes()))
                    versions[name] = version
        known = [name for name in self._versions if checkpoints and _CHECKPOINT.fullmatch(name)]
        return Changes(tuple(pieces), tuple(set(known) - set(there)), versions)

    def everything(self) -> list[Piece]:
        """Return all that has changed, which then counts as arrived."""
        found: list[Piece] = []
        while (changes := self.changes()).pieces:
            self.confirm(changes)
            found += changes.pieces
        return found

    def confirm(self, changes: Changes) -> None:
        """Note that changes have arrived."""
        for piece in changes.pieces:
            if piece.name in _GROWING:
                self._sent[piece.name] = piece.start + len(piece.content)
        self._versions |= changes.versions
        for name in changes.gone:
            self._versions.pop(name, None)

    def _whole(self) -> list[str]:
        inside = [
            f"{folder}/{path.name}"
            for folder in (playback.EPOCHS, checkpoint_files.FOLDER, contract.TENSORBOARD)
            for path in sorted((self._folder / folder).glob("*"))
        ]
        return [*_WHOLE, *(name for name in inside if _most_of(name))]

    def _added(self, name: str) -> list[Piece]:
        start = self._sent.get(name, 0)
        try:
            with (self._folder / name).open("rb") as file:
                file.seek(start)
                content = file.read(min(_STEP, _GROWING[name] - start))
        except OSError:
            return []
        if name != contract.LOG:  # A line is sent whole.
            content = content[: content.rfind(b"\n") + 1]
        return [Piece(name, start, content)] if content else []


def write(folder: Path, pieces: Iterable[Piece], *, checkpoints: bool) -> None:
    """Write pieces into a run's folder; those of other names or sizes, or out of place, are left.

    Parameters
    ----------
    folder : Path
    pieces : iterable of Piece
        In the order of their stamps.
    checkpoints : bool
        Whether checkpoints are wanted there.

    Raises
    ------
    OSError, DigitLabError
        The disk is full, or the folder cannot be written.
    """
    for piece in pieces:
        if not 0 < len(piece.content) <= _most_of(piece.name):
            continue
        path = folder / piece.name
        if piece.name in _GROWING:
            size = path.stat().st_size if path.exists() else 0
            end = min(piece.start + len(piece.content), _GROWING[piece.name])
            if piece.start <= size < end:
                with path.open("ab") as file:
                    file.write(piece.content[size - piece.start : end - piece.start])
        elif checkpoints or not _CHECKPOINT.fullmatch(piece.name):
            write_record(path, piece.content, "The run", durable=False)


def passport_in(pieces: Iterable[Piece]) -> bytes | None:
    """Return the passport among the pieces of a run that is over, if there is one."""
    return next((piece.content for piece in pieces if piece.name == PASSPORT), None)


def _most_of(name: str) -> int:
    """Return the most bytes of a file by its name; 0 for one that does not travel."""
    if _EPOCH.fullmatch(name) or _EVENTS.fullmatch(name):
        return _MOST_OF_A_SMALL_FILE
    if _CHECKPOINT.fullmatch(name):
        return MOST_BYTES
    return {**_GROWING, **_WHOLE}.get(name, 0)
