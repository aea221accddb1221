"""Joint drift: do the features hang together as in the reference, though each of them may look the same.

Two views of a bounded sample of each window: the error with which the principal components of the reference rebuild
a row, and how well a logistic regression can tell the window from the reference (area under the curve on the half that
it was not fitted on). Both decide on effect size: the mean error in deviations, and the area above one half, each less
5 standard errors. That is a bound on noise for independent rows (normal approximation), not a guarantee over time.
Not found: changes outside of what 16 random pairs of directions and the components see. Deterministic on one machine;
numbers are rounded to four digits, because linear algebra differs in the last ones between machines.
Sources: reconstruction error as drift: Qahtan et al. 2015, KDD, "A PCA-based change detection framework"; classifier
two-sample test: Lopez-Paz and Oquab 2017, ICLR. Standard error of the area: Mann and Whitney 1947.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.alarm import Alarm, Reading, joined, rounded
from casemate.evidence.monitor.batch import HOUR, NO_TIME, Array, Batch, Floats, take
from casemate.evidence.monitor.sample import Sample, merged, nothing, smallest
from casemate.evidence.monitor.sketch_counts import hours_of
from casemate.evidence.monitor.space import Points, Space, order, points
from casemate.evidence.monitor.tell import when

NAME = "joint drift"
KEPT = 8  # windows whose samples are kept, the newest
SURE = 5.0  # standard errors
EXPLAINED = 0.8  # of the variance, by the components that rebuild a row
DIRECTIONS = 16
LEAST = 200  # rows that a window and the reference must have
_RIDGE, _STEPS, _SETTLED = 1e-2, 8, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Config:
    """The reference as a space and a sample of it (`reference_sample`); what is tolerated of each view."""

    space: Space
    reference: Sample
    rebuilt: float = 0.1
    told_apart: float = 0.02
    hours: int = 24
    most: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.hours < 1 or not LEAST <= self.most <= 100_000 or self.reference.rows.shape[1] != len(self.space.axes):
            raise CasemateError("monitor", "the settings of joint drift do not fit", "sample the reference again")


@dataclass(frozen=True, slots=True)
class State:
    """Samples by window, the newest ones; missing: rows that came without any feature of the space."""

    config: Config
    windows: tuple[tuple[int, Sample], ...] = ()
    missing: int = 0


def sampled(space: Space, batch: Batch, most: int, seed: int, known: Sample | None = None) -> Sample:
    """The rows of a batch with the smallest hashes. known: what they will be merged with: others cannot enter it."""
    keys = order(batch, seed)
    if known is not None and known.keys.size >= most:
        near = np.flatnonzero(keys <= known.keys[most - 1])
        chosen = near[smallest(keys[near], most)]
    else:
        chosen = smallest(keys, most).astype(np.int64)
    part = Sample(keys[chosen], points(space, batch, chosen), batch.time.size)
    return merged(nothing(len(space.axes)), part, most)


def begin(config: Config) -> State:
    """Before the first row."""
    return State(config)


def step(state: State, batch: Batch) -> State:
    """After these rows; their order does not matter."""
    config = state.config
    if not any(axis.name in batch.features for axis in config.space.axes):
        return replace(state, missing=state.missing + batch.time.size)
    kept = dict(state.windows)
    window = hours_of(batch.time) // config.hours
    single = int(window.min()) == int(window.max())
    for name in window[:1].tolist() if single else np.unique(window)[-KEPT:].tolist():
        part = batch if single else take(batch, np.flatnonzero(window == name))
        before = kept.get(name, nothing(len(config.space.axes)))
        kept[name] = merged(before, sampled(config.space, part, config.most, config.seed, before), config.most)
    return replace(state, windows=tuple(sorted(kept.items())[-KEPT:]))


def _halves(rows: Points) -> tuple[Floats, Floats]:
    return rows[::2].astype(np.float64), rows[1::2].astype(np.float64)


def rebuilt(reference: Points, window: Points) -> tuple[float, float]:
    """By how many deviations rows are rebuilt worse (or better) than those of the reference, and the noise of that."""
    fitted, held = _halves(reference)
    middle = fitted.mean(axis=0)
    spread = np.where(fitted.std(axis=0) > 0, fitted.std(axis=0), 1)
    even = (fitted - middle) / spread
    sizes, vectors = np.linalg.eigh(even.T @ even)  # small beside its singular values, and the same axes
    sizes, axes = np.maximum(sizes[::-1], 0), vectors.T[::-1]
    share = np.cumsum(sizes) / max(float(sizes.sum()), 1e-12)
    axes = axes[: max(1, min(int(np.searchsorted(share, EXPLAINED)) + 1, axes.shape[0] - 1))]

    def error(rows: Array) -> Floats:
        z = (rows - middle) / spread
        return np.asarray(np.sqrt(((z - z @ axes.T @ axes) ** 2).sum(axis=1)), np.float64)

    usual, now = error(held), error(window.astype(np.float64))
    deviation = max(float(usual.std()), 1e-9)
    noise = SURE * math.sqrt(1 / usual.size + (float(now.std()) / deviation) ** 2 / now.size)
    return (float(now.mean()) - float(usual.mean())) / deviation, noise


def told_apart(reference: Points, window: Points, seed: int) -> tuple[float, float]:
    """Area under the curve above one half, of a classifier on rows that it was not fitted on, and the noise of that."""
    wide = _widened(np.concatenate((reference, window)).astype(np.float64), seed)
    sides = np.concatenate((np.zeros(len(reference)), np.ones(len(window))))
    fold = np.concatenate((np.arange(len(reference)) % 2, np.arange(len(window)) % 2))
    areas, weights = [], np.zeros(wide.shape[1])
    for part in (0, 1):
        weights = _logistic(wide[fold == part], sides[fold == part], weights)
        areas.append(area(wide[fold != part] @ weights, sides[fold != part] > 0))
    n, m = len(reference), len(window)
    return sum(areas) / 2 - 0.5, SURE * math.sqrt((n + m + 1) / (12 * n * m))


def _widened(rows: Floats, seed: int) -> Floats:
    """Rows, their squares, and products of random directions, standardised, with a constant."""
    draws = np.random.default_rng([seed, rows.shape[1]]).standard_normal((2, rows.shape[1], DIRECTIONS))
    draws /= np.sqrt(rows.shape[1])
    wide = np.concatenate((rows, rows**2, (rows @ draws[0]) * (rows @ draws[1])), axis=1)
    spread = wide.std(axis=0)
    wide = (wide - wide.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.asarray(np.concatenate((wide, np.ones((len(wide), 1))), axis=1), np.float64)


def _logistic(rows: Floats, sides: Floats, weights: Floats) -> Floats:
    """Weights by Newton's method with a ridge, from these on: they converge to the same from anywhere near."""
    ridge = _RIDGE * len(rows) * np.eye(rows.shape[1])
    for _ in range(_STEPS):  # it ends where another step would change no digit that is told
        guess = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (sides - guess) - ridge @ weights
        change = np.linalg.solve((rows * (guess * (1 - guess))[:, None]).T @ rows + ridge, slope)
        weights = weights + change
        if np.abs(change).max() < _SETTLED:
            break
    return weights


def area(scores: Floats, sides: Array) -> float:
    """Area under the curve: the chance that a score of the one side is above one of the other, ties by half."""
    values, place, many = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(many) - (many - 1) / 2)[place]
    one = int(sides.sum())
    other = values[place].size - one
    return (float(ranks[sides].sum()) - one * (one + 1) / 2) / (one * other)


@functools.lru_cache(maxsize=2 * KEPT)  # alarms and readings ask of one sample
def _views(config: Config, sample: Sample) -> list[tuple[str, float, float, float]]:
    """Subject, value, noise and what is tolerated."""
    error, noise = rebuilt(config.reference.rows, sample.rows)
    apart, doubt = told_apart(config.reference.rows, sample.rows, config.seed)
    return [
        ("reconstruction", rounded(error, 4), rounded(noise, 4), config.rebuilt),
        ("classifier", rounded(apart, 4), rounded(doubt, 4), config.told_apart),
    ]


def _usable(state: State) -> list[tuple[int, Sample]]:
    if len(state.config.reference.keys) < LEAST or len(state.config.space.axes) < 2:
        return []
    return [(name, sample) for name, sample in state.windows if len(sample.keys) >= LEAST]


WORDS = {
    "reconstruction": "rows are rebuilt from the reference's components with an error {0:g} deviations off",
    "classifier": "a classifier tells the rows from the reference with an area {0:g} above one half",
}


def alarms(state: State) -> tuple[Alarm, ...]:
    """One for each view and each run of windows in a row in which it is too far; the farthest speaks for it."""
    found: dict[str, list[Alarm]] = {}
    config = state.config
    for name, sample in _usable(state):
        since, at = ((name + i) * config.hours * HOUR if name >= 0 else NO_TIME for i in (0, 1))
        for subject, value, noise, tolerated in _views(config, sample):
            if abs(value) - noise >= tolerated:
                message = f"{WORDS[subject].format(value)} in the window from {when(since)}; {tolerated:g} is tolerated"
                alarm = Alarm(NAME, subject, since, at, value, rounded(tolerated + noise, 4), message)
                joined(found.setdefault(subject, []), alarm)
    return tuple(alarm for run in found.values() for alarm in run)


def readings(state: State) -> tuple[Reading, ...]:
    """The newest window's views, or that it was not measured."""
    usable = _usable(state)
    if not usable:
        message = f"not measured: it takes two features, and {LEAST} rows of the reference and of a window"
        return (Reading(NAME, "features", None, None, 0, state.missing, message),)
    sample = usable[-1][1]
    out = []
    for subject, value, noise, tolerated in _views(state.config, sample):
        message = f"{WORDS[subject].format(value)}, of which chance can do {noise:g}; {tolerated:g} is tolerated"
        needed = rounded(tolerated + noise, 4)
        out.append(Reading(NAME, subject, value, needed, sample.seen, state.missing, message))
    return tuple(out)
