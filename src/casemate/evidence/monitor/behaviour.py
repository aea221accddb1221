"""What a client or a pool of clients does, in numbers, and what of it is too much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from casemate.evidence.monitor.alarm import rounded
from casemate.evidence.monitor.clients import Tally, most_sure, reaches
from casemate.evidence.monitor.tell import percent

CROWD = 10  # clients that must show a thing, and be half of all, before it is no client's
MOST = "most clients"
ALIKE = {
    "low confidence": "too much low confidence",
    "outside": "too many queries outside the reference",
    "distances": "odd distances between their queries",
}
BAND = 5  # clients that a band of equally small ones must have


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of low confidence and outside, and least normality, that are no cause for alarm; `pool_*` for pools.

    The numbers here are judgement; a reference log with clients gives better ones.
    """

    low: float = 0.3
    outside: float = 0.2
    normal: float = 0.9
    pool_low: float = 0.3
    pool_outside: float = 0.2
    pool_normal: float = 0.85


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A client or a pool: queries, low confidence (hits, of), outside (hits, of), normality, its members.

    normal: None where it is not known. odd: the least normality that chance does not explain, None if there is none.
    """

    name: str
    queries: int
    low: tuple[int, int]
    outside: tuple[int, int]
    normal: float | None
    members: int = 1
    odd: float | None = None


@dataclass(frozen=True, slots=True)
class Excess:
    """One thing that is too much: its kind, value, the limit, and the words for it."""

    kind: str
    value: float
    limit: float
    words: str


def limits_of(alone: Iterable[Behaviour], pooled: Iterable[Behaviour], alpha: float, margin: float) -> Limits:
    """Limits that none of these comes near, but never stricter than 10 % low, 5 % outside and normality .95."""
    out = []
    for group in (list(alone), list(pooled)):
        low, outside = most_sure((b.low for b in group), alpha), most_sure((b.outside for b in group), alpha)
        normal = min([b.normal for b in group if b.normal is not None], default=1.0)
        out += [max(0.1, margin * low), max(0.05, margin * outside), min(0.95, 1 - margin * (1 - normal))]
    return Limits(*(rounded(value) for value in out))


def excesses(one: Behaviour, limits: Limits, alpha: float, budget: int | None) -> Iterator[Excess]:
    """What is too much about a client or a pool."""
    low, outside, normal = limits.low, limits.outside, limits.normal
    if one.members > 1:
        low, outside, normal = limits.pool_low, limits.pool_outside, limits.pool_normal
    if budget is not None and one.queries >= budget:
        yield Excess("volume", one.queries, budget, f"{one.queries} queries; extraction took {budget}")
    if reaches(*one.low, alpha, low):
        yield _share("low confidence", one.low, low, "of the queries have low confidence")
    if reaches(*one.outside, alpha, outside):
        yield _share("outside", one.outside, outside, "of the queries lie outside the reference")
    if one.odd is not None and one.odd <= normal:
        words = f"distances between its queries are not like people's: normality {one.odd:.3f}, limit {normal:.3f}"
        yield Excess("distances", one.odd, normal, words)


def _share(kind: str, hits: tuple[int, int], limit: float, words: str) -> Excess:
    share = hits[0] / hits[1]
    return Excess(kind, share, limit, f"{percent(share)} {words}, limit {percent(limit)}")


def bands(tally: Tally) -> Iterator[Behaviour]:
    """Clients with 1, 2-3, 4-7, ... queries as one, where there are several: many small accounts of one attacker."""
    band = np.floor(np.log2(np.maximum(tally.queries, 1))).astype(np.int64)
    for size in np.unique(band).tolist():
        of = band == size
        if of.sum() >= BAND:
            low = (int(tally.low[of].sum()), int(tally.measured[of].sum()))
            asked = f"{2**size} to {2 ** (size + 1) - 1} queries" if size else "1 query"
            name = f"the {int(of.sum())} clients with {asked}"
            yield Behaviour(name, 0, low, (0, 0), None, int(of.sum()))


def common(found: list[Excess], busy: int) -> dict[str, Excess]:
    """Kinds that half of the busy clients or more show: then no client stands out, and nobody is accused by name."""
    out = {}
    for kind, words in ALIKE.items():
        many = sum(excess.kind == kind for excess in found)
        if many >= CROWD and 2 * many >= busy:
            said = f"{many} of {busy} clients show {words}: the log or the model changed for all of them, "
            out[kind] = Excess(kind, many / busy, 0.5, said + "or one attacker has most accounts")
    return out
