"""Wildcards `*` and `?`, by an automaton whose states are the bits of a number: linear, whatever the pattern.

No regular expression is ever made from what a stranger wrote. A pattern longer than LONGEST fits anything: it is for
the caller to say that it is too long.
"""

from __future__ import annotations

from functools import lru_cache

LONGEST = 2048  # characters; the longest ARN that AWS takes


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> tuple[dict[str, int], int, int, int]:
    """Bits of the positions by character, of `?`, of `*`, and of the end."""
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    chars: dict[str, int] = {}
    for i, c in enumerate(pattern):
        chars[c] = chars.get(c, 0) | 1 << i
    return chars, chars.pop("?", 0), chars.pop("*", 0), 1 << len(pattern)


def _after(pattern: str, text: str, literal: bool) -> tuple[int, int]:
    """States after the text, and the state of the end. literal: wildcards in the text are letters to the pattern."""
    chars, one, many, end = _compiled(pattern)
    states = 1 | (1 & many) << 1
    for c in text:
        if not literal and c == "*":
            states &= many  # only a `*` takes whatever a `*` may stand for
        else:
            step = one if not literal and c == "?" else chars.get(c, 0) | one
            states = (states & step) << 1 | (states & many)
        states |= (states & many) << 1
        if not states:
            break
    return states, end


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits."""
    if len(pattern) > LONGEST:
        return True
    states, end = _after(pattern, text, literal=True)
    return bool(states & end)


def covers(pattern: str, other: str) -> bool:
    """Whether everything that the other pattern fits surely fits this one. False when in doubt."""
    if len(pattern) > LONGEST:
        return False
    states, end = _after(pattern, other, literal=False)
    return bool(states & end)


def overlaps(pattern: str, other: str) -> bool:
    """Whether some text fits both. other: a text, or a text with one `*` at its end. True when in doubt."""
    if not other.endswith("*"):
        return matches(pattern, other)
    if len(pattern) > LONGEST:
        return True
    return bool(_after(pattern, other[:-1], literal=True)[0])
