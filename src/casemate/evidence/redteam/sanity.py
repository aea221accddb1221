"""What must be so if an attack works at all, tried on a few rows: what is not stands in the record as a flag.

Carlini et al. 2019, On Evaluating Adversarial Robustness, section 5: without a bound on the distance an attack reaches
nearly every row; a larger bound does not hurt it; nor do more queries. That white-box attacks beat black-box ones is
looked at where both are known (verdict.py). A model that hardly ever changes its mind is flagged as well: a flag asks
somebody to look, and changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from casemate.core.interval import wilson
from casemate.evidence.redteam.attack import Case, Limits, Outcome, Result
from casemate.evidence.redteam.chance import DOUBT, won
from casemate.evidence.redteam.drive import Tried, drive, generator, going_on
from casemate.evidence.redteam.poison import free

FEW = 10
"""Rows that are tried once more, and queries for each: a tenth of what the attack itself costs, or less."""
QUERIES = 100
NEARLY = 0.95
GROWS = ("extraction", "poisoning")
"""Goals whose curve tells what an attacker gets for more effort."""


def checks(case: Case, tried: Sequence[Tried], seed: int) -> Iterator[str]:
    """What is not as it must be, one line each. case: the one that evasion was tried on."""
    for t in tried:
        if t.attack.goal in GROWS:
            yield from _falls(t)
        if t.attack.goal == "evasion" and t.attack.baseline is not None and t.scored:
            yield from _of_evasion(t, case, seed)


def _of_evasion(t: Tried, case: Case, seed: int) -> Iterator[str]:
    limits = replace(case.limits, epsilon=_reach(case))
    # Everybody may change everything: the question is what the attack can do, not its victims.
    far = _tried(t, replace(case, space=free(case.space)), seed, "unbounded", limits)
    if far.stopped:
        yield f"{t.name}: it was not looked at whether it works without a bound: {far.stopped}"
        return
    broken = far.result.count(Outcome.BROKEN)
    if far.scored and wilson(broken, far.scored)[1] < NEARLY:
        yield f"{t.name}: without a bound on the distance it breaks {broken} of {far.scored} rows, not nearly all"
    if _loses(t.result, far.result):
        yield f"{t.name}: a larger epsilon breaks fewer rows"
    fewer = min(case.limits.queries // 4, QUERIES)
    less = _tried(t, case, seed, "fewer", replace(case.limits, queries=max(2, fewer)))
    if _loses(less.result, t.result):
        yield f"{t.name}: {case.limits.queries} queries break fewer rows than {fewer}"


def _tried(t: Tried, case: Case, seed: int, what: str, limits: Limits) -> Tried:
    limits = replace(limits, queries=min(limits.queries, QUERIES))
    few = case.victims.take(slice(FEW))
    return going_on(drive(t.name, replace(case, victims=few, limits=limits, rng=generator(seed, t.name, what))))


def _reach(case: Case) -> float:
    """As far as two points of the space can lie apart."""
    weight = case.space.weight
    return float(weight.max(initial=0.0) if case.limits.norm == "linf" else np.sqrt(np.square(weight).sum()))


def _loses(less: Result, more: Result) -> bool:
    """Whether more effort breaks fewer of the same rows, beyond chance."""
    n = min(len(less.outcomes), len(more.outcomes), FEW)
    a, b = less.outcomes[:n], more.outcomes[:n]
    known = np.isin(a, (Outcome.HELD, Outcome.BROKEN)) & np.isin(b, (Outcome.HELD, Outcome.BROKEN))
    lost = int((known & (a == Outcome.BROKEN) & (b == Outcome.HELD)).sum())
    gained = int((known & (a == Outcome.HELD) & (b == Outcome.BROKEN)).sum())
    return lost > 0 and won(lost, gained) <= DOUBT


def _falls(t: Tried) -> Iterator[str]:
    """A curve that falls by more than its intervals allow."""
    effort = t.result.axis.partition(":")[0]
    for a, b in pairwise(t.result.curve):
        if b.high < a.low:
            yield f"{t.name}: gets less at {effort} {b.x:g} than at {a.x:g}"
