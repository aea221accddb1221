"""Calls a member whoever's true class the model is surest of: one query, one threshold for all."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.redteam.attack import Attack, Case, Result
from casemate.evidence.redteam.membership import accuracies, asked, suspects, told
from casemate.evidence.redteam.signals import logit, step

ATTACK = Attack(
    goal="membership",
    gives="scores",
    threats=("membership-inference",),
    unit="row",
    source="Yeom et al. 2018, Privacy Risk in Machine Learning, section 3 (threshold on the loss)",
    needs=frozenset({"train"}),
    nist="NISTAML.033",
)


def run(case: Case) -> Iterator[Result]:
    """Yields after every call."""
    who = suspects(case)
    for answers, heard, done in asked(case, who):
        scores = logit(answers, who.sample.labels, step(answers[heard]))
        yield told(who, scores, heard.astype("int64"), done, accuracies(who, answers, heard))
