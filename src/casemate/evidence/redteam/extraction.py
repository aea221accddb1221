"""Copying a model by its answers: how well the copy agrees with it, against the queries that it took.

Each campaign is an attacker of its own: a random part of the pool, then rows that they make of it, half of them at
random and half where their copy is least sure. Agreement is told on the victims, which no campaign asks about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from casemate.core.interval import wilson
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Copier, Outcome, Point, Result, share
from casemate.evidence.redteam.model import Labels, Model, labels, one_hot
from casemate.evidence.redteam.surrogate import copier

CAMPAIGNS = 5
"""Each is one trial; the sixth says little that five do not, and each trains a copy at every stage."""
STAGES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Queries at which a copy is trained and compared."""
ENOUGH = 10_000
"""Queries of a campaign that is as strong as the attacker that we assume: the catalogue's model-extraction."""
COPIED = 0.95
"""A copy that agrees so often is as good as the model to who stole it: retraining a model on other rows of the same
data already changes a few answers in a hundred."""
FEWEST = 30
"""Victims below which agreement is too uncertain: 30 of 30 leaves an interval down to 0.89."""
OWN = 0.5
"""Share of the pool that a campaign holds, so that campaigns do not all train on the same rows."""
CANDIDATES = 4
"""Rows that are made for each one that is asked because the copy is least sure of it."""


@dataclass(slots=True)
class Campaign:
    """What one attacker asked and was told so far, and how well their copies agreed: (queries, agreeing victims)."""

    rows: Array
    answers: Array
    own: Array
    """Their part of the pool."""
    agreed: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0
    copy: Model | None = None
    """The last one."""


@dataclass(frozen=True, slots=True)
class Exam:
    """The victims that the model answers, and its labels for them."""

    rows: Array
    said: Labels

    @property
    def majority(self) -> int:
        """How many agree with a copy that always says the most frequent class."""
        return int(np.bincount(self.said).max()) if len(self.said) else 0

    def passed(self, agreeing: int) -> bool:
        """Whether it is copied: it agrees often enough, and more often than the majority by more than chance."""
        n = len(self.said)
        return agreeing >= COPIED * n and wilson(agreeing, n)[0] > self.majority / n

    @property
    def flags(self) -> tuple[str, ...]:
        """Why nothing can be told, if so."""
        n = len(self.said)
        if n < FEWEST:
            return (f"only {n} victims were answered; agreement needs {FEWEST}",)
        if not self.passed(n):
            return (f"the model says the same for {self.majority} of {n} victims: a copy shows nothing",)
        return ()


def campaigns(case: Case, only_labels: bool) -> Iterator[Result]:
    """Yields after each stage of each campaign. Queries of a campaign are at most those of the limits."""
    found = labels(case.model(case.victims.rows)) if len(case.victims) else np.zeros(0, dtype=np.intp)
    exam = Exam(case.victims.rows[found >= 0], found[found >= 0])
    stages = [s for s in STAGES if s < case.limits.queries] + [min(case.limits.queries, STAGES[-1])]
    made: list[Campaign] = []
    yield _told(case, made, exam, stages)
    if exam.flags or not len(case.pool):
        return
    train = case.surrogate or copier(case.space)
    for _ in range(CAMPAIGNS):
        made.append(_begin(case))
        for stage in stages:
            _stage(case, made[-1], exam, stage, only_labels, train)
            yield _told(case, made, exam, stages)


def _begin(case: Case) -> Campaign:
    mine = case.rng.permutation(len(case.pool))[: max(1, int(np.ceil(OWN * len(case.pool))))]
    own = case.pool.rows[mine]
    return Campaign(own[:0], np.empty((0, case.model.classes)), own)


def _stage(case: Case, c: Campaign, exam: Exam, stage: int, only_labels: bool, train: Copier) -> None:
    """Ask until the stage's queries are used, train a copy, and compare it."""
    rows = _next(case, c, stage - c.asked)
    answers = case.model(rows)
    c.asked += len(rows)
    heard = ~np.isnan(answers).any(axis=1)
    rows, answers = rows[heard], answers[heard]
    c.rows = np.concatenate([c.rows, rows])
    c.answers = np.concatenate([c.answers, one_hot(labels(answers), case.model.classes) if only_labels else answers])
    agreeing = 0
    if len(c.rows):
        c.copy = train(c.rows, c.answers, int(case.rng.integers(2**31)))
        agreeing = int((labels(c.copy(exam.rows)) == exam.said).sum())
    c.agreed.append((c.asked, agreeing))


def _next(case: Case, c: Campaign, n: int) -> Array:
    """The next n rows to ask about: what is left of their own, then made ones, half of them those the copy doubts."""
    rows = c.own[c.asked : c.asked + n]
    n -= len(rows)
    doubted = _doubted(c.copy, _made(case, c, n // 2 * CANDIDATES), n // 2) if c.copy and n > 1 else rows[:0]
    return np.concatenate([rows, doubted, _made(case, c, n - len(doubted))])


def _doubted(copy: Model, rows: Array, n: int) -> Array:
    """The n rows of which the copy is least sure: its two best classes are nearly equal."""
    best = np.sort(copy(rows), axis=1)
    return rows[np.argsort(best[:, -1] - best[:, -2:][:, 0], kind="stable")[:n]]


def _made(case: Case, c: Campaign, n: int) -> Array:
    """Rows between two of their own, each feature from one of them or between them, shape (n, features)."""
    first, second = (c.own[case.rng.integers(0, len(c.own), n)] for _ in range(2))
    a, b = case.space.points(first), case.space.points(second)
    part = np.clip(case.rng.uniform(-0.5, 1.5, a.shape), 0, 1)  # half of the features are taken as they are
    return case.space.rows(a + part * (b - a), first)


def _told(case: Case, made: list[Campaign], exam: Exam, stages: list[int]) -> Result:
    """Broken once a copy passed; held when all queries were used without; else skipped."""
    outcomes = np.full(CAMPAIGNS, Outcome.SKIPPED, dtype=np.int8)
    for i, c in enumerate(made):
        if any(exam.passed(k) for _, k in c.agreed):
            outcomes[i] = Outcome.BROKEN
        elif c.asked >= stages[-1]:
            outcomes[i] = Outcome.HELD
    asked = np.array([c.asked for c in made] + [0] * (CAMPAIGNS - len(made)), dtype=np.int64)
    n = len(exam.said)
    last = [c.agreed[-1][1] for c in made if c.agreed]
    none = bool(exam.flags) or not len(case.pool)
    return Result(
        outcomes,
        asked,
        1.0 if none else sum(len(c.agreed) for c in made) / (CAMPAIGNS * len(stages)),
        curve=tuple(_point(q, [k for c in made for at, k in c.agreed if at == q], n) for q in stages if _any(made, q)),
        axis="queries: share of victims on which the copy agrees",
        metrics={"majority": share(0, exam.majority, n)} | ({"fidelity": _point(stages[-1], last, n)} if last else {}),
        flags=exam.flags or (("the pool has no rows to start from",) if not len(case.pool) else ()),
        strength="equal" if case.limits.queries >= ENOUGH else "weaker",
    )


def _any(made: list[Campaign], queries: int) -> bool:
    return any(at == queries for c in made for at, _ in c.agreed)


def _point(queries: int, agreeing: list[int], n: int) -> Point:
    """The mean agreement of campaigns; its interval is that of the victims, which are the same for all of them."""
    mean = sum(agreeing) / len(agreeing)
    return Point(float(queries), mean / n, *wilson(round(mean), n))
