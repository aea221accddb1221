"""What the reasons of the threats name, on both sides of a comparison, whether or not it made a threat another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from casemate.identify.explain import Reason
from casemate.validate.diff.change import Change
from casemate.validate.diff.state import Side

OF_ELEMENTS = ("components", "flows", "actors")


@dataclass(frozen=True, slots=True)
class Named:
    """Facts by (element, name); elements; steps of a way as (from, to)."""

    facts: frozenset[tuple[str, str]] = frozenset()
    elements: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, *sides: Side) -> Named:
        """Of all threats of these sides; a saved one tells no reasons."""
        found = [r.found.reason for s in sides if s.assessment for r in s.assessment.risks.risks]
        facts = {x for reason in found for x in _facts(reason)}
        steps = {x for reason in found for x in pairwise(reason.path)}
        ways = {e for reason in found for e in reason.path}
        return cls(frozenset(facts), frozenset({e for e, _ in facts} | ways), frozenset(steps))

    def tells(self, c: Change) -> bool:
        """Whether a reason names what was changed: the fact, or the element or flow that is new or gone."""
        if c.section not in OF_ELEMENTS:
            return False
        if c.section in ("components", "flows") and c.field:
            return (c.element, c.field) in self.facts
        return c.element in self.elements or tuple(c.element.split("->")) in self.steps


def _facts(reason: Reason) -> Iterable[tuple[str, str]]:
    yield from ((f.element, f.field) for f in reason.facts)
    yield from reason.missing
    yield from reason.doubted
