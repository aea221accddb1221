"""Versions as PEP 440 orders them. What is no such version is None, and then nothing is said about it."""

from __future__ import annotations

from functools import lru_cache

from packaging.utils import canonicalize_name
from packaging.version import Version

LONGEST = 200  # characters; the longest on the public index has some 60


@lru_cache(maxsize=100_000)
def version(text: str) -> Version | None:
    """The version, or None."""
    if len(text) > LONGEST:
        return None
    try:
        return Version(text)
    except ValueError:  # InvalidVersion is one; so is a number of more digits than Python reads
        return None


@lru_cache(maxsize=100_000)
def public(text: str) -> Version | None:
    """The version without its local part.

    `2.0.0+cpu` is the same source as 2.0.0, but PEP 440 orders it behind: `last_affected: 2.0.0` would miss it.
    """
    found = version(text)
    return None if found is None else version(found.public)


def same(a: str, b: str) -> bool:
    """Whether two texts name one version, local parts apart where only one of them has such a part."""
    left, right = version(a), version(b)
    if left is None or right is None:
        return a == b
    if left.local is None or right.local is None:
        return public(a) == public(b)
    return left == right


def normal(name: str) -> str:
    """The one spelling of a package's name: `Scikit_Learn` is `scikit-learn`."""
    return str(canonicalize_name(name))
