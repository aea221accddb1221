"""Everything that went in differently: the system file fact by fact, evidence, decisions, threats, controls, policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from casemate.catalog.load import Catalog, RawThreat
from casemate.define.system import Attempts, Component, Decision, Flow, Parties, System
from casemate.evidence.bind import Record
from casemate.validate.diff.change import SECTIONS, Change, told
from casemate.validate.diff.inputs import SCALARS, Inputs, rights

ORDER = {name: i for i, name in enumerate(SECTIONS)}
ZONE = ("trust", "owner", "parent", "name")
ACTOR = ("trust", "zone", "apart", "accounts", "name")
RULINGS = {"accept": "accepted", "dismiss": "dismissed"}
POLICY = {
    "name": "name", "requires": "requires", "fails on": "fails_on", "may accept": "may_accept",
    "severity": "severity", "maximum age": "maximum_age",
}  # fmt: skip


def changes(old: Inputs, new: Inputs) -> tuple[Change, ...]:
    """Every difference of what went in, in a fixed order."""
    a, b = old.system, new.system
    found = [
        *_components(a, b),
        *_parts("flows", {f.id: f for f in a.flows}, {f.id: f for f in b.flows}, _flow, a, b),
        *_parts("zones", a.zones, b.zones, lambda z: _fields(z, ZONE), a, b),
        *_parts("actors", a.actors, b.actors, lambda x: _fields(x, ACTOR), a, b),
        *_parts("access", {rights(x): x for x in a.access}, {rights(x): x for x in b.access}, _alone, a, b),
        *_parts("harms", a.harms, b.harms, lambda h: _fields(h, HARM), a, b),
        *_pairs("attempts", "", _attempts(a.attempts), _attempts(b.attempts), a, b, ("attempts",)),
        *_decisions(a, b),
        *_pairs("system", "", _scalars(a), _scalars(b), a, b, ()),
        *_claims("system", a.controls, b.controls, a, b),
        *_evidence(old.records, new.records),
        *_catalog(old.catalog, new.catalog),
        *_policy(old, new),
    ]
    return tuple(sorted(found, key=lambda c: (ORDER[c.section], c.element, c.field)))


HARM = ("outcome", "loss", "fine", "turnover", "of", "hurts", "tolerable")


def _components(a: System, b: System) -> Iterator[Change]:
    yield from _parts("components", a.components, b.components, _component, a, b)
    for i in a.components.keys() & b.components.keys():
        yield from _claims(i, a.components[i].controls, b.components[i].controls, a, b)


def _component(c: Component) -> dict[str, Any]:
    return {"kind": c.kind, "zone": c.zone, **c.props}


def _flow(f: Flow) -> dict[str, Any]:
    return {"from": f.source, "to": f.target, "data": f.data, **f.props}


def _fields(x: Any, names: Iterable[str]) -> dict[str, Any]:
    return {n: getattr(x, n) for n in names}


def _alone(_: Any) -> dict[str, Any]:
    return {}


def _parts(
    section: str, a: Mapping[str, Any], b: Mapping[str, Any], facts: Callable[[Any], dict[str, Any]],
    old: System, new: System,
) -> Iterator[Change]:  # fmt: skip
    """Things that are gone, new, or say something else. facts: what one of them says, by field."""
    for i in a.keys() - b.keys():
        yield Change(section, i, "", _what(section, a[i]), None, old.line(section, i))
    for i in b.keys() - a.keys():
        yield Change(section, i, "", None, _what(section, b[i]), new.line(section, i))
    for i in a.keys() & b.keys():
        if a[i] != b[i]:
            yield from _pairs(section, i, facts(a[i]), facts(b[i]), old, new, (section, i))


def _what(section: str, x: Any) -> str:
    """What is new or gone, in a few words."""
    if section == "components":
        return f"{x.kind} in {x.zone}"
    return str(x.data) if section == "flows" else f"{x.trust}" if section in ("zones", "actors") else ""


def _pairs(
    section: str, element: str, a: Mapping[str, Any], b: Mapping[str, Any], old: System, new: System,
    keys: tuple[str, ...],
) -> Iterator[Change]:  # fmt: skip
    """Fields that differ; a field that one side lacks was not said there."""
    for name in a.keys() | b.keys():
        if not _alike(a.get(name), b.get(name)):
            file = new if name in b else old
            was, now = _apart(a.get(name), b.get(name)) if section == "system" else (a.get(name), b.get(name))
            yield Change(section, element, name, told(was), told(now), file.line(*keys, name))


def _alike(a: Any, b: Any) -> bool:
    """Lists say the same in any order."""
    if isinstance(a, Parties) and isinstance(b, Parties):
        return a.complete == b.complete and _alike(a.who, b.who)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return Counter(map(told, a)) == Counter(map(told, b))
    return bool(a == b)


def _apart(a: Any, b: Any) -> tuple[Any, Any]:
    """Of long lists only what the other lacks."""
    if not isinstance(a, tuple) or not isinstance(b, tuple) or set(a) == set(b):
        return a, b
    return tuple(x for x in a if x not in b), tuple(x for x in b if x not in a)


def _claims(element: str, a: Mapping[str, Any], b: Mapping[str, Any], old: System, new: System) -> Iterator[Change]:
    keys = ("controls",) if element == "system" else ("components", element, "controls")
    for i in a.keys() | b.keys():
        if a.get(i) != b.get(i):
            before, after = (_claim(x[i]) if i in x else None for x in (a, b))
            yield Change("claims", element, i, before, after, (new if i in b else old).line(*keys, i))


def _claim(c: Any) -> str:
    said = (("since", c.since), ("by", c.by), ("attested by", c.attested_by), ("attested on", c.attested_on))
    return ", ".join(f"{word} {told(v)}" for word, v in said if v is not None)


def _attempts(x: Attempts) -> dict[str, Any]:
    return {str(t): r for t, r in x.rates.items()} | {k: v for k, v in (("by", x.by), ("on", x.on)) if v is not None}


ELSEWHERE = frozenset({
    "path", "digest", "places", "components", "flows", "zones", "actors", "access", "harms", "attempts", "accept",
    "dismiss", "controls",
})  # fmt: skip
"""What a system holds that is no fact of the whole, or is compared in its own way."""


def _scalars(s: System) -> dict[str, Any]:
    """What a file says of the system as a whole; what a newer one says too, by the name it has here."""
    named = set(SCALARS.values())
    more: dict[str, Any] = {f.name: getattr(s, f.name) for f in fields(System) if f.name not in ELSEWHERE | named}
    more |= {n: tuple(told(x) for x in v) for n, v in more.items() if isinstance(v, tuple)}  # without their places
    return {word: getattr(s, name) for word, name in SCALARS.items()} | more


def _decisions(a: System, b: System) -> Iterator[Change]:
    for section, word in RULINGS.items():
        before, after = ({d.threat: d for d in getattr(s, section)} for s in (a, b))
        for i in before.keys() | after.keys():
            was, now = (_decision(x[i], word) if i in x else None for x in (before, after))
            if was != now:
                yield Change("decisions", i, word, was, now, str((after if i in after else before)[i].at))


def _decision(d: Decision, word: str) -> str:
    return f"{word} by {d.owner} until {d.until}: {told(d.reason)}"


def _evidence(a: Mapping[tuple[str, str], tuple[Record, ...]], b: Mapping[Any, Any]) -> Iterator[Change]:
    for key in a.keys() | b.keys():
        was, now = ({r.statement.id: r for r in x.get(key, ())} for x in (a, b))
        said = [s for i in sorted(was.keys() | now.keys()) for s in [_record(i, was.get(i), now.get(i))] if s]
        if said:
            element, kind = key
            yield Change("evidence", element, kind, "", ", ".join(said))


def _record(id: str, was: Record | None, now: Record | None) -> str:
    """`3fa2c1d09b7e valid → void`; nothing where it counts as it did."""
    before, after = (f"{r.state}, {r.standing}" if r else None for r in (was, now))
    if before == after:
        return ""
    if was and now:
        same = was.standing == now.standing
        return f"{id} {was.state if same else before} → {now.state if same else after}"
    return f"{id} is gone" if was else f"{id} is new ({after})"


def _catalog(a: Catalog, b: Catalog) -> Iterator[Change]:
    before, after = ({t.tree["id"]: t for t in x.threats} for x in (a, b))
    yield from _shelf("threats", before, after, _rule, lambda t: t.path)
    yield from _shelf("controls", a.controls, b.controls, lambda c: c, lambda _: "")


def _shelf(
    section: str, a: Mapping[str, Any], b: Mapping[str, Any], said: Callable[[Any], Any], at: Callable[[Any], str]
) -> Iterator[Change]:
    for i in a.keys() | b.keys():
        if i not in b:
            yield Change(section, i, "", "", None, at(a[i]))
        elif i not in a:
            yield Change(section, i, "", None, "", at(b[i]))
        elif a[i] is not b[i] and said(a[i]) != said(b[i]):
            yield Change(section, i, "", "", "", at(b[i]))


def _rule(t: RawThreat) -> dict[str, Any]:
    return {k: v for k, v in t.tree.items() if k != "examples"}


def _policy(old: Inputs, new: Inputs) -> Iterator[Change]:
    if old.policy.digest == new.policy.digest:
        return
    found: dict[str, tuple[Any, Any]]
    found = {word: (getattr(old.policy, n), getattr(new.policy, n)) for word, n in POLICY.items()}
    found["signers"] = tuple(s.name for s in old.policy.signers), tuple(s.name for s in new.policy.signers)
    other = [(word, was, now) for word, (was, now) in found.items() if was != now]
    for word, was, now in other or [("text", "", "")]:
        yield Change("policy", "", word, _clause(was), _clause(now))


def _clause(value: Any) -> str:
    if isinstance(value, tuple) and value and hasattr(value[0], "evidence"):
        return "; ".join(f"{r.evidence} of {', '.join(r.of)}{', measured' if r.measured else ''}" for r in value)
    return told(value) if value != "" else ""
