"""What poisoning attacks share: the user's recipe, trained again on data of which a share is an attacker's.

A trial is one campaign: an attacker with a plot of their own writes the share of the training rows that we assume they
can write (`Limits.share`), and one model is trained on that. It is broken when the harm that the attack declares is
reached, compared with the worst of a few models that the same recipe makes of the clean data: what another seed does
as well is no harm of poison. Beyond this the harm must be more than chance gives, by the exact test for pairs.

Smaller and larger shares give the curve and no trials. Every model is one refit; there are at most REFITS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.interval import wilson
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.chance import DOUBT, won
from casemate.evidence.redteam.model import Fit, Model, labels
from casemate.evidence.redteam.shadows import together

SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Poisoned shares of the curve."""
CAMPAIGNS = 5
CURVED = 2
"""Campaigns that are told along the whole curve."""
CLEAN = 3
"""Models of the clean data that a poisoned one is compared with."""
REFITS = CLEAN + CAMPAIGNS + CURVED * len(SHARES)
FEWEST = 20
"""Rows on which a harm is told: with fewer it cannot be told from chance."""
MOST = 2000
"""Rows on which it is told at most."""
UNLIKE = 0.1
"""A recipe whose models disagree with the target more often than this makes other models."""

CLEAN_ACCURACY, ACCURACY = "accuracy of clean models", "accuracy at that share"
"""Names of metrics."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plot:
    """What one attacker writes, in which order, and which answers to which rows are the harm."""

    where: NDArray[np.intp]
    """Places of the training rows that are the attacker's, in the order in which they are written."""
    planted: Sample
    """What stands there then, in the same order."""
    judged: Array
    """Rows that the poisoned model is shown, shape (n, features)."""
    harms: NDArray[np.bool_]
    """For each class whether that answer to them is the harm, shape (classes,)."""

    def poisoned(self, train: Sample, k: int) -> Sample:
        """The training data with the first k rows written."""
        rows, given = train.rows.copy(), train.labels.copy()
        rows[self.where[:k]], given[self.where[:k]] = self.planted.rows[:k], self.planted.labels[:k]
        return Sample(rows, given)

    def harmed(self, model: Model) -> Mask:
        """Which of the judged rows get a harmful answer. Refused is none."""
        said = labels(model(self.judged))
        return np.asarray(self.harms[said] & (said >= 0))


@dataclass(frozen=True, slots=True)
class Harm:
    """What an attack promises."""

    worth: float
    """Broken where so many more of the judged rows are harmed, as a share."""
    seen: float
    """Accuracy on clean rows may fall by so much before somebody would notice; 1: it does not matter."""
    axis: str
    word: str
    """Of the judged rows that are harmed: `triggered rows that get the wanted answer`."""


@dataclass(slots=True)
class Record:
    """What the models of one campaign did at one share."""

    campaign: int
    share: float
    harmed: Mask
    right: int


@dataclass(slots=True)
class Siege:
    """All campaigns so far."""

    harm: Harm
    reach: float
    exam: Sample
    clean: list[Model] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    """How many rows of the exam each clean model is right about."""
    usual: dict[int, Mask] = field(default_factory=dict)
    """For each campaign the rows that the clean model that is worst for it harms."""
    found: list[Record] = field(default_factory=list)
    agrees: Point | None = None
    """How often a clean model says what the target says."""


Plotter = Callable[[Case, Sample, Model, int, np.random.Generator], Plot]
"""From the case, the exam, a model of the clean data, a class and random numbers to an attacker's plot."""


def campaigns(case: Case, harm: Harm, wanted: Callable[[Sample, int], list[int]], plot: Plotter) -> Iterator[Result]:
    """Yields after every refit. wanted: the classes that an attacker may be after, of which each campaign has one."""
    train, fit = needed(case)
    s = Siege(harm, case.limits.share, together(case.victims, case.pool).take(slice(MOST)))
    choices = wanted(s.exam, case.model.classes)
    if (why := _lacks(case, s, choices)) or len(train) * s.reach < 1:
        yield _told(s, 1.0, (why or f"{s.reach:.2%} of {len(train)} training rows is not one row",))
        return
    order, seeds = case.rng.permutation(choices), case.rng.integers(2**31, size=REFITS + 1)
    plan = [(c, x) for c, x in _plan(s.reach) if len(train) * x >= 1]
    total = CLEAN + len(plan) + 1
    for i in range(CLEAN):
        s.clean.append(fit(train.rows, train.labels, int(seeds[i])))
        s.right.append(_right(s.clean[-1], s.exam))
        yield _told(s, (i + 1) / total)
    for i, (c, x) in enumerate(plan):
        p = plot(case, s.exam, s.clean[0], int(order[c % len(order)]), np.random.default_rng([seeds[-1], c]))
        data = p.poisoned(train, round(x * len(train)))
        _judge(s, c, x, p, fit(data.rows, data.labels, int(seeds[CLEAN + i])))
        yield _told(s, (CLEAN + i + 1) / total)
    s.agrees = _agreement(case.model, s)
    yield _told(s, 1.0)


def _judge(s: Siege, campaign: int, x: float, p: Plot, model: Model) -> None:
    """Look at a poisoned model, and at the clean ones when the campaign is new."""
    if campaign not in s.usual:
        s.usual[campaign] = max((p.harmed(m) for m in s.clean), key=lambda m: int(m.sum()))
    s.found.append(Record(campaign, x, p.harmed(model), _right(model, s.exam)))


def _agreement(target: Model, s: Siege) -> Point:
    """How often the target says what a model of its recipe says: one that does not is another model."""
    said, ours = labels(target(s.exam.rows)), labels(s.clean[0](s.exam.rows))
    return share(0.0, int((said == ours)[said >= 0].sum()), int((said >= 0).sum()))


def needed(case: Case) -> tuple[Sample, Fit]:
    """The training data and the recipe. Raises CasemateError where one is missing."""
    if case.train is None or case.fit is None or not len(case.train):
        raise CasemateError("poisoning", "there are no training rows, or no recipe", "name both: --train and --fit")
    return case.train, case.fit


def _lacks(case: Case, s: Siege, choices: list[int]) -> str:
    """Why nothing can be told, if so."""
    if case.model.classes < 2:
        return "a model of one class has no wrong answer"
    return "" if choices else f"no class has the {FEWEST} rows outside of the training data that a harm is told on"


def _plan(reach: float) -> list[tuple[int, float]]:
    """Campaigns and shares in the order in which they are tried: first what counts as a trial."""
    rest = [(c, x) for x in SHARES if abs(x - reach) > 1e-12 for c in range(CURVED)]
    return [(c, reach) for c in range(CAMPAIGNS)] + rest


def _right(model: Model, exam: Sample) -> int:
    return int((labels(model(exam.rows)) == exam.labels).sum())


def _told(s: Siege, done: float, flags: tuple[str, ...] = ()) -> Result:
    """Broken, held, or skipped while no model was trained for it."""
    outcomes = np.full(CAMPAIGNS, Outcome.SKIPPED, dtype=np.int8)
    for r in s.found:
        if r.share == s.reach:
            outcomes[r.campaign] = _outcome(s, r)
    queries = np.zeros(CAMPAIGNS, dtype=np.int64)
    flags += tuple(_seen(s, outcomes))
    return Result(
        outcomes, queries, done, curve=tuple(_curve(s)), axis=s.harm.axis, metrics=_metrics(s), flags=flags,
        doubts=tuple(_doubts(s)),
    )  # fmt: skip


def _outcome(s: Siege, r: Record) -> Outcome:
    """Broken where the harm is large enough, more than chance, and a look at the accuracy would not show it.

    Skipped where clean models do so much of the harm by themselves that poison has nothing to add.
    """
    before = s.usual[r.campaign]
    if before.mean() > 1 - s.harm.worth:
        return Outcome.SKIPPED
    gained, lost = int((r.harmed & ~before).sum()), int((before & ~r.harmed).sum())
    fallen = (min(s.right) - r.right) / len(s.exam)
    broken = gained - lost >= s.harm.worth * len(before) and won(gained, lost) <= DOUBT and fallen <= s.harm.seen
    return Outcome.BROKEN if broken else Outcome.HELD


def _seen(s: Siege, outcomes: NDArray[np.int8]) -> Iterator[str]:
    tried = {r.campaign for r in s.found if r.share == s.reach}
    alone = sum(outcomes[c] == Outcome.SKIPPED for c in tried)
    if alone:
        yield f"{alone} of {len(tried)} campaigns need no poison: clean models do that harm by themselves"


def _doubts(s: Siege) -> Iterator[str]:
    if s.agrees is not None and s.agrees.high < 1 - UNLIKE:
        yield f"the recipe makes other models: they agree with the target on {s.agrees.value:.0%} of rows"


def _curve(s: Siege) -> Iterator[Point]:
    """Along the shares, of the same campaigns everywhere; what clean models do stands at 0."""
    usual = [m for c, m in sorted(s.usual.items()) if c < CURVED]
    if usual:
        yield _harmed(0.0, usual)
    for x in sorted({r.share for r in s.found}):
        yield _harmed(x, [r.harmed for r in s.found if r.share == x and r.campaign < CURVED])


def _harmed(x: float, masks: list[Mask]) -> Point:
    return _mean(x, [(int(m.sum()), len(m)) for m in masks])


def _mean(x: float, hits: list[tuple[int, int]]) -> Point:
    """The mean share over campaigns or models; the interval holds that of each of them."""
    ends = [wilson(k, n) for k, n in hits]
    return Point(x, float(np.mean([k / n for k, n in hits])), min(e[0] for e in ends), max(e[1] for e in ends))


def _metrics(s: Siege) -> dict[str, Point | float | int | str]:
    """Of clean models, and of those at the share that counts."""
    n = len(s.exam)
    out: dict[str, Point | float | int | str] = {"share that the attacker writes": s.reach}
    if s.right:
        out[CLEAN_ACCURACY] = _mean(0.0, [(k, n) for k in s.right])
    here = [r for r in s.found if r.share == s.reach]
    if here:
        out[ACCURACY] = _mean(s.reach, [(r.right, n) for r in here])
        out[s.harm.word] = _harmed(s.reach, [r.harmed for r in here])
        out[f"{s.harm.word}, by clean models"] = _harmed(0.0, list(s.usual.values()))
    if s.agrees is not None:
        out["agreement of a clean model with the target"] = s.agrees
    return out
