"""Steps of a search on scores, for all rows at once: a random block of dimensions, or the best of single features.

Both keep within epsilon. A step takes points (m, dimensions) and what they are worth (m,), less is better, and gives
better ones or the same. Features are units: a number, a word, or the columns of a one-hot group together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Space
from casemate.evidence.redteam.attack import Case
from casemate.evidence.redteam.evasion import Hunt, Index, blocks, distance, scale, within

Judge = Callable[[Hunt, Index, Array], Array]
"""What points of shape (m, k, dimensions) are worth, shape (m, k)."""
SHARE = 0.8
"""Share of the dimensions in the first blocks: p of the square attack's linf search, section 4.3."""
HALVED = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Where in the search the blocks become half as large: the paper's schedule of 10,000 queries, as shares."""
PROPOSALS = 2
"""For each feature: one value above and one below, or two words."""
UNITS = 64
"""Features that one greedy step tries, drawn at random where there are more."""


def margins_of(hunt: Hunt, which: Index, points: Array) -> Array:
    """Towards another label."""
    return hunt.ask(which, points).margins


def distances_of(hunt: Hunt, which: Index, points: Array) -> Array:
    """Towards the origin, as long as the model is fooled."""
    fooled = hunt.ask(which, points).fooled
    far = distance(hunt.case, points, hunt.prey.points[which][:, None], hunt.case.limits.norm)
    return np.where(fooled, far, np.inf)


def block_step(hunt: Hunt, which: Index, at: Array, value: Array, t: int, queries: int) -> tuple[Array, Array]:
    """The t-th of so many queries: move a block to corners of the box around the origin.

    In l2 that is far outside the ball and shrinks everything else, so every other query moves it a little instead.
    """
    case, origin = hunt.case, hunt.prey.points[which]
    part = 1.0 if t == 0 else SHARE * 0.5 ** sum(t >= h * queries for h in HALVED)
    block = _block(case, len(which), part)
    sign = case.rng.choice([-1.0, 1.0], at.shape)
    if case.limits.norm == "linf":
        single = block.sum(axis=1, keepdims=True) == 1
        sign = np.where(single & (at != origin), -np.sign(at - origin), sign)  # else it would often stay where it is
    reach = case.limits.epsilon / scale(case)
    little = case.limits.norm == "l2" and t % 2 == 1
    corner = at + sign * reach * part if little else origin + sign * reach
    new = within(case, np.where(block, corner, at), origin)
    found = margins_of(hunt, which, new[:, None])[:, 0]
    better = found < value
    return np.where(better[:, None], new, at), np.where(better, found, value)


def _block(case: Case, n: int, part: float) -> NDArray[np.bool_]:
    """A random part of the free dimensions for each of n rows, at least one, shape (n, dimensions)."""
    free = case.space.free
    size = max(1, round(part * int(free.sum())))
    rank = np.argsort(np.argsort(case.rng.random((n, len(free))) + ~free, axis=1), axis=1)
    return np.asarray((rank < size) & free)


def units(space: Space) -> NDArray[np.intp]:
    """Which unit each dimension belongs to, shape (dimensions,)."""
    names: dict[object, int] = {}
    out = []
    for i, f in enumerate(space.features):
        place = names.setdefault(("group", f.group) if f.group is not None else i, len(names))
        out += [place] * f.dimensions
    return np.array(out, dtype=np.intp)


def wordy(space: Space) -> NDArray[np.bool_]:
    """The dimensions of words and one-hot groups, shape (dimensions,)."""
    return np.array(
        [f.kind == "categorical" or f.group is not None for f in space.features for _ in range(f.dimensions)],
        dtype=bool,
    )


def proposed(case: Case, at: Array, pool: Array, t: int) -> Array:
    """A value above and one below for every feature, shape (m, 2, dimensions): in turns the ends and those of the pool.

    Values beyond epsilon become its ends later.
    """
    shape = (len(at), PROPOSALS, at.shape[1])
    drawn = pool[case.rng.integers(0, len(pool), shape[:2])] if len(pool) else case.rng.random(shape)
    ends = np.array([1.0, 0.0])[:, None]
    beyond = np.stack([drawn[:, 0] > at, drawn[:, 1] < at], axis=1)
    numbers = np.where(beyond & (t % 2 == 1), drawn, ends)
    return np.where(wordy(case.space), drawn, numbers)


def parts(hunt: Hunt, which: Index) -> list[Index]:
    """Rows that may take a greedy step together: each holds dimensions x units x proposals numbers."""
    wide = PROPOSALS * UNITS * hunt.case.space.dimensions
    return [which[part] for part in blocks(len(which), wide)]


def cost(proposals: int, chosen: int) -> int:
    """Queries of a greedy step for each row."""
    return proposals * chosen + len(_sizes(chosen))


def affordable(hunt: Hunt, proposals: int, left: int) -> Index:
    """The units that a greedy step may try with so many queries left: all, or a random part; none if it is too few."""
    case = hunt.case
    every = np.unique(units(case.space)[case.space.free])
    most = min(len(every), UNITS)
    while most and cost(proposals, most) > left:
        most -= 1
    return every if most == len(every) else np.sort(case.rng.choice(every, most, replace=False))


def _sizes(chosen: int) -> list[int]:
    return [2**i for i in range(1, chosen.bit_length()) if 2**i < chosen] + [chosen] * (chosen > 1)


def greedy_step(
    hunt: Hunt, which: Index, at: Array, value: Array, proposals: Array, chosen: Index, judge: Judge
) -> tuple[Array, Array]:
    """Try what is proposed (m, p, dimensions) for each unit alone, then for the best 2, 4, 8, ... of them together."""
    case, unit = hunt.case, units(hunt.case.space)
    m, p, d = proposals.shape
    origin = hunt.prey.points[which][:, None]
    alone = np.where(unit == chosen[:, None], proposals[:, :, None], at[:, None, None])
    alone = within(case, alone.reshape(m, -1, d), origin)
    worth = judge(hunt, which, alone).reshape(m, p, len(chosen))
    which_of, best = worth.argmin(axis=1), worth.min(axis=1)
    rank = np.argsort(np.argsort(best, axis=1, kind="stable"), axis=1)
    rank = np.where(best < value[:, None], rank, len(chosen))
    place = np.searchsorted(chosen, unit).clip(max=len(chosen) - 1)
    new = np.take_along_axis(proposals, which_of[:, place][:, None], axis=1)[:, 0]
    turn = np.where(chosen[place] == unit, rank[:, place], len(chosen))
    sizes = np.array(_sizes(len(chosen)), dtype=np.intp)
    together = within(case, np.where(turn[:, None] < sizes[:, None], new[:, None], at[:, None]), origin)
    points = np.concatenate([at[:, None], alone, together], axis=1)
    found = [value[:, None], worth.reshape(m, -1)]
    if len(sizes):
        found.append(judge(hunt, which, together))
    every = np.concatenate(found, axis=1)
    first = every.argmin(axis=1)
    return points[np.arange(m), first], every[np.arange(m), first]
