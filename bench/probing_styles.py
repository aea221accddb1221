"""Five ways to extract a model through its answers, alone and split over ten accounts, and which the monitor sees.

The victim is the exact posterior of a mixture of Gaussians in 20 correlated features, so no library is needed. Benign
clients ask what the world is like; half of them ask about their own corner of it, over and over with small changes,
which is kind to PRADA. Limits come from a reference log of 60 such clients, the false alarms from 60 others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casemate.evidence.monitor import reference
from casemate.evidence.monitor.batch import Batch, Category, Numeric
from casemate.evidence.monitor.detectors import probing

Floats = npt.NDArray[np.float64]
FEATURES, CLUSTERS = 20, 8
CLIENTS, QUERIES, ATTACKERS = 60, 200, 10
KINDS = ("low confidence", "outside", "distances", "volume")


@dataclass(frozen=True, slots=True)
class World:
    """Middles of clusters (8, 20), how noise is mixed (20, 20), and what people ask (n, 20)."""

    middles: Floats
    mixing: Floats
    pool: Floats

    def confidence(self, rows: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Of the answer, and the answer: clusters belong to two classes in turn."""
        back = np.linalg.inv(self.mixing)
        far = (((rows[:, None] - self.middles[None]) @ back.T) ** 2).sum(axis=2)
        weight = np.exp(-(far - far.min(axis=1, keepdims=True)) / 2)
        share = weight[:, ::2].sum(axis=1) / weight.sum(axis=1)
        return np.maximum(share, 1 - share), (share < 0.5).astype(np.int64)


def world(g: np.random.Generator) -> World:
    middles = g.normal(0, 0.45, (CLUSTERS, FEATURES))
    mixing = 0.8 * np.eye(FEATURES) + 0.15 * g.normal(size=(FEATURES, FEATURES))
    pool = middles[g.integers(CLUSTERS, size=40_000)] + g.normal(size=(40_000, FEATURES)) @ mixing.T
    return World(middles, mixing, pool)


def drawn(w: World, g: np.random.Generator, many: int) -> Floats:
    return np.asarray(w.pool[g.integers(len(w.pool), size=many)], np.float64)


def benign(w: World, g: np.random.Generator) -> Floats:
    if g.random() < 0.5:
        return drawn(w, g, QUERIES)
    near = np.argsort(((w.pool[:8000] - w.pool[g.integers(len(w.pool))]) ** 2).sum(axis=1))[:100]
    corner: Floats = w.pool[g.choice(near, QUERIES)]
    return corner + g.normal(0, 0.02, (QUERIES, FEATURES))


def uniform(w: World, g: np.random.Generator) -> Floats:
    return np.asarray(g.uniform(-3, 3, (QUERIES, FEATURES)) * w.pool.std(axis=0), np.float64)


def growth(w: World, g: np.random.Generator) -> Floats:
    """As PRADA's authors attack: seeds, and steps of fixed size from all that was asked."""
    rows = drawn(w, g, QUERIES // 16)
    while len(rows) < QUERIES:
        rows = np.concatenate((rows, rows + 0.1 * np.sign(g.normal(size=rows.shape))))
    return rows[:QUERIES]


def boundary(w: World, g: np.random.Generator) -> Floats:
    rows = drawn(w, g, 8 * QUERIES)
    return np.asarray(rows[g.permutation(np.argsort(w.confidence(rows)[0])[:QUERIES])], np.float64)


def lines(w: World, g: np.random.Generator) -> Floats:
    ends = w.pool[g.integers(len(w.pool), size=(QUERIES // 12 + 1, 2))]
    steps = np.linspace(0, 1, 12)[:, None]
    return np.concatenate([a + steps * (b - a) for a, b in ends])[:QUERIES]


def in_distribution(w: World, g: np.random.Generator) -> Floats:
    return drawn(w, g, QUERIES)


STYLES: dict[str, Callable[[World, np.random.Generator], Floats]] = {
    "uniform random": uniform,
    "growth from seeds": growth,
    "near the boundary": boundary,
    "lines between points": lines,
    "in distribution": in_distribution,
}


def batch(w: World, rows: Floats, who: list[str], times: npt.NDArray[np.int64]) -> Batch:
    confidence, answer = w.confidence(rows)
    names = tuple(sorted(set(who)))
    codes = np.array([names.index(n) for n in who])
    features = {f"x{i:02}": Numeric(rows[:, i]) for i in range(FEATURES)}
    return Batch(
        times, Category(answer, ("no", "yes")), confidence.astype(np.float32), features, Category(codes, names)
    )


def crowd(w: World, g: np.random.Generator, prefix: str) -> Batch:
    """Benign clients, their queries mixed in time."""
    rows = np.concatenate([benign(w, g) for _ in range(CLIENTS)])
    who = np.repeat(np.arange(CLIENTS), QUERIES)
    mixed = g.permutation(len(rows))
    names = [f"{prefix}-{i:02}" for i in who[mixed].tolist()]
    return batch(w, rows[mixed], names, np.arange(len(rows), dtype=np.int64) * 1_000_000_000)


def found(state: probing.State, w: World, rows: Floats, accounts: int) -> set[str]:
    """The kinds of alarm that an attacker's queries add to a log."""
    who = [f"attacker-{i % accounts:02}" for i in range(len(rows))]
    after = probing.step(state, batch(w, rows, who, np.arange(len(rows), dtype=np.int64) * 60_000_000_000))
    return {a.subject.split(":")[0] for a in probing.alarms(after) if "attacker" in a.subject}


def table(seed: int) -> list[str]:
    """Markdown: share of attackers found, by what; and the benign clients that were accused."""
    g = np.random.default_rng([seed, 7])
    w = world(g)
    below = float(np.quantile(w.confidence(w.pool[:5000])[0], 0.05))
    learnt = reference.learn(crowd(w, g, "known"), below=below, seed=seed)
    limits = reference.limits(learnt)
    if learnt.clients is None or limits is None:
        raise SystemExit("the reference shows too little")
    config = probing.Config(
        learnt.space, learnt.clients.config.outside, below, learnt.clients.config.near, limits=limits
    )
    state = probing.step(probing.begin(config), crowd(w, g, "client"))
    accused = {a.subject.split(": ", 1)[1] for a in probing.alarms(state)}
    out = [f"| style | accounts | any | {' | '.join(KINDS[:3])} |", "| --- " * 6 + "|"]
    for name, style in STYLES.items():
        for accounts in (1, 10):
            hits = [found(state, w, style(w, np.random.default_rng([seed, i])), accounts) for i in range(ATTACKERS)]
            shares = [sum(kind in h for h in hits) / ATTACKERS for kind in KINDS[:3]]
            any_ = sum(bool(h) for h in hits) / ATTACKERS
            out.append(f"| {name} | {accounts} | {any_:.0%} | {' | '.join(f'{s:.0%}' for s in shares)} |")
    out += ["", f"Low is below {below:.3f}, the 5 % quantile. Near is {config.near:.2f} in the space."]
    out.append(f"Benign clients or pools accused: {len(accused)} ({CLIENTS} clients). Limits: {limits}.")
    out.append("Not seen: whatever stands at 0 %. Queries like everybody's show only in their number (`budget`).")
    return out
