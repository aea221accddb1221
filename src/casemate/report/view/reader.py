"""An assessment as one role reads it: its threats, actions, questions and tests, under the whole system's verdict."""

from __future__ import annotations

from dataclasses import replace

from casemate.report.view.words import ROLE, count
from casemate.validate.assessment import Assessment

ELSEWHERE = "elsewhere"
"""The outcome of a threat that belongs to somebody else: no list asks for it, so none shows it."""


def read_by(a: Assessment, role: str) -> Assessment:
    """What belongs to this role. Gate, money and map of the system stay; `whole` is the assessment itself."""
    outcomes = {r.id: a.outcomes[r.id] if r.found.rule.asked_of == role else ELSEWHERE for r in a.risks.risks}
    actions = tuple(x for x in a.treatment.actions if x.owner == role)
    return replace(
        a,
        outcomes=outcomes,
        treatment=replace(a.treatment, actions=actions, cost=sum(x.cost for x in actions)),
        whole=a,
        reader=role,
    )


def note(a: Assessment) -> str:
    """One line on what is left out; empty where nothing is."""
    if a.whole is None:
        return ""
    pairs = (
        (a.threats, a.whole.threats, "threat"),
        (a.treatment.actions, a.whole.treatment.actions, "action"),
        (a.questions, a.whole.questions, "question"),
    )
    told = ", ".join(f"{len(part)} of {count(len(of), word)}" for part, of, word in pairs)
    return f"As {ROLE[a.reader]} reads it: {told}. Verdict, gate and money are those of the whole system."


def nothing(a: Assessment) -> str:
    """What stands where a list is empty; empty where that would say something of the whole system."""
    return f"Nothing here belongs to {ROLE[a.reader]}." if a.whole is not None else ""


def gate_of(a: Assessment) -> str:
    """The heading of the gate: one role cannot pass or fail it alone."""
    return "Gate" if a.whole is None else "Gate of the whole system"
