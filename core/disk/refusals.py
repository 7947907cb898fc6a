"""Refusals of the operating system: what to do about one, from its number.

Whoever writes a file says what could not be written; `advice` says the rest of the sentence.
"""

import errno

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_IN_THE_WAY = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY)


def reason(fault: OSError) -> str:
    """Return the system's own words for a fault."""
    return fault.strerror or str(fault)


def is_full(fault: BaseException) -> bool:
    """Return whether a fault, or what it was raised from, is a disk without space for its user."""
    found = (fault, fault.__cause__)
    return any(isinstance(one, OSError) and one.errno in _FULL for one in found)


def advice(fault: OSError, elsewhere: str = "choose another folder") -> str:
    """Return what helps against a fault, as the second half of a sentence.

    Parameters
    ----------
    fault : OSError
    elsewhere : str
        How to write to another folder, as an order.

    Examples
    --------
    >>> advice(OSError(errno.ENOSPC, "No space left on device"))
    'make room there, or choose another folder'
    >>> advice(OSError(errno.EROFS, "Read-only file system"))
    'choose another folder on a disk that can be written'
    """
    if is_full(fault):
        return f"make room there, or {elsewhere}"
    if fault.errno == errno.EROFS:
        return f"{elsewhere} on a disk that can be written"
    if fault.errno in (errno.EACCES, errno.EPERM):
        return f"allow yourself to write there, or {elsewhere}"
    if fault.errno in _IN_THE_WAY:
        return f"move away what has its name there, or {elsewhere}"
    if fault.errno == errno.ENOENT:
        return "it was deleted or moved meanwhile, reload the page or look again"
    if fault.errno == errno.ETIMEDOUT:
        return "wait until that is done, and try again"
    return f"see that the folder can be written, or {elsewhere}, and try again"
