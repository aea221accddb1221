"""How far each row's logit lies above what shadow models that did not learn the row give it.

For an attacker who cannot train on the rows they ask about. It is weaker than the online attack, but where few models
are at hand it needs half as many parameters, and sometimes wins.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import accuracies, asked, shadows, suspects, told
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
    who = suspects(case)
    shadow = shadows(case, who)
    half = step(shadow.answers)
    bell = bells(logit(shadow.answers, who.sample.labels, half), shadow.kept)
    for answers, heard, done in asked(case, who):
        scores = bell.offline(logit(answers, who.sample.labels, half))
        more = accuracies(who, answers, heard)
        yield told(who, scores, heard.astype("int64"), done, {**more, "shadow models": len(shadow.kept)})
