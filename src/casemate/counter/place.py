"""Where a countermeasure would be put: on the threatened element, on the way to it, or on what is around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from casemate.catalog.controls import Control
from casemate.decompose.parts import Parts
from casemate.identify.judge import Found

_AROUND = ("run by", "trained by", "stored in", "trained on", "logged by", "watched by")


def place(parts: Parts, near: Sequence[str], control: Control) -> str | None:
    """Where the control does best, else as near to the threat as can be; None when the system has no such place."""
    for best in control.best_on:
        for c in near:
            if parts.things[c].kind == best:
                return c
    for c in near:
        if parts.things[c].kind in control.sits_on:
            return c
    return None


def candidates(parts: Parts, f: Found) -> tuple[str, ...]:
    """Places near a threat, the nearest first.

    Own components first: what somebody else runs is no place for our countermeasures while there is another.
    """
    found = dict.fromkeys(_all(parts, f))
    theirs = [c for c in found if parts.things[c].facts.get("foreign")]
    return (*(c for c in found if c not in theirs), *theirs) if theirs else tuple(found)


def _all(parts: Parts, f: Found) -> Iterator[str]:
    kinds = parts.graph.kind
    if f.element in kinds or f.element == "system":
        yield f.element
    flow = parts.graph.flows.get(f.element)
    if flow:
        yield from (e for e in (flow.target, flow.source) if e in kinds)
    yield from (c for c in f.reason.path if c in kinds)  # from the outside in: the front is the place to stop it
    thing = parts.things[f.element]
    for name in _AROUND:
        yield from (t.id for t in thing.facts.get(name, ()) if t.id is not None)
