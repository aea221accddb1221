"""One attack, driven to its end: by its own steps, or until the budget, the model or a person stops it."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from casemate.core import shelf
from casemate.core.digest import of_text
from casemate.core.errors import CasemateError
from casemate.evidence.redteam.attack import Attack, Case, Outcome, Result
from casemate.evidence.redteam.metered import Spent
from casemate.evidence.redteam.model import ModelError, gives_at_least

SHELF = "evidence/redteam/attacks"
NOTHING = Result(np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64), 0.0)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attack, and why it ended when it did not end by itself."""

    name: str
    attack: Attack
    result: Result
    stopped: str = ""
    left_out: bool = False
    """It could not be tried, and nobody asked for it by its name: that says nothing of the run."""

    @property
    def scored(self) -> int:
        """Trials that say anything."""
        return self.result.count(Outcome.BROKEN) + self.result.count(Outcome.HELD)

    @property
    def broken(self) -> float:
        """The share of scored trials that broke; 0 where none could be scored."""
        return self.result.count(Outcome.BROKEN) / self.scored if self.scored else 0.0


def attacks() -> dict[str, Attack]:
    """Every attack of the shelf by its id."""
    return {name: shelf.member(SHELF, name).ATTACK for name in shelf.names(SHELF)}


def generator(seed: int, *names: str) -> np.random.Generator:
    """Random numbers of an attack: from the seed and what is tried alone, so that another attack redraws nothing."""
    return np.random.default_rng([seed, *(int(of_text(name)[:15], 16) for name in names)])


def missing(attack: Attack, case: Case) -> str:
    """What the attack needs and the case has not; nothing when it can run."""
    if not gives_at_least(case.model, attack.gives):
        return f"needs {attack.gives}, and the model gives {case.model.gives}"
    for need in sorted(attack.needs):
        if getattr(case, need) is None:
            return {"train": "needs the training data (--train)", "fit": "needs the recipe (--fit)"}[need]
    if len(case.victims) == 0:
        return "has no rows to work with"
    return ""


def drive(name: str, case: Case) -> Tried:
    """Run an attack on a case. What it learned before it was stopped counts."""
    member: ModuleType = shelf.member(SHELF, name)
    attack: Attack = member.ATTACK
    if lacks := missing(attack, case):
        return Tried(name, attack, NOTHING, lacks)
    last = NOTHING
    try:
        for last in member.run(case):  # noqa: B007  kept for when it is stopped
            pass
    except (Spent, CasemateError) as e:  # one that cannot go on takes no other with it
        return Tried(name, attack, last, why(e))
    except KeyboardInterrupt:
        return Tried(name, attack, last, INTERRUPTED)
    return Tried(name, attack, last)


INTERRUPTED = "interrupted"


def going_on(t: Tried) -> Tried:
    """What was tried, unless a person interrupted it. Raises KeyboardInterrupt then: nothing is begun after it."""
    if t.stopped == INTERRUPTED:
        raise KeyboardInterrupt
    return t


def why(e: Spent | CasemateError) -> str:
    """Why something ended, in a few words."""
    return e.what if isinstance(e, ModelError) else str(e)


def chosen(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The attacks of these names or goals; the default ones when none is named. Raises CasemateError."""
    known = attacks()
    if not names:
        return tuple(n for n, a in known.items() if a.default)
    goals = {a.goal for a in known.values()}
    wrong = [n for n in names if n not in known and n not in goals]
    if wrong:
        raise CasemateError(
            where, f"there is no attack {wrong[0][:60]!r}", f"there is {', '.join([*sorted(goals), *known])}"
        )
    return tuple(n for n, a in known.items() if n in names or a.goal in names)
