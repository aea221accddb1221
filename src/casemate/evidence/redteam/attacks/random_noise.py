"""Random changes at the same budget: what an attack must beat before its finding says anything of the model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.evasion import Hunt, scale, within

ATTACK = Attack(
    goal="evasion",
    gives="labels",
    threats=("adversarial-input", "hand-altered-input"),
    unit="row",
    source="the baseline of Carlini et al. 2019, On Evaluating Adversarial Robustness, section 4",
    nist="NISTAML.022",
)
TRIES = 100
"""At most so many for each row: more of the same finds hardly more."""


def run(case: Case) -> Iterator[Result]:
    """Yields after every try. A row counts as broken within epsilon; it is tried on until it is."""
    hunt = Hunt.begin(case, bounded=True)
    yield hunt.result(0.0)
    tries = min(TRIES, case.limits.queries - 1)
    for k in range(tries):
        which = hunt.open()
        if not len(which):
            break
        origins = hunt.prey.points[which]
        hunt.ask(which, within(case, origins + _noise(case, origins.shape), origins)[:, None])
        yield hunt.result((k + 1) / tries)
    yield hunt.result(1.0)


def _noise(case: Case, shape: tuple[int, ...]) -> Array:
    """On the surface of the ball of radius epsilon, in the dimensions that may change."""
    epsilon, weight = case.limits.epsilon, scale(case)
    if case.limits.norm == "linf":
        return np.asarray(epsilon / weight * case.rng.choice([-1.0, 1.0], shape) * case.space.free)
    step = case.rng.standard_normal(shape) * case.space.free
    step *= epsilon / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    return np.asarray(step / weight)
