"""What is due, and what will be: reviews, retrained models, alarms, evidence and decisions that end, sign-offs,
passports, shared components whose file changed.

An entry is due from its day on. What has no day of its own (a model that is another file than was measured) is due on
the day of the assessment. Evidence that a newer record of its kind replaces is nobody's business any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from casemate.define.system import System
from casemate.evidence.bind import MAX_AGE, Record, element_digest, last_day
from casemate.validate.assessment import Assessment
from casemate.validate.diff.inputs import declared
from casemate.validate.review import QUARTER, news_of
from casemate.validate.signoff.standing import Standing

SOON = 30  # days
KINDS = ("review", "alarm", "retrained", "evidence", "decision", "sign-off", "passport", "shared")


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to come back to. `id` is of what it is about, not of its day: a date that moves moves the entry."""

    kind: str
    about: str
    on: date
    what: str
    todo: str
    due: bool
    owner: str = ""
    """Who is asked, where that is said."""

    @property
    def id(self) -> str:
        """`evidence/scan@scorer`."""
        return f"{self.kind}/{self.about}"


@dataclass(frozen=True, slots=True)
class Lost:
    """Evidence of one kind of which nothing counts any more."""

    element: str
    kind: str
    state: str
    """void, expired or inherited; of several records that of the best."""
    why: str
    todo: str


LEFT = ("expired", "inherited", "void")


def lost(a: Assessment) -> tuple[Lost, ...]:
    """What was measured once and no longer counts, by element and kind. What a newer record replaces is left out."""
    gone = []
    for element, records in sorted(a.risks.parts.records.items()):
        for kind in sorted({r.statement.kind for r in records}):
            of_kind = [r for r in records if r.statement.kind == kind]
            state = next((s for s in LEFT if any(r.state == s for r in of_kind)), "")
            if state and not any(r.usable for r in of_kind):
                best = next(r for r in of_kind if r.state == state)
                gone.append((element, kind, state, best))
    system = declared(a) if any(state == "void" for _, _, state, _ in gone) else a.system
    return tuple(Lost(e, kind, state, _why(a, system, best), _again(a, e, kind)) for e, kind, state, best in gone)


def _why(a: Assessment, system: System, r: Record) -> str:
    """Why a record counts no longer. system: as the file says it, which is what stands for what has no bytes."""
    if r.state == "expired":
        return f"it was good until {_until(a, r)}"
    if r.state == "inherited":
        return "it is of another build of the same recipe: its trials count in part, its facts do not"
    c = system.components[r.element]
    if c.path:
        return f"{c.path}, or a file that it rests on, is another than was measured"
    if element_digest(system, c) == r.statement.digest:
        return "a file that it rests on is another than was measured"
    return f"the file says other things of {r.element} than when it was measured"


def _again(a: Assessment, element: str, kind: str) -> str:
    """How to get it anew, by a task of its kind where there is one."""
    asked = any(t.kind == kind for t in a.system.measure)
    return _measure(a) if asked else f"collect it again: nothing under `measure:` makes a {kind} of {element}"


def due(a: Assessment, signed: Iterable[Standing] = ()) -> tuple[Due, ...]:
    """All of it, the earliest first. signed: how the roles stand whose sign-off the policy requires."""
    found = [
        *_review(a),
        *_alarms(a),
        *_evidence(a),
        *_decisions(a),
        *_sign_offs(a, signed),
        *_passport(a),
        *_shared(a),
    ]
    return tuple(sorted(found, key=lambda d: (not d.due, d.on, KINDS.index(d.kind), d.about)))


def soon(entries: Iterable[Due], today: date, within: int = SOON) -> tuple[Due, ...]:
    """Those that are not due yet and will be within so many days."""
    return tuple(d for d in entries if not d.due and d.on <= today + timedelta(days=within))


def _review(a: Assessment) -> Iterator[Due]:
    """By date alone: what a monitor saw is an entry of its own."""
    last, every = a.system.review_last, a.system.review_every or QUARTER
    todo = "casemate review walk, then casemate review sign"
    if last is None or last > a.today:
        ahead = f": the file says {last}, which is to come" if last else ""
        yield Due("review", "system", a.today, f"nobody has reviewed this system yet{ahead}", todo, True)
        return
    on = last + timedelta(days=every)
    yield Due("review", "system", on, f"the review after {every} days; the last one was on {last}", todo, on <= a.today)


def _alarms(a: Assessment) -> Iterator[Due]:
    last = a.system.review_last
    for n in news_of(a.risks.parts.records):
        if last is None or n.on > last:
            todo = "look into it, then review"
            what = f"the log of {n.element} shows {n.what}"
            yield Due("alarm", f"{n.element}/{n.on}", n.on, what, todo, n.on <= a.today, "data-science")


def _evidence(a: Assessment) -> Iterator[Due]:
    for element, records in sorted(a.risks.parts.records.items()):
        void: list[str] = []
        for kind in sorted({r.statement.kind for r in records}):
            of_kind = [r for r in records if r.statement.kind == kind]
            good = [r for r in of_kind if r.usable]
            if good:
                yield _ends(a, element, kind, max(_until(a, r) for r in good))
            elif any(r.state == "expired" for r in of_kind):
                yield _ends(a, element, kind, max(_until(a, r) for r in of_kind if r.state == "expired"))
            elif any(r.state in ("void", "inherited") for r in of_kind):
                void.append(kind)
        if void:
            what = f"{element}, or a file that its evidence rests on, is another than was measured: {', '.join(void)}"
            yield Due("retrained", element, a.today, what, _measure(a), True)


def _ends(a: Assessment, element: str, kind: str, until: date) -> Due:
    """Evidence holds on its last day, and is due on the day after."""
    on = until + timedelta(days=1)
    over = on <= a.today
    what = f"the {kind} of {element} {'was' if over else 'is'} good until {until}"
    return Due("evidence", f"{kind}@{element}", on, what, _measure(a), over)


def _measure(a: Assessment) -> str:
    return f"casemate assess --measure {a.system.path}"


def _until(a: Assessment, r: Record) -> date:
    age = a.policy.maximum_age.get(r.statement.kind, MAX_AGE)
    return last_day(r.statement, a.system.components[r.element], age)


def _decisions(a: Assessment) -> Iterator[Due]:
    for r in a.rulings:
        if r.state == "unused":
            continue
        d = r.decision
        on = d.until + timedelta(days=1)
        over = on <= a.today
        what = f"{d.threat} {'was' if over else 'is'} {r.word} until {d.until}"
        yield Due("decision", d.threat, on, what, "treat it, or decide again", over, d.owner)
    for x in a.system.allow:
        on = x.until + timedelta(days=1)
        over = on <= a.today
        what = f"{x.shown} {'was' if over else 'is'} allowed in scans until {x.until}"
        yield Due("decision", f"allow {x.shown}", on, what, "take it out, or allow it again", over, x.by)


def _sign_offs(a: Assessment, signed: Iterable[Standing]) -> Iterator[Due]:
    for s in signed:
        if s.state != "signed":
            yield Due("sign-off", s.role, a.today, s.says, s.todo, True, s.role)


def _passport(a: Assessment) -> Iterator[Due]:
    p = a.passport
    if p is None:
        return
    todo = "casemate passport issue --key KEY --measure"
    if p.until is None or p.state != "valid":
        what = f"the passport is void, because {'; '.join(p.because)}"
        yield Due("passport", p.file, a.today, what, todo, True, "operations")
    else:
        on = p.until + timedelta(days=1)
        yield Due("passport", p.file, on, f"the passport is good until {p.until}", todo, False, "operations")


def _shared(a: Assessment) -> Iterator[Due]:
    """A component that is described in another file is void as soon as that file is another."""
    for b in a.system.borrowed:
        if b.void:
            what = f"{b.file}, which describes {b.id}, has changed"
            yield Due("shared", b.id, a.today, what, "read it, and write its digest again", True)
