"""Every client gets so many answers; the same row again hears what it heard before and uses up nothing."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from casemate.core.space import Array
from casemate.guards._guard import About, Guard, Lock, Mask

V = TypeVar("V")
REPEATS = 10
"""How many rows a client may ask in all, in quotas: the model works for those that are asked again as well."""


class Quota(Guard):
    """Refuses what a client asks beyond its quota of different rows, and answers repeats from memory.

    Whoever asks a row that is remembered hears the remembered answer, so that noise which stands behind the quota
    cannot be averaged by repeats, neither in one call, nor over calls, windows or accounts. A row beside it is another
    row. Memory is bounded: of clients, payments and answers those longest unseen are forgotten, a payment for an answer
    is made again then, and whoever can pay for `rows` other rows in between hears a new answer.

    The window is whatever the caller makes of `renew`: nothing here reads a clock.
    """

    about = About(
        control="query-quota",
        against=("evasion", "membership", "attribute", "inversion", "extraction"),
        adaptive=("accounts", "crowd"),
        why="splits the queries over more accounts, and where noise stands behind asks about rows beside the one",
    )

    def __init__(self, quota: int = 1000, clients: int = 1_000_000, rows: int = 100_000) -> None:
        if quota < 1 or clients < 1 or rows < 1:
            raise ValueError(f"quota, clients and rows must be at least 1, not {quota}, {clients} and {rows}")
        self.quota, self.clients, self.rows = int(quota), int(clients), int(rows)
        self.asked: OrderedDict[bytes, tuple[int, int]] = OrderedDict()
        """By client: different rows, and all rows."""
        self.paid: OrderedDict[bytes, None] = OrderedDict()
        """Which client paid for which row in this window."""
        self.heard: OrderedDict[bytes, Array] = OrderedDict()
        self.lock = Lock()

    def learn(self, rows: Array) -> None:
        """Another model stands behind: its answers are new."""
        with self.lock:
            self.heard.clear()

    def admit(self, rows: Array, client: str) -> tuple[Array, Mask]:
        """Rows as they are; those beyond the client's quota are refused, in their order."""
        who = _digest(client.encode("utf-8", "surrogatepass"))
        with self.lock:
            new, every = self.asked.pop(who, (0, 0))
            refused = np.zeros(len(rows), dtype=bool)
            for i, key in enumerate(_keys(rows)):
                paid = who + key in self.paid
                refused[i] = every >= REPEATS * self.quota or (new >= self.quota and not paid)
                if not refused[i]:
                    new, every = new + (not paid), every + 1
                    _put(self.paid, who + key, None, self.rows)
            _put(self.asked, who, (new, every), self.clients)
        return rows, refused

    def answer(self, rows: Array, scores: Array) -> Array:
        """What each row heard first, as long as that is remembered."""
        out = np.array(scores, dtype=np.float64)
        first: dict[bytes, Array] = {}
        with self.lock:
            for i, key in enumerate(_keys(rows)):
                known = first.get(key, self.heard.get(key))
                if known is not None and known.shape == out[i].shape:
                    out[i] = known
                first[key] = out[i].copy()
                _put(self.heard, key, first[key], self.rows)
        return out

    def renew(self) -> None:
        """A new window begins: everybody may ask again. Answers stay in memory."""
        with self.lock:
            self.asked.clear()
            self.paid.clear()


def _put(memory: OrderedDict[bytes, V], key: bytes, value: V, most: int) -> None:
    """Remember as the newest, forget the oldest."""
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > most:
        memory.popitem(last=False)


def _keys(rows: Array) -> Iterator[bytes]:
    """What tells rows apart: 0 and -0 are one number, and what is missing is missing."""
    same = np.where(np.isnan(rows), np.nan, rows + 0.0)
    return (_digest(r.tobytes()) for r in same)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=20).digest()


GUARD = Quota
