"""Where a countermeasure would be put: on the threatened element, on the way to it, or on what is around it."""

from __future__ import annotations

from collections.abc import Iterator

from casemate.catalog.controls import Control
from casemate.decompose.parts import Parts
from casemate.identify.judge import Found

_AROUND = ("run by", "trained by", "stored in", "trained on", "logged by", "watched by")


def place(parts: Parts, f: Found, control: Control) -> str | None:
    """The nearest component of a kind that the control can sit on; None when the system has no such place."""
    return next((c for c in _candidates(parts, f) if parts.graph.kind[c].name in control.sits_on), None)


def _candidates(parts: Parts, f: Found) -> Iterator[str]:
    """Own components first: what somebody else runs is no place for our countermeasures while there is another."""
    found = dict.fromkeys(_all(parts, f))
    ours = [c for c in found if parts.system.zones[parts.system.components[c].zone].owner is None]
    yield from ours
    yield from (c for c in found if c not in ours)


def _all(parts: Parts, f: Found) -> Iterator[str]:
    kinds = parts.graph.kind
    if f.element in kinds:
        yield f.element
    flow = next((x for x in parts.system.flows if x.id == f.element), None)
    if flow:
        yield from (e for e in (flow.target, flow.source) if e in kinds)
    yield from (c for c in f.reason.path if c in kinds)  # from the outside in: the front is the place to stop it
    thing = parts.things[f.element]
    for name in _AROUND:
        yield from (t.id for t in thing.facts.get(name, ()) if t.id is not None)
    if f.element == "system":
        yield from sorted(kinds)
