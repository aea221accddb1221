"""What a guard is worth: the same attacks before it, by somebody who does not know it and by somebody who does.

naive      knows nothing of the guard: inputs found on the bare model are replayed, answers are taken as they come;
           a guard that counts what is asked is met from the first query on
adaptive   knows the guard and its settings: attacks the guarded model itself, sees it through every view that the
           guard names, and guards the own shadow models in the same way; the worst of all of it counts
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from casemate.core import shelf
from casemate.core.space import Array
from casemate.evidence.redteam.attack import Case, Outcome, Point, Result, Sample, share
from casemate.evidence.redteam.drive import Tried, drive, generator, going_on
from casemate.evidence.redteam.model import Function, Model, labels
from casemate.evidence.redteam.shadows import Shadows
from casemate.guards._guard import Counting, Gives, Guard, Guarded, Seeded
from casemate.guards._spec import Spec as Guarding
from casemate.guards._spec import spec as guarding

__all__ = ["Cost", "GuardTrial", "Guarding", "cost", "guarding", "tried", "worst"]
VIEWS = "evidence/redteam/views"
FEW = 10
"""What a client asks who means no harm."""


@dataclass(frozen=True, slots=True)
class GuardTrial:
    """A guard against one goal: the worst of each attacker."""

    guard: Guarding
    goal: str
    bare: Tried
    naive: Tried
    adaptive: Tried
    view: str
    """Through which view the worst adaptive attack looked; `as it is` for none."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a guard costs people who mean no harm."""

    accuracy: Point
    """Of the rows that got an answer."""
    refused: Point
    """The share of clean rows that got none."""


def cost(g: Guarding, model: Model, data: Sample, learned: Array) -> Cost:
    """Show the guarded model clean rows. learned: the rows that the guard may look at before."""
    guarded = _guarded(g, model, learned)
    if isinstance(guarded.guards[0], Counting):
        parts = enumerate(np.split(data.rows, np.arange(FEW, len(data), FEW)))
        found = np.concatenate([labels(guarded.as_client(f"client {i}")(rows)) for i, rows in parts])
    else:
        found = labels(guarded(data.rows))
    there = found >= 0
    right = int((found[there] == data.labels[there]).sum())
    return Cost(share(0, right, int(there.sum())), share(0, int((~there).sum()), len(data)))


def _made(g: Guarding, learned: Array) -> Guard:
    """A new guard that knows clean rows. Its randomness repeats: the evidence must."""
    guard = g.make()
    if isinstance(guard, Seeded):
        guard.seeded(0)
    guard.learn(learned)
    return guard


def _guarded(g: Guarding, model: Model, learned: Array) -> Guarded:
    guard = _made(g, learned)
    return Guarded(model, (guard,), model.classes, model.gives)


def tried(g: Guarding, cases: Mapping[str, Case], bare: Sequence[Tried], learned: Array, seed: int) -> list[GuardTrial]:
    """One trial for each goal that the guard is against and that was attacked. cases: by goal."""
    out = []
    for goal in dict.fromkeys(t.attack.goal for t in bare if t.scored and t.attack.goal in g.make().about.against):
        of_goal = [t for t in bare if t.attack.goal == goal]
        case = cases[goal]
        naive = worst([_naive(g, case, t, learned, seed) for t in of_goal if t.scored])
        seen = dict(_adaptive(g, case, of_goal, learned, seed))
        view = max(seen, key=lambda v: _badness(seen[v]))
        known = seen[view]
        # Nobody is stopped by knowing more.
        adaptive, view = (naive, "as it is") if _badness(naive) > _badness(known) else (known, view)
        out.append(GuardTrial(g, goal, worst(of_goal), naive, adaptive, view))
    return out


def worst(found: Sequence[Tried]) -> Tried:
    """The attack that broke the largest share; the first among equals."""
    return max(found, key=_badness)


def _badness(t: Tried) -> tuple[bool, float]:
    return t.scored > 0, t.broken


def _naive(g: Guarding, case: Case, bare: Tried, learned: Array, seed: int) -> Tried:
    model = _guarded(g, case.model, learned)
    if bare.result.adversarial is not None and not isinstance(model.guards[0], Counting):
        return replace(bare, result=_replayed(model, bare.result, case))
    return going_on(drive(bare.name, replace(case, model=model, rng=generator(seed, bare.name, g.shown, "naive"))))


def _replayed(model: Guarded, found: Result, case: Case) -> Result:
    """What was found on the bare model, shown to the guarded one."""
    outcomes = found.outcomes.copy()
    hit = np.flatnonzero(outcomes == Outcome.BROKEN)
    if len(hit) and found.adversarial is not None:
        now = labels(model(found.adversarial[hit]))
        outcomes[hit[~case.fools(now, case.victims.labels[hit])]] = Outcome.HELD
    return replace(found, outcomes=outcomes, curve=(), metrics={})


def _adaptive(g: Guarding, case: Case, bare: Sequence[Tried], learned: Array, seed: int) -> Iterator[tuple[str, Tried]]:
    """The worst attack through each view."""
    for view in ("", *g.make().about.adaptive):
        found = [_seen(g, case, t, view, learned, seed) for t in bare]
        yield view or "as it is", worst(found)


def _seen(g: Guarding, case: Case, bare: Tried, view: str, learned: Array, seed: int) -> Tried:
    rng = generator(seed, bare.name, g.shown, view or "as it is")
    guarded = _guarded(g, case.model, learned)
    limits = case.limits
    if view:
        repeats = shelf.member(VIEWS, view).REPEATS
        limits = replace(limits, queries=max(1, limits.queries // repeats))
    model = _through(view, guarded, case)
    known = replace(case, model=model, rng=rng, limits=limits, shadows=_shadowed(g, case, view, learned))
    return going_on(drive(bare.name, known))


def _through(view: str, guarded: Guarded, case: Case) -> Model:
    return shelf.member(VIEWS, view).see(guarded, case) if view else guarded


def _shadowed(g: Guarding, case: Case, view: str, learned: Array) -> Callable[[], Shadows] | None:
    """The attacker's own shadow models behind the same guard, which refuses its owner nothing."""
    own = case.shadows
    if own is None:
        return None

    def through(rows: Array, answers: Array) -> Array:
        guard = _made(g, learned)
        model = Function(lambda _: answers, case.model.classes)
        return _through(view, Guarded(model, (_Open(guard),), model.classes), case)(rows)

    return lambda: own().seen(through)


class _Open(Guard):
    """Another guard that lets everybody in."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.about = guard.about

    def answer(self, rows: Array, scores: Array) -> Array:
        """As the other does."""
        return self.guard.answer(rows, scores)

    def undo(self, scores: Array) -> Array:
        """As the other does, if it can."""
        undo = getattr(self.guard, "undo", None)
        return scores if undo is None else undo(scores)

    @property
    def gives(self) -> Gives:
        """As the other does."""
        return self.guard.gives
