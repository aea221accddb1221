"""Guesses a person's value of a feature from all else: asks the model about every value, and takes what fits best.

Two attackers share the queries: one weighs the model's score of the true label with how common each value is among
like people, one takes the value with the highest score and turns to like people only between equals. Whoever knows more
counts. What can be told without the model (imputation from the attacker's pool, label included) is taken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casemate.core.errors import CasemateError
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.chance import DOUBT, more_often, won
from casemate.evidence.redteam.imputation import Attribute, attributes, imputer
from casemate.evidence.redteam.signals import step, true_class

ATTACK = Attack(
    goal="attribute",
    gives="labels",
    threats=("model-inversion",),
    unit="row",
    source="Yeom et al. 2018, section 5; Mehnaz et al. 2022, Are Your Sensitive Attributes Private?, section 4; "
    "baseline: Jayaraman and Evans 2022",
    needs=frozenset({"train"}),
    nist="NISTAML.032",
)
FEATURES = 3
"""How many features are tried at most."""
VALUES = 50
"""Features with more values are left out: each value costs a query."""
MOST = 1000
"""People asked about at most, of the training rows and of the victims."""
PARTS = 4
WAYS = 2
"""Attackers for each feature."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was guessed of some people's attribute. Shapes (n,)."""

    attribute: Attribute
    truth: NDArray[np.intp]
    without: NDArray[np.intp]
    """By imputation alone."""
    ways: tuple[NDArray[np.intp], ...]
    """By each attacker; -1 where the model was not asked or refused."""
    asked: NDArray[np.int64]

    def counted(self) -> NDArray[np.bool_]:
        """Who has a value and got answers."""
        return np.asarray((self.truth >= 0) & (self.ways[0] >= 0))

    def best(self) -> NDArray[np.intp]:
        """The guesses of the attacker who is right most often."""
        return max(self.ways, key=lambda w: int((w == self.truth).sum()))


def run(case: Case) -> Iterator[Result]:
    """Yields after every part of the people of every feature; each of the training rows is a trial."""
    if case.train is None or not len(case.train):
        raise CasemateError("attribute inference", "there are no training rows", "name them: --train")
    chosen = np.sort(case.rng.permutation(len(case.train))[:MOST])
    which = attributes(case.space, min(VALUES, case.limits.queries))[:FEATURES]
    if not which or len(case.pool) < 2:
        skipped = np.full(len(case.train), Outcome.SKIPPED, dtype=np.int8)
        why = "no feature has few values" if not which else "the attacker has no rows of their own"
        yield Result(skipped, np.zeros(len(case.train), dtype=np.int64), flags=(f"nothing was guessed: {why}",))
        return
    found: list[tuple[Guesses, Guesses | None]] = []
    for k, a in enumerate(which):
        for mine in _guessed(case, a, case.train.take(chosen)):
            yield _told(len(case.train), chosen, [*found, (mine, None)], (k + 0.5) / len(which))
        theirs = None
        for theirs in _guessed(case, a, case.victims.take(slice(0, MOST))):
            yield _told(len(case.train), chosen, [*found, (mine, theirs)], (k + 1) / len(which))
        found.append((mine, theirs))


def _guessed(case: Case, a: Attribute, people: Sample) -> Iterator[Guesses]:
    """After every part: the guesses so far."""
    without = imputer(case.space, a, case.pool, with_label=True).guess(people).argmax(axis=1)
    common = imputer(case.space, a, case.pool, with_label=False).guess(people)
    ways = tuple(np.full(len(people), -1) for _ in range(WAYS))
    asked = np.zeros(len(people), dtype=np.int64)
    for part in filter(len, np.array_split(np.arange(len(people)), PARTS)):
        some = people.take(part)
        answers = np.stack([case.model(a.put(some.rows, v)) for v in range(len(a.values))])
        fit = true_class(answers, some.labels).T  # (rows, values)
        asked[part] = len(a.values)
        ok = ~np.isnan(fit).any(axis=1)
        half = step(answers)
        ways[0][part[ok]] = (common[part] * (np.nan_to_num(fit) + half))[ok].argmax(axis=1)
        ways[1][part[ok]] = _surest(fit[ok], common[part][ok])
        yield Guesses(a, a.of(people.rows), without, ways, asked)


def _surest(fit: Array, common: Array) -> NDArray[np.intp]:
    top = fit >= fit.max(axis=1, keepdims=True) - 1e-9
    return np.asarray(np.where(top, common, -1.0).argmax(axis=1))


def _told(n: int, chosen: NDArray[np.intp], found: list[tuple[Guesses, Guesses | None]], done: float) -> Result:
    """The feature that is guessed best beyond imputation counts; the others are told beside it."""
    worst = max((mine for mine, _ in found), key=lambda g: len(_gained(g)[0]) - _gained(g)[1])
    gained, lost = _gained(worst)
    outcomes = np.full(n, Outcome.SKIPPED, dtype=np.int8)
    outcomes[chosen[(worst.asked > 0) & (worst.truth >= 0)]] = Outcome.ERRORED
    outcomes[chosen[worst.counted()]] = Outcome.HELD
    chance = won(len(gained), lost)
    if chance * WAYS * len(found) <= DOUBT:  # so many attackers and features were tried
        outcomes[chosen[gained[: len(gained) - lost]]] = Outcome.BROKEN
    queries = np.zeros(n, dtype=np.int64)
    queries[chosen] = sum(mine.asked for mine, _ in found)
    metrics: dict[str, Point | float | int | str] = {"feature": worst.attribute.name, "probability by chance": chance}
    for mine, theirs in found:
        metrics |= _figures(mine, theirs)
    return Result(outcomes, queries, done, metrics=metrics, flags=tuple(_doubts(found, chance * WAYS * len(found))))


def _gained(g: Guesses) -> tuple[NDArray[np.intp], int]:
    """Who the attack is right about and imputation is not, and how many it is the other way round."""
    attack, without = g.best() == g.truth, g.without == g.truth
    ok = g.counted()
    return np.flatnonzero(ok & attack & ~without), int((ok & without & ~attack).sum())


def _right(g: Guesses) -> tuple[int, int, int]:
    """How many the attack and imputation are right about, of how many."""
    ok = g.counted()
    return int((g.best() == g.truth)[ok].sum()), int((g.without == g.truth)[ok].sum()), int(ok.sum())


def _figures(mine: Guesses, theirs: Guesses | None) -> dict[str, Point | float]:
    name = mine.attribute.name
    attack, without, n = _right(mine)
    out: dict[str, Point | float] = {
        f"{name}: right with the model": share(0.0, attack, n),
        f"{name}: right by imputation": share(0.0, without, n),
        f"{name}: advantage": (attack - without) / n if n else 0.0,
    }
    if theirs is not None:
        attack, _, n = _right(theirs)
        out[f"{name}: right on people that it did not learn from"] = share(0.0, attack, n)
    return out


def _doubts(found: list[tuple[Guesses, Guesses | None]], chance: float) -> Iterator[str]:
    if chance > DOUBT:
        yield "with the model no feature is guessed better than without it, beyond chance"
    for mine, theirs in found:
        if theirs is None:
            continue
        (a, _, n), (b, _, m) = _right(mine), _right(theirs)
        if more_often(a, n, b, m) > DOUBT:
            yield f"{mine.attribute.name}: as many are guessed among people that the model did not learn from"
