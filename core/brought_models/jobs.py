"""Jobs that keep a model from elsewhere, for the app: ``python -m core add`` beside it.

The uploaded file lies in a folder of its own meanwhile, under its own name, which is on the card
and in refusals.
"""

import hashlib
import re
import shutil

from core import own_models, paths
from core.background import Jobs, command_line
from core.data.files import plain
from core.disk import tidy
from core.disk.atomic import keeping

_TITLE = "The look at the model"
_NO_NAME = re.compile(r"[^a-z0-9]+")
_SHORT = 30  # characters of a file's name in a model's


def suggested_name(file: str) -> str:
    """Return a free name for the model in an uploaded file.

    Examples
    --------
    >>> suggested_name("Last week's CNN.keras")
    'last-week-s-cnn'
    """
    stem = _NO_NAME.sub("-", file.rpartition(".")[0].lower() or file.lower()).strip("-")
    return own_models.free_name(stem[:_SHORT].strip("-") or "my-model")


def start(jobs: Jobs, file: str, content: bytes, name: str) -> str:
    """Start to keep an uploaded file as a model of this name.

    Parameters
    ----------
    jobs : Jobs
        The queue in which it waits for its turn. Once the job is done there, the model is among
        the others.
    file : str
        Its name on the visitor's machine.
    content : bytes
    name : str
        Of the model.

    Returns
    -------
    str
        The key of the job.

    Raises
    ------
    DigitLabError
        The file cannot be written.
    """
    key = f"{hashlib.sha256(content).hexdigest()[:16]}-{name}"
    folder = paths.uploads_folder() / key
    with keeping("The model", folder):
        (folder / plain(file)).write_bytes(content)
    tidy.keep_newest(folder.parent, folder)  # if an app was ended, its uploads are left

    def work() -> None:
        try:
            command_line(["add", str(folder / plain(file)), name, "--json"], _TITLE)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    jobs.start(key, work, _TITLE)
    return key
