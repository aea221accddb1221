"""Windows of a client: so many queries in a row. Of all windows of the busiest only some are looked at.

The first two of each client always are, then one in `OFTEN`, by the hash of the client, the window and the seed.
"""

from __future__ import annotations

import numpy as np

from casemate.evidence.monitor.batch import Bools, Ints, Words64, mix64

OFTEN = 16  # after two windows, one in so many is traced


def chosen(
    traced: Bools, keys: Words64, which: Ints, before: Ints, size: int, seed: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Rows of traced clients whose windows are traced, by client and in order; by window: how many rows it has here,
    its client (a place among the keys) and its number.

    traced, keys, before: of each client, shape (k,): whether it is traced, its hash, queries before these. which: the
    client of each row, shape (n,). Which windows are traced depends on the seed, which who is watched does not know.
    """
    order = np.flatnonzero(traced[which])
    few = which[order].astype(np.uint16) if keys.size <= 1 << 16 else which[order]  # short ones sort in linear time
    order = order[np.argsort(few, kind="stable")]
    many = np.bincount(which[order], minlength=keys.size)
    client, number, start, end = _windows(size, before, many)
    lot = mix64(keys[client] ^ mix64(number.astype(np.uint64) + np.uint64(seed % 2**63)))
    kept = (number < 2) | (lot % np.uint64(OFTEN) == 0)
    sizes = (end - start)[kept]
    places = np.arange(sizes.sum()) + np.repeat(start[kept] - (np.cumsum(sizes) - sizes), sizes)
    return order[places], sizes, client[kept], number[kept]


def _windows(size: int, before: Ints, many: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Rows that stand by client, `many` of each with so many `before`, cut into windows: client, number, begin, end."""
    first, within = np.cumsum(many) - many, before % size
    parts = np.where(many > 0, -(-(within + many) // size), 0)
    client = np.repeat(np.arange(many.size), parts)
    turn = np.arange(client.size) - np.repeat(np.cumsum(parts) - parts, parts)
    begin = np.maximum(turn * size - within[client], 0)
    end = np.minimum((turn + 1) * size - within[client], many[client])
    return client, before[client] // size + turn, first[client] + begin, first[client] + end
