"""`DigitLabError`: the one exception whose message people are meant to read."""


class DigitLabError(Exception):
    """A fault explained in one sentence: what was wrong, what was expected, what to do next.

    Pages and the command line show the message unchanged. Any other exception is a bug of ours and
    belongs in a log.
    """
