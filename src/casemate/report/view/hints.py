"""What a careful reader of a system file would ask about, though nothing in it is wrong."""

from __future__ import annotations

from casemate.decompose.graph import graph
from casemate.define.system import System
from casemate.report.view.words import count, joined

FEW = 3  # flows that a hint names


def hints(system: System) -> str:
    """All of them, a sentence each: shared components whose file has changed, then requests without an answer."""
    changed = (f"{system.line('components', b.id, 'from')}: {b.note}." for b in system.borrowed if b.void)
    return " ".join(filter(None, [*changed, unanswered(system)]))


def unanswered(system: System) -> str:
    """One sentence on the requests to which the file draws no answer: one is assumed. Empty where there is none."""
    g = graph(system)
    asks = [
        f
        for f in system.flows
        if g.does(f.target, "serves") and not g.between.get((f.target, f.source))
        if f.source in system.actors or (g.does(f.source, "serves", "client") and f.target in g.requests(f.source))
    ]
    if not asks:
        return ""
    first = asks[0]
    named = joined((f"{f.source} → {f.target}" for f in asks), FEW)
    return (
        f"{count(len(asks), 'request has', 'requests have')} no flow back, and an answer is assumed: {named}. "
        f"To say what comes back, write it as a flow: `{first.target} -> {first.source}: answer`."
    )
