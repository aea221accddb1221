"""What attacks on membership share: who is asked about, in which order, and how scores become trials.

The question is about one model: which rows did it learn from? Members are its training rows; the others are the victims
and the pool. One trial is one member. At a false-positive rate of 1 % an attacker finds so many members beyond what
chance gives, and those are broken; the rest held. Where chance alone would find as many in one run of forty or more
often, none is broken: what a coin finds is no leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.chance import DOUBT, excess, in_front
from casemate.evidence.redteam.model import Labels, labels
from casemate.evidence.redteam.roc import Roc, roc
from casemate.evidence.redteam.shadows import Shadows, together

Mask = NDArray[np.bool_]
RATE = 0.01
"""The false-positive rate at which members count as found."""
FEW_DOUBT = 0.0001
"""Where 1 % of the others is less than one of them, the rate cannot be measured, and the luckiest of several attacks
finds a few members. Then only what chance gives less often than this counts; that nothing was found says nothing."""
STRICT = 0.001
"""Carlini et al. 2022 ask for this rate; refused unless ENOUGH of the others would be above the threshold."""
ENOUGH = 10
CURVE = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
PARTS = 8
"""Calls in which the target is asked, so that what was learned is kept when the budget ends between two."""
AXIS = "false-positive rate: share of members found"


@dataclass(frozen=True, slots=True)
class Suspects:
    """Everybody that the attacker asks about: members first, then victims, then pool."""

    sample: Sample
    member: Mask
    """Which rows the model learned from, shape (n,)."""
    copy: Mask
    """Which others are copies of a member, label and all: they are neither one nor the other, and left out."""
    order: NDArray[np.intp]
    """All rows in the order of asking: drawn, so that any part of it holds members and others alike."""

    @property
    def members(self) -> int:
        """How many members there are."""
        return int(self.member.sum())

    def parts(self) -> list[NDArray[np.intp]]:
        """The order, cut into calls."""
        return [p for p in np.array_split(self.order, PARTS) if len(p)]


def suspects(case: Case) -> Suspects:
    """Of a case with training rows, at least one, and at least one other."""
    if case.train is None or not len(case.train) or not len(case.victims) + len(case.pool):
        raise CasemateError("membership", "there are no training rows, or no others", "name both: --train and --data")
    sample = together(case.train, case.victims, case.pool)
    member = np.arange(len(sample)) < len(case.train)
    keys = [r.tobytes() + y.tobytes() for r, y in zip(sample.rows, sample.labels, strict=True)]
    learned = set(keys[: len(case.train)])
    copy = np.array([k in learned for k in keys], dtype=bool) & ~member
    return Suspects(sample, member, copy, case.rng.permutation(len(sample)))


def shadows(case: Case, who: Suspects) -> Shadows:
    """The shadow models of a case, which must be of just these rows."""
    if case.shadows is None:
        raise CasemateError(
            "membership", "there are no shadow models", "name the training recipe: --fit module:function"
        )
    found = case.shadows()
    same = np.array_equal(found.sample.rows, who.sample.rows, equal_nan=True)
    if not same or not np.array_equal(found.sample.labels, who.sample.labels):
        raise CasemateError(
            "membership", "the shadow models are of other rows", "fit them on train, victims and pool, in order"
        )
    return found


def asked(case: Case, who: Suspects) -> Iterator[tuple[Array, Mask, float]]:
    """After every call: answers (n, classes), which rows have one, and the share that is done."""
    answers = np.full((len(who.sample), case.model.classes), np.nan)
    heard = np.zeros(len(who.sample), dtype=bool)
    for part in who.parts():
        answers[part] = case.model(who.sample.rows[part])
        heard[part] = True
        yield answers, heard, float(heard.mean())


def beside_shadows(case: Case, score: Callable[[Suspects, Shadows], Callable[[Array], Array]]) -> Iterator[Result]:
    """After every call: the target's answers (n, classes) scored beside the shadow models'.

    score: from who is asked about and the shadow models, how answers become scores (n,).
    """
    who = suspects(case)
    shadow = shadows(case, who)
    scored = score(who, shadow)
    for answers, heard, done in asked(case, who):
        metrics: dict[str, Point | float] = {**accuracies(who, answers, heard), "shadow models": len(shadow.kept)}
        yield told(who, scored(answers), heard.astype(np.int64), done, metrics)


def right(answers: Array, truth: Labels) -> Mask:
    """Which rows are answered with their true class."""
    return np.asarray(labels(answers) == truth)


def told(
    who: Suspects,
    scores: Array,
    queries: NDArray[np.int64],
    done: float,
    metrics: Mapping[str, Point | float] | None = None,
    flags: tuple[str, ...] = (),
) -> Result:
    """The result for scores (n,), higher for a likelier member.

    A row without a score (NaN) is errored where it was asked about, skipped where it was not.
    """
    known = ~np.isnan(scores) & ~who.copy
    outcomes = np.where(queries[who.member] > 0, Outcome.ERRORED, Outcome.SKIPPED).astype(np.int8)
    outcomes[~np.isnan(scores[who.member])] = Outcome.HELD
    flags += _copies(who)
    n, m = int((known & who.member).sum()), int((known & ~who.member).sum())
    counts = {"members": n, "non-members": m}
    if not n or not m:
        outcomes[outcomes == Outcome.HELD] = Outcome.SKIPPED  # nothing to compare with: nobody held
        flags += ("nothing could be compared: no member or no non-member was answered",)
        return Result(outcomes, queries[who.member], done, metrics={**counts, **(metrics or {})}, flags=flags)
    found = roc(np.round(scores[known], 9), who.member[known])  # sums in another order differ in the last digits
    chance, few = in_front(found.at(RATE)[0], found.allowed(RATE), n, m), m * RATE < 1
    if chance <= (FEW_DOUBT if few else DOUBT):
        top = np.argsort(-np.nan_to_num(scores[who.member], nan=-np.inf), kind="stable")
        hits, wrong = found.at(RATE)
        outcomes[top[: round(n * excess(hits, n, wrong, m))]] = Outcome.BROKEN
    elif few:
        outcomes[outcomes == Outcome.HELD] = Outcome.SKIPPED
    return Result(
        outcomes,
        queries[who.member],
        done,
        curve=tuple(found.tpr(x) for x in CURVE if x * m >= (ENOUGH if x <= STRICT else 1)),
        axis=AXIS,
        metrics={**figures(found), "probability by chance": chance, **counts, **(metrics or {})},
        flags=flags + _doubts(found, chance),
    )


def figures(found: Roc) -> dict[str, Point]:
    """AUC and true-positive rates; that at 0.1 % only where there are enough others."""
    out = {"AUC": found.auc(), "TPR at 1 %": found.tpr(RATE)}
    if found.others * STRICT >= ENOUGH:
        out["TPR at 0.1 %"] = found.tpr(STRICT)
    return out


def accuracies(who: Suspects, answers: Array, heard: Mask) -> dict[str, Point]:
    """How often the model is right on members and on others; refused is not right."""
    good = right(answers, who.sample.labels)
    of = {"accuracy on members": who.member & heard, "accuracy on non-members": ~who.member & ~who.copy & heard}
    return {name: share(0.0, int(good[w].sum()), int(w.sum())) for name, w in of.items()}


def _copies(who: Suspects) -> tuple[str, ...]:
    n = int(who.copy.sum())
    return (f"{n} of the others are copies of training rows and were left out",) if n else ()


def _doubts(found: Roc, chance: float) -> tuple[str, ...]:
    """What the numbers cannot say."""
    m = found.others
    out = []
    if chance > DOUBT:
        out.append("at 1 % false positives it finds no more members than chance may")
    if m * RATE < 1:
        out.append(f"{m} non-members: 1 % of them is less than one, so the rate stands for none of them")
    if m * STRICT < ENOUGH:
        out.append(f"TPR at 0.1 % is refused: it needs {ENOUGH / STRICT:,.0f} non-members, there are {m:,}")
    return tuple(out)
