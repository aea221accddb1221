"""How much likelier the target finds each row's true class than shadow models do on average.

It compares rows with a population, so it works with few shadow models, where the bell curves of LiRA are rough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from casemate.core.space import Array
from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import Suspects, beside_shadows
from casemate.evidence.redteam.shadows import Shadows
from casemate.evidence.redteam.signals import ratio, step, true_class

ATTACK = Attack(
    goal="membership",
    gives="scores",
    threats=("membership-inference",),
    unit="row",
    source="Zarifzadeh et al. 2024, Low-Cost High-Power Membership Inference Attacks, section 3",
    strength="equal",
    needs=frozenset({"train", "fit"}),
    nist="NISTAML.033",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every call to the target."""
    yield from beside_shadows(case, score)


def score(who: Suspects, shadow: Shadows) -> Callable[[Array], Array]:
    """How answers become ratios."""
    truth, half = who.sample.labels, step(shadow.answers)
    known = true_class(shadow.answers, truth)
    return lambda answers: ratio(true_class(answers, truth), known, half)
