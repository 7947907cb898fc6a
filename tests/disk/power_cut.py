"""A power cut, played: what is on the disk at any moment if only flushed writes reached it.

A disk may write a file's content and a folder's names at any time and in any order, unless they are
flushed. So two disks are kept for each moment: one on which nothing arrived that was not flushed,
and one on which every name arrived, but of the contents only what was flushed.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_TORN = b""


class Disk:
    """Watch a folder, which is on the disk as it stands now.

    Attributes
    ----------
    moments : list of (dict, dict)
        After each flush, rename or new folder: what a cut leaves, as content by path; with the
        fewest names that can have arrived, and with the most.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._contents = {self._inode(path): path.read_bytes() for path in self._files()}
        self._names = {self._inode(path): self._listing(path) for path in self._folders()}
        self.moments: list[tuple[dict[str, bytes], dict[str, bytes]]] = []

    @contextmanager
    def watched(self) -> Iterator["Disk"]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("replace", "rename", "mkdir", "unlink"):
                patch.setattr(os, name, self._then_look(getattr(os, name)))
            fsync = os.fsync

            def flush(descriptor: int) -> None:
                fsync(descriptor)
                self._flushed(os.fstat(descriptor))
                self._look()

            patch.setattr(os, "fsync", flush)
            yield self
            self._look()

    def _flushed(self, about: os.stat_result) -> None:
        everything = [self.root, *self.root.rglob("*")]
        for path in everything:
            if self._inode(path) != about.st_ino:
                continue
            if stat.S_ISDIR(about.st_mode):
                self._names[about.st_ino] = self._listing(path)
            else:
                self._contents[about.st_ino] = path.read_bytes()

    def _then_look(self, act: Callable) -> Callable:
        def acting(*arguments, **options):
            result = act(*arguments, **options)
            self._look()
            return result

        return acting

    def _look(self) -> None:
        now = {self._inode(path): self._listing(path) for path in self._folders()}
        fewest = dict(self._walk(self._inode(self.root), "", self._names))
        most = dict(self._walk(self._inode(self.root), "", now))
        self.moments.append((fewest, most))

    def _walk(self, inode: int, place: str, names: dict[int, dict]) -> Iterator[tuple[str, bytes]]:
        for name, (kind, other) in names.get(inode, {}).items():
            if kind == "folder":
                yield from self._walk(other, f"{place}{name}/", names)
            else:
                yield place + name, self._contents.get(other, _TORN)

    def _listing(self, folder: Path) -> dict[str, tuple[str, int]]:
        return {
            path.name: ("folder" if path.is_dir() else "file", self._inode(path))
            for path in folder.iterdir()
        }

    def _files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file()]

    def _folders(self) -> list[Path]:
        return [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]

    @staticmethod
    def _inode(path: Path) -> int:
        try:
            return path.lstat().st_ino
        except OSError:
            return 0
