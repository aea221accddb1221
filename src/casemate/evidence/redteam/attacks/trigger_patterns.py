"""Looks for values, and pairs of values, that come with one label far more often in the training data than elsewhere.

A mark that means a class is written into many rows: its values then stand beside that label again and again, which they
do not in rows that nobody poisoned. Half of the natural rows tell what is usual, the other half what a natural row
scores, and the other way round. Planted to see what it finds: rows with three rare
values and one label.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result, Sample
from casemate.evidence.redteam.model import Labels
from casemate.evidence.redteam.poison import mark
from casemate.evidence.redteam.screening import Data, Places, Scores, Screen, screened

ATTACK = Attack(
    goal="screening",
    gives="labels",
    threats=(),
    unit="row",
    source="counts of values beside a label against a trusted sample, by the likelihood ratio of Poisson counts "
    "(Dunning 1993); what it looks for: Gu et al. 2017, BadNets",
    needs=frozenset({"train"}),
    nist="NISTAML.023",
    default=False,
)
BINS = 20
"""Parts into which numbers that hardly repeat are cut, by their order."""
REPEATS = 5
"""A value that so many training rows have stands for itself."""
COLUMNS = 30
"""Columns of which pairs are looked at: those whose single values score highest."""


def run(case: Case) -> Iterator[Result]:
    """Yields after the data and after each copy; each training row is a trial."""
    return screened(case, Screen(_score, _plant, "values that come with one label"))


def _score(data: Data, rng: np.random.Generator) -> Scores:
    """Twice, so that each half of the natural rows is asked about once; training rows are half in each."""
    half = rng.permutation(len(data.natural)) % 2 == 0
    own, theirs = np.zeros(data.looked), np.zeros(len(data.natural))
    for turn, usual in enumerate((half, ~half)):
        train, asked = _surprises(data, data.natural.take(usual), data.natural.take(~usual))
        own[turn::2], theirs[~usual] = train[turn : data.looked : 2], asked
    return own, theirs


def _surprises(data: Data, usual: Sample, asked: Sample) -> Scores:
    """Each training row and each that is asked about, by the most surprising value or pair that it holds."""
    rows = np.vstack([data.train.rows, usual.rows, asked.rows])
    given = np.concatenate([data.train.labels, usual.labels, asked.labels])
    part = np.repeat([0, 1, 2], [len(data.train), len(usual), len(asked)])
    tokens = np.stack([_tokens(column, part == 0) for column in rows.T], axis=1)
    single = np.stack([_surprise(t, given, part) for t in tokens.T], axis=1)
    best = single.max(axis=1, initial=0.0)
    top = np.sort(np.argsort(-single[part == 0].max(axis=0), kind="stable")[:COLUMNS])
    for i, a in enumerate(top):
        for b in top[i + 1 :]:
            pair = tokens[:, a] * (tokens[:, b].max() + 1) + tokens[:, b]
            best = np.maximum(best, _surprise(pair, given, part))
    return best[part == 0], best[part == 2]


def _tokens(column: Array, train: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A value that repeats as itself, others by their part of the order; what is missing is a value."""
    values, code = np.unique(column, return_inverse=True)
    repeats = np.bincount(code[train], minlength=len(values)) >= REPEATS
    place = np.minimum(np.arange(len(values)) * BINS // max(len(values), 1), BINS - 1)
    return np.asarray(np.where(repeats, np.arange(len(values)) + BINS, place)[code], dtype=np.int64)


def _surprise(tokens: NDArray[np.int64], given: Labels, part: Places) -> Array:
    """How far the count of each row's token beside its label is above what is usual, in nats, shape (n,).

    Nobody counts themselves: else every training row would have been seen once more than a natural one.
    """
    _, code = np.unique(tokens * (given.max(initial=0) + 1) + given, return_inverse=True)
    n, m = int((part == 0).sum()), int((part == 1).sum())
    here, there = (np.bincount(code[part == p], minlength=code.max(initial=0) + 1) for p in (0, 1))
    seen = here[code] - (part == 0)
    expected = n * (there[code] + 0.5) / (m + 1)
    ratio = seen * np.log(np.maximum(seen, 1) / expected) - (seen - expected)
    return np.where(seen > expected, ratio, 0.0)


def _plant(data: Data, places: Places, rng: np.random.Generator) -> Sample:
    """All with the same mark and label; where no feature can be changed, with the label alone."""
    rows, given = data.train.rows.copy(), data.train.labels.copy()
    m = mark(data.space, rows, rng)
    if m is not None:
        rows[places] = m.on(data.space, rows[places])
    given[places] = rng.integers(0, data.classes)
    return Sample(rows, given)
