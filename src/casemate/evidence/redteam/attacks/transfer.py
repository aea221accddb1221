"""Transfer: trains a copy on what the target says to the attacker's rows, and attacks the copy at home.

The target is shown only what came out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.climb import PROPOSALS, affordable, greedy_step, margins_of, parts, proposed
from casemate.evidence.redteam.evasion import Hunt
from casemate.evidence.redteam.model import Model
from casemate.evidence.redteam.surrogate import copier

ATTACK = Attack(
    goal="evasion",
    gives="labels",
    threats=("adversarial-input", "hand-altered-input"),
    unit="row",
    source="Papernot et al. 2017, Practical Black-Box Attacks against Machine Learning",
    baseline="random-noise",
    nist="NISTAML.025",
)
POOL = 10_000
"""Rows of the pool that the target labels at most."""
TRIES = 5
"""Copies that are trained and attacked; each costs one query a row. A copy of other seed errs elsewhere."""
STEPS, AT_HOME = 8, 1 << 20
"""Greedy steps on the copy, which may be asked as often as one likes."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every copy. A row counts as broken within epsilon. The pool's queries are shared by all rows."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    rows = case.pool.rows[case.rng.permutation(len(case.pool))[:POOL]]
    tries = min(TRIES, case.limits.queries - 1)
    spent = {"queries for the copy": 0}
    if len(rows) and tries > 0 and len(hunt.open()):
        answers = case.model(rows)
        spent = {"queries for the copy": len(rows)}
        # A guard that refuses the whole pool leaves nothing to learn from.
        for k in range(tries if not np.isnan(answers).any(axis=1).all() else 0):
            copy = (case.surrogate or copier(case.space))(rows, answers, int(case.rng.integers(2**31)))
            which = hunt.open()
            hunt.ask(which, _crafted(hunt, copy)[which][:, None])
            yield _with(hunt.result((k + 1) / tries), spent)
            if not len(hunt.open()):
                break
    yield _with(hunt.result(1.0), spent)


def _with(result: Result, spent: dict[str, int]) -> Result:
    return replace(result, metrics={**result.metrics, **spent})


def _crafted(hunt: Hunt, copy: Model) -> Array:
    """Points within epsilon that the copy is most wrong about, shape (n, dimensions)."""
    case = replace(hunt.case, model=copy, limits=replace(hunt.case.limits, queries=AT_HOME))
    home = Hunt.of(case, hunt.prey, bounded=True)
    at, value, pool = hunt.prey.points.copy(), np.full(len(hunt.prey.index), np.inf), case.space.points(case.pool.rows)
    which = hunt.open()
    for t in range(STEPS):
        chosen = affordable(home, PROPOSALS, AT_HOME)
        if not len(chosen):
            break
        for part in parts(home, which):
            made = proposed(case, at[part], pool, t)
            at[part], value[part] = greedy_step(home, part, at[part], value[part], made, chosen, margins_of)
    return at
