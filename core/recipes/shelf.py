"""`Shelf`: a folder of small files that people save under names of their own, one a file.

The book of recipes and that of search spaces are such. Unreadable files are reported and left
alone, and do not affect the others.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from core import names
from core.disk.atomic import keeping, write_record
from core.errors import DigitLabError

Kept = TypeVar("Kept")
MOST = 100


@dataclass(frozen=True)
class Shelf(Generic[Kept]):
    """What people have saved under names.

    Attributes
    ----------
    what : str
        What each is, in a word or two, such as "recipe".
    folder : callable
        Returns the folder, which need not exist.
    read : callable
        Returns what a file holds, from its content and its name; raises DigitLabError.
    shipped : container of str
        Names that nobody may take.
    """

    what: str
    folder: Callable[[], Path]
    read: Callable[[bytes, str], Kept]
    shipped: Container[str] = ()

    def read_all(self) -> tuple[dict[str, Kept], list[str]]:
        """Return all that can be read, by name, sorted; and a sentence for each fault."""
        kept: dict[str, Kept] = {}
        faults = []
        for path in sorted(self.folder().glob("[!.]*.json"))[:MOST]:
            try:
                self.check_name(path.stem)
                kept[path.stem] = self.read(path.read_bytes(), path.name)
            except (OSError, DigitLabError) as fault:
                faults.append(str(fault))
        return kept, faults

    def save(self, name: str, content: str) -> None:
        """Save a file's content under a name; replaces what the user has saved under it.

        Raises
        ------
        DigitLabError
            The name is invalid or taken, there are `MOST` already, or it cannot be written.
        """
        self.check_name(name)
        if name in self.shipped:
            raise DigitLabError(
                f"'{name}' is a {self.what} that comes with Digit Lab: choose another name."
            )
        folder, called = self.folder(), f"The {self.what}"
        with keeping(called, folder):
            path = folder / f"{name}.json"
            if not path.exists() and len(list(folder.glob("[!.]*.json"))) >= MOST:
                raise DigitLabError(f"You already have {MOST} {self.what}s: delete one first.")
            write_record(path, content, called)

    def remove(self, name: str) -> None:
        """Delete what was saved under a name; does nothing if it is already gone.

        Raises
        ------
        DigitLabError
            The operating system refuses.
        """
        if not names.is_name(name):
            return
        path = self.folder() / f"{name}.json"
        try:
            path.unlink(missing_ok=True)
        except OSError as fault:
            raise DigitLabError(
                f"The {self.what} cannot be deleted ({fault.strerror or fault}): delete '{path}' "
                "yourself."
            ) from fault

    def check_name(self, name: str) -> None:
        """Refuse a name that is none: at most 40 lower-case letters, digits and hyphens."""
        names.check(name, self.what)
