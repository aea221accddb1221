"""Where a fact comes from that is neither measured nor in the file: a record that nobody signed.

Such a record adds what nobody said and makes worse what somebody said; the line of the file does not say that then.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.decompose.parts import Parts
from casemate.identify.explain import Fact, Reason

ASKED = {"known flaws": "patched"}
"""Derived facts, and the fact of a record from which they are known."""


def attested(parts: Parts, element: str, name: str) -> str | None:
    """The id of the record that nobody signed and from which a fact comes; None where it comes from elsewhere.

    That the file itself says so, or a measurement, is elsewhere.
    """
    thing, asked = parts.things.get(element), ASKED.get(name, name)
    if thing is None or name in thing.measured:
        return None
    records = parts.records.get(element, ())
    found = [r.statement for r in records if r.usable and r.standing != "measured" and asked in r.statement.facts]
    if not found:
        return None
    corrected = {c.evidence for c in parts.corrections if (c.element, c.field) == (element, asked)}
    if not corrected and ("components", element, asked) in parts.system.places:
        return None  # the file says so too, and no worse
    among = [s for s in found if s.id in corrected] if corrected else found
    same = [s for s in among if s.facts[asked] == thing.facts.get(asked)]
    return next((s.id for s in (*same, *among)), None)


def facts(parts: Parts, reason: Reason) -> Iterator[tuple[Fact, str]]:
    """The facts of a derivation that such records say, each with the id of the record."""
    if not parts.records:
        return
    for f in reason.facts:
        record = None if f.record else attested(parts, f.element, f.field)
        if record is not None:
            yield f, record


def exported(reason: Reason) -> tuple[str, ...]:
    """Those who have a right that only an export of rights shows."""
    found = (y for members in reason.witnesses.values() for y in members if y.facts.get("undeclared"))
    return tuple(dict.fromkeys(str(y.id) for y in found))
