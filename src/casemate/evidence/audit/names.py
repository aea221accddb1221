"""Names that look like those of well-known packages: one letter apart, parts swapped, or a name people wrongly write.

A real name is never one of them, however near to another it is. Names of fewer than five letters are too near to too
many others to say anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from casemate.evidence.audit.versions import normal

NAMES = Path(__file__).parent / "names.txt"
SHORTEST = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
AFFIXES = ("python", "py", "lib")


@cache
def real() -> frozenset[str]:
    """The names of real packages."""
    lines = [line for line in _lines() if "->" not in line]
    return frozenset(normal(name) for line in lines for name in line.split())


@cache
def aliases() -> dict[str, str]:
    """A name that people write -> the package that they mean."""
    pairs = [line.split("->") for line in _lines() if "->" in line]
    return {normal(wrong.strip()): normal(right.strip()) for wrong, right in pairs}


def _lines() -> list[str]:
    return [x for x in NAMES.read_text(encoding="utf-8").splitlines() if x.strip() and not x.startswith("#")]


@cache
def _squeezed() -> dict[str, str]:
    """Real names with their parts in alphabetical order and nothing between them."""
    return {_parts(name): name for name in sorted(real(), reverse=True) if len(name) >= SHORTEST}


def _parts(name: str) -> str:
    return "".join(sorted(name.split("-")))


def looks_like(name: str) -> tuple[str, str] | None:
    """(the real package, why it looks like it); None for a real name and for one that is like none."""
    name = normal(name)
    if name in real() or len(name) > 80:
        return None
    if name in aliases():
        return aliases()[name], "people write it for that package"
    if len(name) < SHORTEST:
        return None
    for plain in _bare(name):
        if len(plain) >= SHORTEST and plain in real():
            return plain, "it is that name with a word before or behind it"
    if _parts(name) in _squeezed():
        return _squeezed()[_parts(name)], "its parts are the same in another order or form"
    near = sorted(n for n in set(_near(name)) & real() if len(n) >= SHORTEST)
    return (near[0], "it is one letter from that name") if near else None


def _bare(name: str) -> Iterator[str]:
    for word in AFFIXES:
        yield from (name.removeprefix(f"{word}-"), name.removesuffix(f"-{word}"))


def _near(name: str) -> Iterator[str]:
    """All names that one letter more, less, changed or swapped with the next makes."""
    for i in range(len(name) + 1):
        head, tail = name[:i], name[i:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]
