"""How far each row's logit lies above what shadow models that did not learn the row give it.

For an attacker who cannot train on the rows they ask about. It is weaker than the online attack, but where few models
are at hand it needs half as many parameters, and sometimes wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import Suspects, beside_shadows
from casemate.evidence.redteam.shadows import Shadows
from casemate.evidence.redteam.signals import bells, logit, step

ATTACK = Attack(
    goal="membership",
    gives="scores",
    threats=("membership-inference",),
    unit="row",
    source="Carlini et al. 2022, Membership Inference Attacks From First Principles, section V-B",
    strength="equal",
    needs=frozenset({"train", "fit"}),
    nist="NISTAML.033",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every call to the target."""
    yield from beside_shadows(case, score)


def score(who: Suspects, shadow: Shadows) -> Callable[[Array], Array]:
    """How answers become distances from the bells of models that did not learn the row."""
    truth, half = who.sample.labels, step(shadow.answers)
    bell = bells(logit(shadow.answers, truth, half), shadow.kept)
    return lambda answers: bell.offline(logit(answers, truth, half))
