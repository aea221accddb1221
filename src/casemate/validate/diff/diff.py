"""Two assessments held against each other: which threats are others, why, and whether anything got worse.

    appeared, vanished    the threat is found on one side only
    outcome               open, assumed, countered, ... is another word
    severity, risk        the same outcome, but another band; or another sum, with three digits

Worse is what the gate would mind, which never rests on guessed money (law 10): a threat that is open, assumed or
ruled out by declaration alone where it was further from open before; one that hurts people more often than before; a
severity or an expected yearly loss that rose where somebody owns the attempts; a reason of the gate that was not there.
Draft threats never count. A loss that rose and that nobody owns is told, and does not decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.validate.assessment import Assessment
from casemate.validate.diff.causes import Cause, causes
from casemate.validate.diff.change import Change
from casemate.validate.diff.changes import changes
from casemate.validate.diff.derivation import derivation, risks
from casemate.validate.diff.inputs import Inputs, inputs
from casemate.validate.diff.named import Named
from casemate.validate.diff.state import Bound, Reason, Side, State, side

OPENNESS = {"open": 3, "assumed": 2, "declared": 1}
"""How far from being dealt with; everything else is 0, and so is a threat that does not exist."""
STANDING = ("open", "assumed")
GATING = frozenset({"policy", "system", "decisions", "evidence"})
"""Sections that the gate looks at besides the threats."""
KINDS = ("appeared", "outcome", "severity", "risk", "vanished")
_TIMES = re.compile(r"\d+(\.\d+)? times as often|^\d+ threats")


@dataclass(frozen=True, slots=True)
class Changed:
    """One threat that is another than before. `before` and `after`: None where it does not exist."""

    id: str
    kind: str
    before: State | None
    after: State | None
    worse: bool
    cause: Cause
    how: tuple[str, ...]
    """What is other in its derivation."""

    @property
    def now(self) -> State:
        """The newer of its states."""
        found = self.after or self.before
        assert found is not None  # noqa: S101
        return found


@dataclass(frozen=True, slots=True)
class Moved:
    """A record at an element, or a control where it sits: what it counted as, and counts as. Empty where it is not."""

    id: str
    element: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two assessments."""

    old: Side
    new: Side
    threats: tuple[Changed, ...]
    """Worse ones first, then by kind, severity and id."""
    changes: tuple[Change, ...] | None
    """What went in differently; None where a saved assessment does not tell."""
    evidence: tuple[Moved, ...]
    controls: tuple[Moved, ...] | None
    reasons_new: tuple[Reason, ...]
    reasons_gone: tuple[Reason, ...]
    notes: tuple[str, ...] = ()
    """What could not be compared, or comes from elsewhere."""

    @property
    def worse(self) -> tuple[Changed, ...]:
        """The threats that got worse."""
        return tuple(t for t in self.threats if t.worse)

    @property
    def hurting(self) -> tuple[Changed, ...]:
        """Those of them that hurt people more often than before."""
        return tuple(t for t in self.worse if t.after and hurts(t.after) > (hurts(t.before) if t.before else 0))

    @property
    def exit_code(self) -> int:
        """0 nothing got worse; 1 a threat, the gate or an owned loss did; 3 only evidence that is required is lost."""
        dearer = [1] if self.dearer and self.new.owned else []
        return min([1 for t in self.worse] + [r.exit for r in self.reasons_new] + dearer, default=0)

    @property
    def dearer(self) -> bool:
        """Whether the expected yearly loss rose as evidence has it, by what two digits show."""
        if self.old.currency != self.new.currency:
            return False
        return float(f"{self.new.current:.2g}") > float(f"{self.old.current:.2g}")

    @property
    def idle(self) -> tuple[Change, ...]:
        """Changes that no threat names, as its cause or in its reason, and that cannot be why the gate is another."""
        named = {c for t in self.threats for c in t.cause.changes}
        gate = GATING if self.reasons_new or self.reasons_gone else frozenset()
        left = [c for c in self.changes or () if c not in named and c.section not in gate]
        told = Named.of(self.old, self.new) if left else Named()
        return tuple(c for c in left if not told.tells(c))

    @property
    def same(self) -> bool:
        """Whether nothing at all is to be told."""
        told = (self.threats, self.changes, self.evidence, self.controls, self.reasons_new, self.reasons_gone)
        return not any(told) and self.old.digest == self.new.digest


def diff(old: Assessment | Side, new: Assessment | Side, notes: tuple[str, ...] = ()) -> Diff:
    """Compare two assessments. Pure: same inputs, same answer."""
    a, b = (x if isinstance(x, Side) else side(x) for x in (old, new))
    live = a.assessment is not None and b.assessment is not None
    before, after = (inputs(x.assessment) if live and x.assessment else None for x in (a, b))
    found = changes(before, after) if before and after else None
    kinds = {i: k for i in sorted(a.threats.keys() | b.threats.keys()) if (k := _kind(a, b, i))}
    was, now = risks(a), risks(b)
    why = _why(a, b, kinds, found or (), before, after, touched([x[i] for x in (was, now) for i in kinds if i in x]))
    threats = tuple(
        Changed(
            i, kind, a.threats.get(i), b.threats.get(i), _worse(b, a.threats.get(i), b.threats.get(i)),
            why.get(i, Cause()), derivation(a, b, i, was, now),
        )
        for i, kind in kinds.items()
    )  # fmt: skip
    return Diff(
        a, b, tuple(sorted(threats, key=_order)), found, _evidence(a, b), _controls(a, b),
        _only(b.reasons, a.reasons), _only(a.reasons, b.reasons), (*notes, *_notes(a, b)),
    )  # fmt: skip


def _kind(a: Side, b: Side, id: str) -> str:
    """How a threat changed; empty where it did not."""
    was, now = a.threats.get(id), b.threats.get(id)
    if was is None or now is None:
        return "appeared" if was is None else "vanished"
    if was.outcome != now.outcome:
        return "outcome"
    if was.severity != now.severity:
        return "severity"
    if a.currency == b.currency and _rounded(was) != _rounded(now):
        return "risk"
    return ""


def _rounded(s: State) -> tuple[str, str]:
    return f"{s.current:.3g}", f"{s.danger or 0:.3g}"


def _worse(b: Side, was: State | None, now: State | None) -> bool:
    if now is None or now.status != "stable":
        return False
    before, after = (OPENNESS.get(s.outcome, 0) if s else 0 for s in (was, now))
    if was is None:
        return now.outcome in STANDING
    if after > before or (after == before > 0 and hurts(now) > hurts(was)):
        return True
    counts = now.outcome in STANDING and (b.owned or now.danger is not None)
    return counts and SEVERITIES.index(now.severity) < SEVERITIES.index(was.severity)


def hurts(s: State) -> float:
    """How often it hurts people over what is tolerable, with three digits; 0 where nobody gets hurt."""
    return float(f"{s.danger or 0:.3g}")


def touched(found: Iterable[Risk]) -> Counter[str]:
    """By element, in how many derivations it takes part."""
    out: Counter[str] = Counter()
    for r in found:
        reason = r.found.reason
        elements = {r.found.element, *reason.path, *(f.element for f in reason.facts)}
        out.update(elements | {e for e, _ in (*reason.missing, *reason.doubted)})
    return out


def _why(
    a: Side,
    b: Side,
    kinds: Mapping[str, str],
    found: tuple[Change, ...],
    old: Inputs | None,
    new: Inputs | None,
    elements: Mapping[str, int],
) -> dict[str, Cause]:
    """By threat. What somebody decided, and what is there on one side only, needs no looking into other worlds."""
    out: dict[str, Cause] = {}
    for i, kind in kinds.items():
        ruled = tuple(c for c in found if c.section == "decisions" and c.element == i)
        own = tuple(c for c in found if not c.field and c.element in i.split("@", 1) and _alone(c, i))
        if own and kind in ("appeared", "vanished"):
            out[i] = Cause(own, "needed")
        elif kind == "outcome" and not _found_otherwise(a, b, i):
            out[i] = Cause(ruled or tuple(c for c in found if c.section == "policy"), "needed")
    rest = [i for i in kinds if i not in out]
    if old is None or new is None:
        return out
    known = [c for c in found if c.section != "decisions"]
    outcomes = [i for i in rest if kinds[i] in ("appeared", "vanished") or _found_otherwise(a, b, i)]
    return out | causes(old, new, known, outcomes, [i for i in rest if i not in outcomes], elements)


def _alone(c: Change, id: str) -> bool:
    """Whether the threat's own element or its rule is new or gone."""
    rule, _, element = id.partition("@")
    if (c.before is None) == (c.after is None):
        return False
    return c.element == (rule if c.section == "threats" else element if c.section in ("components", "flows") else "")


def _found_otherwise(a: Side, b: Side, id: str) -> bool:
    return a.threats[id].was != b.threats[id].was


def _order(t: Changed) -> tuple[object, ...]:
    return (not t.worse, KINDS.index(t.kind), SEVERITIES.index(t.now.severity), t.id)


def _evidence(a: Side, b: Side) -> tuple[Moved, ...]:
    was, now = ({(r.element, r.kind, r.id): r for r in s.evidence} for s in (a, b))
    return tuple(
        Moved(key[2], key[0], key[1], before, after)
        for key in sorted(was.keys() | now.keys())
        for before, after in [(_counts(was.get(key)), _counts(now.get(key)))]
        if before != after
    )


def _counts(r: Bound | None) -> str:
    return f"{r.state}, {r.standing}" if r else ""


def _controls(a: Side, b: Side) -> tuple[Moved, ...] | None:
    if a.controls is None or b.controls is None:
        return None
    found = []
    for control, at in sorted(a.controls.keys() | b.controls.keys()):
        was, now = a.controls.get((control, at)), b.controls.get((control, at))
        if (was and was[0]) != (now and now[0]):
            found.append(Moved(control, at, "control", was[0] if was else "", now[0] if now else ""))
    return tuple(found)


def _only(these: tuple[Reason, ...], others: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Reasons that the others lack; how often people get hurt may differ, and is told with the threat."""
    known = {_key(r) for r in others}
    return tuple(r for r in these if _key(r) not in known)


def _key(r: Reason) -> tuple[str, str]:
    return r.rule, _TIMES.sub("", r.what)


def _notes(a: Side, b: Side) -> tuple[str, ...]:
    out = []
    saved = [s.label for s in (a, b) if s.assessment is None]
    if saved:
        out.append(f"{' and '.join(saved)}: a saved assessment holds no facts, so what was changed cannot be named")
    if a.name != b.name:
        out.append(f"the names differ: {a.name} and {b.name}; is it the same system?")
    if a.currency != b.currency:
        out.append(f"money is in {a.currency} and in {b.currency}, and is not compared")
    if a.assessed and b.assessed and a.assessed != b.assessed:
        out.append(f"assessed on {a.assessed} and on {b.assessed}: evidence and decisions age")
    if saved and a.policy[1] != b.policy[1]:
        out.append(f"another policy: {a.policy[0]} ({a.policy[1][:7]}), now {b.policy[0]} ({b.policy[1][:7]})")
    if a.version and b.version and a.version != b.version:
        out.append(f"saved by versions {a.version} and {b.version} of casemate")
    return tuple(out)
