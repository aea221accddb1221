"""Three-valued logic (Kleene 1952, strong): True, False, and None for "nobody knows".

Throughout Casemate `None` means unknown, never "no". Learning a fact can turn None into True or False, never True
into False: every function here is monotone in that sense, and so is whatever is built from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Tri: TypeAlias = "bool | None"


def both(values: Iterable[Tri]) -> Tri:
    """True when all are; False as soon as one is False."""
    out: Tri = True
    for v in values:
        if v is False:
            return False
        if v is None:
            out = None
    return out


def either(values: Iterable[Tri]) -> Tri:
    """True as soon as one is True; False when all are False."""
    out: Tri = False
    for v in values:
        if v:
            return True
        if v is None:
            out = None
    return out


def negate(value: Tri) -> Tri:
    """Not; unknown stays unknown."""
    return None if value is None else not value
