"""Names that people give to models, recipes, search spaces and sweeps.

A file or folder has the same name on every system.
"""

import re

from core.errors import DigitLabError

LONGEST = 40  # characters
PATTERN = rf"[a-z0-9][a-z0-9-]{{0,{LONGEST - 1}}}"


def is_name(text: str) -> bool:
    """Return whether a text is a name: at most 40 lower-case letters, digits and hyphens.

    Examples
    --------
    >>> is_name("cnn-2"), is_name("CNN"), is_name("-2")
    (True, False, False)
    """
    return re.fullmatch(PATTERN, text) is not None


def check(text: str, what: str) -> None:
    """Refuse what is no name; ``what`` says of what it would be, such as "recipe".

    Raises
    ------
    DigitLabError
        It is none.
    """
    if not is_name(text):
        raise DigitLabError(
            f"'{text}' cannot be a {what}'s name: use at most {LONGEST} lower-case letters, digits "
            "and hyphens."
        )
