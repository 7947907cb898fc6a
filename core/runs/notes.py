"""The notes on a run: its name, free text, tags, group, and whether it is a favourite.

``notes.json`` in the run's folder is replaced whole by each change, one after the other. It decides
nothing about the run and never prevents reading one: if missing, damaged or too large, it reads as
empty.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core import paths
from core.disk.atomic import read_record, write_record
from core.errors import DigitLabError
from core.runs import contract, store

FILE = "notes.json"
MOST_TAGS = 12
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG = 60, 4000, 24  # characters
_MAX_BYTES = 64_000


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_one_line)]
Tag = Annotated[Line, Field(min_length=1, max_length=LONGEST_TAG, pattern="^[^,]+$")]


class Notes(BaseModel):
    """People's notes on one run.

    Attributes
    ----------
    name : str
        Name shown instead of the recipe's; empty for none.
    note : str
        Free text.
    tags : tuple of str
        Without commas or duplicates, in alphabetical order.
    favourite : bool
    group : str
        Shared by runs that repeat one another with other seeds; empty for none.
    sweep : str
        Name of the sweep that the run is a try of; empty for none.
    imported : str
        The day (ISO 8601) on which the run was imported; empty if it was trained here.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Line = Field("", max_length=LONGEST_NAME)
    note: str = Field("", max_length=LONGEST_NOTE)
    tags: tuple[Tag, ...] = Field((), max_length=MOST_TAGS)
    favourite: bool = False
    group: Line = Field("", max_length=100)
    sweep: Line = Field("", max_length=40)
    imported: Line = Field("", max_length=40)


def read(folder: Path) -> Notes:
    """Return the notes on the run in this folder; empty if they cannot be read."""
    path = folder / FILE
    try:
        return _notes_of(path, paths.version(path))
    except (OSError, DigitLabError):
        return Notes()


@lru_cache(maxsize=8192)
def _notes_of(path: Path, version: paths.Version) -> Notes:
    return parse(read_record(path, _MAX_BYTES))


def parse(content: bytes) -> Notes:
    """Parse the content of a file of notes; raises DigitLabError if it is invalid."""
    try:
        return Notes.model_validate_json(content)
    except ValidationError:
        raise DigitLabError(f"The run's {FILE} is damaged: leave it out.") from None


def write(folder: Path, notes: Notes) -> None:
    """Replace the notes on the run in this folder."""
    write_record(folder / FILE, notes.model_dump_json(), "The change", make=False)


def title(run: contract.Run, said: Notes | None = None) -> str:
    """Return the title of a run: its name, else its recipe, else its folder's name.

    A recipe says that it is fine-tuned, if it is: the run trains a copy of a finished model.

    Parameters
    ----------
    run : contract.Run
    said : Notes, optional
        Its notes, if they are at hand.
    """
    name = (said or read(run.folder)).name
    if name or run.config is None:
        return name or run.id
    config = run.config
    fine_tuned = config.start_from and config.own_digits
    return f"{config.recipe}, fine-tuned on your digits" if fine_tuned else config.recipe


def change(run_id: str, **changes: Any) -> Notes:
    """Change some of the notes on a run.

    Parameters
    ----------
    run_id : str
    **changes
        Fields of `Notes`.

    Raises
    ------
    DigitLabError
        There is no such run, a value is too long or not text, or the file cannot be written.
    """
    if "tags" in changes:
        changes["tags"] = sorted({_one_line(tag) for tag in changes["tags"]} - {""})
    try:
        # If two people make changes at once, neither loses the other's.
        with store.changing("The change"):
            run = store.read(run_id)
            notes = Notes.model_validate({**read(run.folder).model_dump(), **changes})
            write(run.folder, notes)
    except ValidationError as fault:
        raise DigitLabError(_explain(fault)) from None
    return notes


def _explain(fault: ValidationError) -> str:
    allowed = {
        "name": f"A run's name has at most {LONGEST_NAME} characters",
        "note": f"A note has at most {LONGEST_NOTE:,} characters",
        "tags": f"A run has at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters each, "
        "without commas",
    }
    error = fault.errors()[0]
    field = str(error["loc"][0])
    if error["type"] == "string_unicode":
        return f"A character in the {field} cannot be kept as text: leave it out and save again."
    return f"{allowed.get(field, f'{field} cannot be that')}: shorten it and save again."
