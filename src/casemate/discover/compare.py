"""What the repository shows and a system file does not declare, and the other way round. Pure; nothing is changed.

A component of the draft is one of the file when its id is there, or its path with its kind, or its path alone where
only one has it, or its id as the `name` of one. Whoever renames a component keeps it known by `name:` or `path:`. Of
kinds of which a system mostly has one, the only ones left over on both sides are the same.
A flow is declared when the file has it, a relation between its ends (`runs`, `tools`, `trained on` ...), or a way
between them through components that only the file knows: people may describe more finely than a repository shows.
What was assumed in the draft is never a finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from casemate.define.system import Component, System
from casemate.define.vocabulary import relations, vocabulary
from casemate.discover.draft import Draft, Edge, Fact, Part, Place
from casemate.discover.merge import merged
from casemate.discover.sighting import Found
from casemate.discover.write import shown

SINGLE = ("training", "package-registry", "container-registry", "model-registry", "ci")
SKIPPED = frozenset(("path", "means", "name", "exposed to"))


@dataclass(frozen=True, slots=True, order=True)
class Proposal:
    """One difference. change: `new`, `gone` or `differs`; what: `component`, `flow` or the property that differs."""

    change: str
    what: str
    id: str
    says: str
    at: str


def proposals(system: System, sightings: Collection[Found], files: frozenset[str], text: str) -> tuple[Proposal, ...]:
    """All differences. files: the paths of the repository; text: the system file, whose comments name places."""
    draft = merged(system.name, sightings)
    same = matched(system, draft)
    found = [*_new_parts(draft, same), *undeclared(system, draft, same), *_differing(system, draft, same)]
    return tuple(sorted([*found, *_gone(system, set(same.values()), files, text)]))


def matched(system: System, draft: Draft) -> dict[str, str]:
    """The component of the file that each component of the draft is; those that are none are left out."""
    by_path: dict[str, list[Component]] = {}
    by_name: dict[str, list[Component]] = {}
    for c in system.components.values():
        if c.path:
            by_path.setdefault(_plain(c.path), []).append(c)
        by_name.setdefault(c.name, []).append(c)
    out: dict[str, str] = {}
    for p in draft.parts:
        found = _match(p, system, by_path, by_name)
        if found is not None:
            out[p.id] = found.id
    return {**out, **_only(system, draft, out)}


def _only(system: System, draft: Draft, same: Mapping[str, str]) -> dict[str, str]:
    """What is left over on both sides and the only one of a kind of which a system mostly has one."""
    out = {}
    for kind in SINGLE:
        drafted = [p for p in draft.parts if p.kind == kind and p.id not in same]
        declared = [
            c for c in system.components.values() if c.kind == kind and not c.path and c.id not in same.values()
        ]
        if len(drafted) == 1 and len(declared) == 1:
            out[drafted[0].id] = declared[0].id
    return out


def _match(
    p: Part, system: System, by_path: Mapping[str, list[Component]], by_name: Mapping[str, list[Component]]
) -> Component | None:
    if p.id in system.components:
        return system.components[p.id]
    here = by_path.get(_path(p), [])
    for among in ([c for c in here if c.kind == p.kind], here, by_name.get(p.id, [])):
        if len(among) == 1:
            return among[0]
    return None


def _path(p: Part) -> str:
    return p.facts["path"].values[0] if "path" in p.facts else ""


def _plain(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


# --------------------------------------------------------------------------------------------------------------- new


def _new_parts(draft: Draft, same: Mapping[str, str]) -> list[Proposal]:
    return [
        Proposal("new", "component", p.id, f"{p.kind}: {shown(p.seen.why)}", _place(p.seen))
        for p in draft.parts
        if p.id not in same
    ]


def undeclared(system: System, draft: Draft, same: Mapping[str, str]) -> list[Proposal]:
    """Flows that the repository shows and the file does not declare. same: as `matched` gives it."""
    ways = _ways(system)
    known, people = set(same.values()), {p.id for p in draft.actors}
    out = []
    for e in draft.edges:
        a, b = same.get(e.source, e.source), same.get(e.target, e.target)
        if e.assumed or _declared(ways, people, same, (e.source, e.target), known):
            continue
        out.append(Proposal("new", "flow", f"{a}->{b}", _sent(e), _place(e.seen)))
    return out


def _declared(
    ways: Mapping[str, set[str]], people: set[str], same: Mapping[str, str], ends: tuple[str, str], known: set[str]
) -> bool:
    """Whether the file knows a flow. That of an actor is known when the file has one with anybody who is no part."""
    source, target = (same.get(end, "") for end in ends)
    if ends[0] in people:
        return any(target in there for one, there in ways.items() if one not in known)
    if ends[1] in people:
        return any(one not in known for one in ways.get(source, ()))
    return bool(source and target) and (source == target or _leads(ways, source, target, known))


def _sent(e: Edge) -> str:
    return f"{e.data}: {shown(e.seen.why)}" if e.data else shown(e.seen.why)


def _ways(system: System) -> dict[str, set[str]]:
    """Where each element leads: its flows, and its relations in both directions."""
    out: dict[str, set[str]] = {}
    for f in system.flows:
        out.setdefault(f.source, set()).add(f.target)
    for c in system.components.values():
        for name in relations():
            for other in c.props.get(name, ()):
                out.setdefault(c.id, set()).add(other)
                out.setdefault(other, set()).add(c.id)
    return out


def _leads(ways: Mapping[str, set[str]], a: str, b: str, known: Collection[str]) -> bool:
    """Whether a leads to b, directly or through elements that the repository does not show."""
    todo, seen = [a], {a}
    while todo:
        for there in ways.get(todo.pop(), ()):
            if there == b:
                return True
            if there not in seen and there not in known:
                seen.add(there)
                todo.append(there)
    return False


# ----------------------------------------------------------------------------------------------------- gone, different


def _gone(system: System, met: Collection[str], files: frozenset[str], text: str) -> list[Proposal]:
    """Components whose path is no more, and drafted ones whose place shows them no more."""
    folders = {path[: m.start()] for path in files for m in re.finditer("/", path)}
    out = []
    for c in system.components.values():
        if c.id in met:
            continue
        at = system.line("components", c.id)
        if c.path and "://" not in c.path and _plain(c.path) not in files and _plain(c.path) not in folders:
            out.append(Proposal("gone", "component", c.id, f"its path {shown(c.path)} is not in the repository", at))
        elif place := _drafted(system, c, text):
            out.append(Proposal("gone", "component", c.id, f"{place} shows it no more", at))
    return out


def _drafted(system: System, c: Component, text: str) -> str:
    """The place that the comment behind a component's id names; empty when nobody left one there."""
    if system.file("components", c.id) != system.path:
        return ""  # a part holds it, and here is the text of the system file
    line = system.places.get(("components", c.id), 0)
    lines = text.splitlines()
    found = re.search(r"#\s(\S[^#]*?:\d+): ", lines[line - 1]) if 0 < line <= len(lines) else None
    return found[1] if found else ""


def _differing(system: System, draft: Draft, same: Mapping[str, str]) -> list[Proposal]:
    """Facts that the file declares and the repository shows otherwise."""
    out = []
    for p in draft.parts:
        if p.id not in same:
            continue
        c = system.components[same[p.id]]
        for name, fact in p.facts.items():
            f = vocabulary().component.get(name)
            if f is None or name in SKIPPED or name not in c.props or f.type not in ("word", "words", "flag"):
                continue
            for other, place in _strange(f.type, fact, c.props[name]):
                says = f"the file says {_said(c.props[name])}, the repository {other} ({shown(place.why)})"
                out.append(Proposal("differs", name, c.id, says, _place(place)))
    return out


def _strange(kind: str, fact: Fact, declared: object) -> list[tuple[str, Place]]:
    pairs = list(zip(fact.values, fact.places, strict=True))
    if kind == "words":
        return [(v, at) for v, at in pairs if isinstance(declared, tuple) and v not in declared]
    if kind == "flag":
        return [(v, at) for v, at in pairs if (v == "yes") != declared]
    return [(v, at) for v, at in pairs if v != declared]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _place(place: Place) -> str:
    return f"{shown(place.file)}:{place.line}" if place.line else shown(place.file)


# -------------------------------------------------------------------------------------------------------------- telling


def as_text(found: Collection[Proposal], target: str) -> str:
    """For a person: one line each, new first, and what to do."""
    if not found:
        return f"{target}: nothing new, nothing gone\n"
    order = {"new": 0, "gone": 1, "differs": 2}
    lines = [
        f"{p.change:<8}{p.what if p.change != 'differs' else p.id + ' ' + p.what}"
        + (f" {p.id}" if p.change != "differs" else "") + f"  {p.says}  ({p.at})"
        for p in sorted(found, key=lambda p: (order[p.change], p.what, p.id))
    ]  # fmt: skip
    return (
        "\n".join([*lines, f"Declare in {target} what is true; `casemate init --stdout` prints it as a draft."]) + "\n"
    )


def as_json(found: Collection[Proposal]) -> str:
    """For machines."""
    return (
        json.dumps({"casemate": 1, "proposals": [asdict(p) for p in sorted(found)]}, indent=2, ensure_ascii=False)
        + "\n"
    )
