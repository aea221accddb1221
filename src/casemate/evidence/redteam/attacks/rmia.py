"""How much likelier the target finds each row's true class than shadow models do on average.

It compares rows with a population, so it works with few shadow models, where the bell curves of LiRA are rough.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import accuracies, asked, shadows, suspects, told
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
    who = suspects(case)
    shadow = shadows(case, who)
    half = step(shadow.answers)
    known = true_class(shadow.answers, who.sample.labels)
    for answers, heard, done in asked(case, who):
        scores = ratio(true_class(answers, who.sample.labels), known, half)
        more = accuracies(who, answers, heard)
        yield told(who, scores, heard.astype("int64"), done, {**more, "shadow models": len(shadow.kept)})
