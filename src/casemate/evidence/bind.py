"""What each record still speaks for. Evidence binds to what it measured (law 1) and to nothing else.

    valid      the digest is the one in use, and the record is young enough
    inherited  another file of the same recipe (code, settings, lock, data): trials count at weight .3, facts do not
    expired    too old; trials decay to the prior, facts no longer count
    early      dated after the day of the assessment; not used
    void       another digest, or a lock file that it rests on is another: shown, never used

What depends on the place or the name and not on bytes alone (OF_THE_PLACE) speaks of its own element only.
Standing: `measured` when it was measured in this run or is signed; everything else counts as `attested`. So does
always what was read from a file of another tool: nobody here saw that tool at work, on whatever day it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from casemate.core.digest import of_value
from casemate.define.system import Component, System
from casemate.evidence.statement import Statement

MAX_AGE = 90  # days; the article's quarterly review
MAX_AGE_WITHOUT_BYTES = 30  # law 1: an element that has no bytes can change unseen
INHERITED = 0.3  # law 1
IMPORTED = "imported"  # in the settings of a record that was read from a file of another tool
PROMPTS = "prompts"  # in the settings of a record whose tries are a list of prompts to a language model
OF_THE_PLACE = frozenset({"access", "configuration", "audit", "verify", "lineage", "probe", "monitor"})
"""Kinds whose records speak of rights, locks, signers, origins, what runs or what is asked: equal bytes elsewhere may
have others."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was collected: records, and the digests of the things as they are now (None: not there or unreadable)."""

    statements: tuple[Statement, ...] = ()
    digests: Mapping[str, str | None] = field(default_factory=dict)
    recipes: Mapping[str, str | None] = field(default_factory=dict)
    this_run: frozenset[str] = frozenset()
    """Ids of the records that were measured in this run."""
    moved: frozenset[str] = frozenset()
    """Ids of the records that rest on files beside the element which are others now."""


@dataclass(frozen=True, slots=True)
class Record:
    """A statement seen from one element: whether it still binds, and what it counts as."""

    statement: Statement
    element: str
    state: str
    standing: str

    @property
    def usable(self) -> bool:
        """Whether its facts and controls may be used."""
        return self.state == "valid"

    @property
    def weight(self) -> float:
        """How much its trials count."""
        return {"valid": 1.0, "inherited": INHERITED}.get(self.state, 0.0)


PROSE = frozenset({"name", "means"})


def element_digest(system: System, c: Component) -> str:
    """What stands for an element without bytes: the digest of what the file says of it, its controls apart.

    The system's name belongs to it: an element of the same words in another system is another one. What is only said
    to people (its name, what it means) does not: a better word for a thing does not make it another.
    """
    props = {k: str(v) for k, v in c.props.items() if k not in PROSE}
    return of_value({"system": system.name, "kind": c.kind, "zone": c.zone, "props": props})


def bind(
    system: System, evidence: Evidence, today: date, ages: Mapping[str, int] | None = None
) -> dict[str, tuple[Record, ...]]:
    """The records of each element, newest first. A record of an element that is no longer there is left out.

    ages: the policy's maximum age in days, by kind of evidence.
    """
    by_digest: dict[str, list[str]] = {}
    for cid, c in system.components.items():
        digest = evidence.digests.get(cid) if c.path else element_digest(system, c)
        if digest is not None:
            by_digest.setdefault(digest, []).append(cid)
    out: dict[str, list[Record]] = {}
    for s in evidence.statements:
        # A twin with the same bytes is served too, but only where the elements have bytes: a text digest names one.
        now = [] if s.id in evidence.moved else by_digest.get(s.digest, [])
        same = [cid for cid in now if cid == s.about or _of_bytes(s, system.components[cid])]
        # What it was measured on is told even when the bytes have moved elsewhere: void, or inherited.
        apart = [s.about] if s.about in system.components and s.about not in same else []
        for cid in (*same, *apart):
            state = _state(
                s,
                system.components[cid],
                cid in same,
                evidence.recipes.get(cid),
                today,
                (ages or {}).get(s.kind, MAX_AGE),
            )
            seen = (s.signed or s.id in evidence.this_run) and s.settings.get(IMPORTED) is not True
            standing = "measured" if seen else "attested"
            out.setdefault(cid, []).append(Record(s, cid, state, standing))
    return {cid: tuple(sorted(records, key=newest)) for cid, records in sorted(out.items())}


def _of_bytes(s: Statement, c: Component) -> bool:
    return c.path is not None and s.kind not in OF_THE_PLACE


def newest(r: Record) -> tuple[Any, ...]:
    """The order in which an element's records are asked."""
    return (-r.statement.measured.toordinal(), r.state != "valid", r.standing != "measured", r.statement.id)


def last_day(s: Statement, c: Component, max_age: int) -> date:
    """The last day on which a record of this component is young enough. max_age: the policy's, in days."""
    age = max_age if c.path else min(max_age, MAX_AGE_WITHOUT_BYTES)
    return min(s.valid_until or date.max, s.measured + timedelta(days=age))


def _state(s: Statement, c: Component, same: bool, recipe: str | None, today: date, max_age: int) -> str:
    young = s.measured <= today <= last_day(s, c, max_age)
    if not same:
        return "inherited" if s.recipe is not None and s.recipe == recipe and young else "void"
    return "valid" if young else "early" if s.measured > today else "expired"
