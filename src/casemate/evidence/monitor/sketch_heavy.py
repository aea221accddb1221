"""Names of the common words that nobody expected, in bounded memory and in whatever order they come.

Two rows of 64 cells; a word falls into one cell of each row by its hash, and a cell counts all its words and, for each
bit of their first 24 bytes and of 32 bits of hash, how many have it set. A word that makes up more than half of a cell
is read off bit by bit, and the hash says whether the reading is right. Every counter is a sum, so merging is addition.
Guarantee: a word below 24 bytes with more than half of the unexpected rows in one of its two cells is named, and none
is named wrongly but with a chance of 2**-32; a longer one, given by its start, needs three quarters of each bit.
Source: Cormode and Muthukrishnan 2005, "What's Hot and What's Not", section 3 (group testing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.batch import Ints, hash64

ROWS, CELLS, NAME = 2, 64, 24
CHECK = 32
_BLOCK = 4096
WIDE = 1 + NAME * 8 + CHECK  # counters of a cell: how many, then one for each bit


@dataclass(frozen=True, slots=True, eq=False)
class Heavy:
    """Counters, int64, shape (ROWS * CELLS, WIDE)."""

    cells: Ints

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Heavy) and np.array_equal(self.cells, other.cells)

    __hash__ = None  # type: ignore[assignment]


NONE = Heavy(np.zeros((ROWS * CELLS, WIDE), np.int64))


def _start(word: str) -> bytes:
    return word.encode("utf-8", "replace")[:NAME].ljust(NAME, b"\0")


def _cells(hashed: int) -> tuple[int, ...]:
    """The cell of each row."""
    return tuple(row * CELLS + (hashed >> (CHECK + 8 * row)) % CELLS for row in range(ROWS))


def _bits(words: list[str], hashed: list[int]) -> Ints:
    """The counters that one occurrence of each word raises, shape (n, WIDE)."""
    raw = b"".join(_start(w) + (h & 0xFFFFFFFF).to_bytes(4, "little") for w, h in zip(words, hashed, strict=True))
    bits = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(len(words), -1), axis=1)
    return np.concatenate((np.ones((len(words), 1), np.int64), bits.astype(np.int64)), axis=1)


def with_words(heavy: Heavy, words: dict[str, int]) -> Heavy:
    """Add words, each so many times."""
    cells = heavy.cells.copy()
    for start in range(0, len(words), _BLOCK):
        some = list(words)[start : start + _BLOCK]
        hashed = [hash64(w) for w in some]
        raised = _bits(some, hashed) * np.array([words[w] for w in some], np.int64)[:, None]
        for row in zip(*(_cells(h) for h in hashed), strict=True):
            order = np.argsort(row, kind="stable")
            cell, first = np.unique(np.array(row)[order], return_index=True)
            cells[cell] += np.add.reduceat(raised[order], first, axis=0)
    return Heavy(cells)


def merged(one: Heavy, other: Heavy) -> Heavy:
    """The sketch of both."""
    return Heavy(one.cells + other.cells)


def named(heavy: Heavy, share: float = 0.0) -> tuple[tuple[str, int], ...]:
    """Words read off and at most how often each occurs, most first; those above `share` of all unexpected rows.

    A word of 24 bytes or more is given by its first 24 and "...".
    """
    total = int(heavy.cells[:CELLS, 0].sum())
    found: dict[str, int] = {}
    for cell in range(ROWS * CELLS):
        many = int(heavy.cells[cell, 0])
        word = _read(heavy.cells[cell], cell) if many else None
        if word is not None:
            found[word] = min(many, found.get(word, many))
    return tuple(sorted(((w, n) for w, n in found.items() if n > share * total), key=lambda f: (-f[1], f[0])))


def _read(counters: Ints, cell: int) -> str | None:
    raw = np.packbits(counters[1:] * 2 > counters[0]).tobytes()
    start, check = raw[:NAME].rstrip(b"\0"), int.from_bytes(raw[NAME:], "little")
    word = start.decode("utf-8", "ignore")
    hashed = hash64(word)
    if hashed & 0xFFFFFFFF == check and cell in _cells(hashed):
        return word
    # A longer word cannot be hashed again: the check bits stand for it, and must at least be nearly unanimous.
    sure = np.abs(counters[1:] * 2 - counters[0]).min() > 0.5 * counters[0]
    return f"{word}..." if len(start) == NAME and sure else None
