"""What an assessment was made from, taken back out of it, and one world with a single thing as it is in another.

The facts are the declared ones: where evidence overruled the file, the file's own word is put back, so that a record
and a fact can be exchanged one without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from casemate.catalog.load import Catalog
from casemate.define.system import Access, Attempts, Component, Parties, System
from casemate.define.vocabulary import vocabulary
from casemate.evidence.access.match import SIDES
from casemate.evidence.bind import Record
from casemate.identify.rule import Rule
from casemate.identify.shelf import rules_of
from casemate.validate.assessment import Assessment
from casemate.validate.diff.change import Change
from casemate.validate.policy import Policy

SCALARS = {
    "name": "name", "purpose": "purpose", "currency": "currency", "owners": "owners", "review every": "review_every",
    "last review": "review_last", "appetite": "appetite", "chance above the appetite": "appetite_chance",
    "budget and cost per day": "plan", "policy": "policy", "evidence folder": "evidence", "catalog": "catalog",
}  # fmt: skip
"""What a file says of the system as a whole, by the words for it."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The system as its file says it, the records as they bind, the rules, controls and policy in force."""

    system: System
    records: Mapping[Key, tuple[Record, ...]]
    """By (element, kind of evidence)."""
    rules: Mapping[str, Rule]
    catalog: Catalog
    policy: Policy


def inputs(a: Assessment) -> Inputs:
    """What went into an assessment."""
    records: dict[Key, tuple[Record, ...]] = {}
    for element, found in a.risks.parts.records.items():
        for r in found:
            key = element, r.statement.kind
            records[key] = (*records.get(key, ()), r)
    rules = {r.id: r for r in rules_of(a.risks.catalog)}
    return Inputs(declared(a), records, rules, a.risks.catalog, a.policy)


def declared(a: Assessment) -> System:
    """The system without what evidence put into it."""
    corrected = {(c.element, c.field): c.declared for c in a.risks.parts.corrections if c.field not in SIDES}
    touched = a.risks.parts.records
    return replace(
        a.system,
        components={
            i: replace(c, props=_declared(a.system, c, corrected)) if i in touched else c
            for i, c in a.system.components.items()
        },
    )


def _declared(system: System, c: Component, corrected: Mapping[Key, Any]) -> dict[str, Any]:
    said = {n: corrected.get((c.id, n), v) for n, v in c.props.items() if ("components", c.id, n) in system.places}
    return {n: Parties(v.who, v.complete) if isinstance(v, Parties) else v for n, v in said.items()}


# ------------------------------------------------------------------------------------- one thing from elsewhere


def taken(here: Inputs, there: Inputs, changes: Iterable[Change]) -> Inputs:
    """The one world, with these things as they are in the other."""
    for c in changes:
        here = _TAKE.get(c.section, _nothing)(here, there, c)
    return here


def _nothing(here: Inputs, _there: Inputs, _c: Change) -> Inputs:
    return here  # decisions: they say how a threat is shown, not what it is


def _swap(here: Mapping[Any, Any], there: Mapping[Any, Any], key: Any) -> dict[Any, Any]:
    kept = {k: v for k, v in here.items() if k != key}
    return {k: there[k] if k == key else v for k, v in here.items()} | {key: there[key]} if key in there else kept


def _component(here: Inputs, there: Inputs, c: Change) -> Inputs:
    s, t = here.system, there.system
    if not c.field:
        return replace(here, system=replace(s, components=_swap(s.components, t.components, c.element)))
    if c.element not in s.components or c.element not in t.components:
        return here
    mine, other = s.components[c.element], t.components[c.element]
    if c.section == "claims":
        made = replace(mine, controls=_swap(mine.controls, other.controls, c.field))
    elif c.field in ("kind", "zone"):
        made = replace(mine, **{c.field: getattr(other, c.field)})
    else:
        made = replace(mine, props=_swap(mine.props, other.props, c.field))
    return replace(here, system=replace(s, components={**s.components, c.element: made}))


def _claim(here: Inputs, there: Inputs, c: Change) -> Inputs:
    if c.element != "system":
        return _component(here, there, c)
    controls = _swap(here.system.controls, there.system.controls, c.field)
    return replace(here, system=replace(here.system, controls=controls))


def _flow(here: Inputs, there: Inputs, c: Change) -> Inputs:
    mine, other = ({f.id: f for f in x.system.flows} for x in (here, there))
    if not c.field or c.element not in mine or c.element not in other:
        return replace(here, system=replace(here.system, flows=tuple(_swap(mine, other, c.element).values())))
    old, new = mine[c.element], other[c.element]
    made = (
        replace(old, **{_END[c.field]: getattr(new, _END[c.field])})
        if c.field in _END
        else replace(old, props=_swap(old.props, new.props, c.field))
    )
    return replace(here, system=replace(here.system, flows=tuple({**mine, c.element: made}.values())))


_END = {"data": "data", "from": "source", "to": "target"}


def _said(here: Inputs, name: str, value: Any) -> Inputs:
    changed: dict[str, Any] = {name: value}
    return replace(here, system=replace(here.system, **changed))


def _record(section: str) -> Callable[[Inputs, Inputs, Change], Inputs]:
    """Zones and actors: records of the file with plain attributes."""

    def take(here: Inputs, there: Inputs, c: Change) -> Inputs:
        mine, other = getattr(here.system, section), getattr(there.system, section)
        if not c.field:
            return _said(here, section, _swap(mine, other, c.element))
        if c.element not in mine or c.element not in other:
            return here
        made = replace(mine[c.element], **{c.field: getattr(other[c.element], c.field)})
        return _said(here, section, {**mine, c.element: made})

    return take


def _access(here: Inputs, there: Inputs, c: Change) -> Inputs:
    mine = tuple(x for x in here.system.access if rights(x) != c.element)
    other = tuple(x for x in there.system.access if rights(x) == c.element)
    return replace(here, system=replace(here.system, access=(*mine, *other)))


def rights(x: Access) -> str:
    """An entry of `access:` as a name: equal entries have equal ones."""
    more = " and nobody else" if x.complete else ""
    return f"{', '.join(x.who)} to {', '.join(x.may)} {', '.join(x.on)}{more}"


def _attempts(here: Inputs, there: Inputs, c: Change) -> Inputs:
    mine, other = here.system.attempts, there.system.attempts
    if c.field in ("by", "on"):
        made = replace(mine, **{c.field: getattr(other, c.field)})
    else:
        rates = {str(k): (k, v) for k, v in mine.rates.items()}
        found = _swap(rates, {str(k): (k, v) for k, v in other.rates.items()}, c.field)
        made = Attempts(dict(found.values()), mine.by, mine.on)
    return replace(here, system=replace(here.system, attempts=made))


def _scalar(here: Inputs, there: Inputs, c: Change) -> Inputs:
    name = SCALARS.get(c.field, c.field)
    return _said(here, name, getattr(there.system, name))


def _evidence(here: Inputs, there: Inputs, c: Change) -> Inputs:
    return replace(here, records=_swap(here.records, there.records, (c.element, c.field)))


def _rule(here: Inputs, there: Inputs, c: Change) -> Inputs:
    return replace(here, rules=_swap(here.rules, there.rules, c.element))


def _control(here: Inputs, there: Inputs, c: Change) -> Inputs:
    found = _swap(here.catalog.controls, there.catalog.controls, c.element)
    return replace(here, catalog=replace(here.catalog, controls=found))


def _policy(here: Inputs, there: Inputs, _c: Change) -> Inputs:
    return replace(here, policy=there.policy)


_TAKE: Mapping[str, Callable[[Inputs, Inputs, Change], Inputs]] = {
    "components": _component, "claims": _claim, "flows": _flow, "zones": _record("zones"), "actors": _record("actors"),
    "harms": _record("harms"), "access": _access, "attempts": _attempts, "system": _scalar, "evidence": _evidence,
    "threats": _rule, "controls": _control, "policy": _policy,
}  # fmt: skip


def fitted(system: System, zones: Mapping[str, Any]) -> System:
    """Without what points at nothing, after something was taken out. zones: those of both worlds; an empty one does
    nothing."""
    system = replace(system, zones={**zones, **system.zones})
    named = {"zones": system.zones, "actors": system.actors, "components": system.components}
    places = {n: {k for to in f.to for k in named[to]} for n, f in _pointing().items()}
    components = {i: replace(c, props=_kept(c.props, places)) for i, c in system.components.items()}
    ends = system.actors.keys() | system.components.keys()
    return replace(
        system,
        components=components,
        flows=tuple(f for f in system.flows if f.source in ends and f.target in ends),
        access=tuple(
            a for a in system.access if set(a.who) <= system.actors.keys() and set(a.on) <= system.components.keys()
        ),
        harms={i: h for i, h in system.harms.items() if h.of is None or h.of in system.components},
    )


def _pointing() -> dict[str, Any]:
    return {n: f for n, f in vocabulary().component.items() if f.type in ("refs", "parties") and f.to}


def _kept(props: Mapping[str, Any], places: Mapping[str, set[str]]) -> Mapping[str, Any]:
    """The same object where nothing points at what is gone."""
    found = {n: props[n] for n in places.keys() & props.keys()}
    lost = {n for n, v in found.items() if not places[n].issuperset(v.who if isinstance(v, Parties) else v)}
    if not lost:
        return props
    return {n: _left(v, places[n]) if n in lost else v for n, v in props.items()}


def _left(value: Any, among: set[str]) -> Any:
    if isinstance(value, Parties):
        return replace(value, who=tuple(w for w in value.who if w in among))
    return tuple(v for v in value if v in among)
