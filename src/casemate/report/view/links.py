"""What joins two parts of a system, and the open threats along it: flows, and what stands beside the flows.

flow      something is sent
runs      an engine runs a model
works     a person does what happens there
rights    an actor may write, or let others write
open to   everybody in a zone can call it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from casemate.define.system import Parties, System
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.report.view.words import joined
from casemate.validate.assessment import Assessment

HANDS = frozenset({"write", "grant"})


@dataclass(frozen=True, slots=True)
class Link:
    """One of them. The ids of flows are those of the file; the others contain a space, which no id of a file does."""

    id: str
    source: str
    target: str
    label: str
    kind: str = "flow"


def links(system: System) -> tuple[Link, ...]:
    """All flows, then what joins parts that no flow joins in this direction."""
    flows = [Link(f.id, f.source, f.target, f.data) for f in system.flows]
    found = [x for more in (_runs, _open, _works, _rights) for x in more(system)]
    return (*flows, *_new(found, {(f.source, f.target) for f in system.flows}))


def anyone(zone: str) -> str:
    """The name of those who are in a zone, as attack paths call them."""
    return f"anyone in {zone}"


def worst(risks: Iterable[Risk]) -> str | None:
    """The worst severity among these; None of none."""
    found = {r.severity for r in risks}
    return next((s for s in SEVERITIES if s in found), None)


def by_element(risks: Iterable[Risk]) -> dict[str, list[Risk]]:
    """Risks by the element that they are about, in the order given."""
    out: dict[str, list[Risk]] = {}
    for r in risks:
        out.setdefault(r.found.element, []).append(r)
    return out


def along(a: Assessment, joins: Iterable[Link]) -> dict[str, list[Risk]]:
    """The open threats of each link: those about it, and those whose attack path runs along it; worst first."""
    ids: dict[tuple[str, str], list[str]] = {}
    out: dict[str, list[Risk]] = {}
    for x in joins:
        ids.setdefault((x.source, x.target), []).append(x.id)
        out[x.id] = []
    for r in a.of("open"):
        way = r.found.reason.path
        met = [i for step in pairwise(way) for i in ids.get(step, ())]
        for i in dict.fromkeys([*met, r.found.element]):
            if i in out:
                out[i].append(r)
    return out


def _new(found: Iterable[Link], known: set[tuple[str, str]]) -> list[Link]:
    out = []
    for x in found:
        if (x.source, x.target) not in known:
            known.add((x.source, x.target))
            out.append(x)
    return out


def _runs(system: System) -> Iterator[Link]:
    for c in system.components.values():
        for model in c.props.get("runs", ()):
            yield Link(f"{c.id} runs {model}", c.id, model, "runs", "runs")


def _open(system: System) -> Iterator[Link]:
    for c in system.components.values():
        for who in c.props.get("exposed to", ()):
            name = who if who in system.actors else anyone(who)
            yield Link(f"{c.id} open to {who}", name, c.id, "open to all", "open to")


def _works(system: System) -> Iterator[Link]:
    for c in system.components.values():
        for who in (x for x in c.props.get("done by", ()) if x in system.actors):
            yield Link(f"{who} works in {c.id}", who, c.id, "works here", "works")


def _rights(system: System) -> Iterator[Link]:
    for entry in system.access:
        for who in entry.who if HANDS & set(entry.may) else ():
            for on in entry.on:
                yield Link(f"{who} may write {on}", who, on, f"may {joined(entry.may)}", "rights")
    for c in system.components.values():
        said = c.props.get("writers")
        for who in said.who if isinstance(said, Parties) else ():
            yield Link(f"{who} may write {c.id}", who, c.id, "may write", "rights")
