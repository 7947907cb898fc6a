"""The wording of digits and counts, on the pages and in files for people."""


def a_digit(digit: int, mark: str = "") -> str:
    """Write a digit with its article: "a 7", "an 8".

    Parameters
    ----------
    digit : int
        0 to 9.
    mark : str, optional
        Placed on both sides of the digit: ``"**"`` for bold type.

    Examples
    --------
    >>> a_digit(8)
    'an 8'
    """
    return f"{'an' if digit == 8 else 'a'} {mark}{digit}{mark}"


def counted(n: int, what: str) -> str:
    """Write a count with its noun: "1 digit", "1,797 digits", "24 tries".

    Examples
    --------
    >>> counted(1797, "digit")
    '1,797 digits'
    >>> counted(24, "try")
    '24 tries'
    """
    if n == 1:
        return f"1 {what}"
    return f"{n:,} {what[:-1]}ies" if what.endswith("try") else f"{n:,} {what}s"


def counted_are(n: int, what: str) -> str:
    """Write a count with its noun and verb: "1 digit is", "2 digits are".

    Examples
    --------
    >>> counted_are(1, "digit")
    '1 digit is'
    >>> counted_are(1797, "digit")
    '1,797 digits are'
    """
    return f"{counted(n, what)} {'is' if n == 1 else 'are'}"
