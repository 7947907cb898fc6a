"""The one exception that people are meant to read."""


class DigitLabError(Exception):
    """A fault explained in one sentence: what was wrong, what was expected, what to do next.

    Pages and the command line show the message as it stands; anything else that is raised is
    a bug of ours and belongs in a log.
    """
