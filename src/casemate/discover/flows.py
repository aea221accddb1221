"""The flows of a draft: those that were seen, those that imports and folders imply, the callers that are assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from casemate.discover.draft import Edge, Fact, Part, Place
from casemate.discover.sighting import FLOW, IN_MEMORY, Sighting

CALLER = "caller"
IMPORTS, BELOW, ANY = "imports", "below ", "#any"
INSTALLS = frozenset(("training", "inference", "agent", "service", "notebook"))
"""Kinds whose programs run what is installed for them; an endpoint counts where it is all there is in its file."""
CALLED = frozenset(("endpoint", "web-app", "gateway", "agent"))
RUN = frozenset(("model", "llm", "inference"))
CALLS = frozenset(("requests", "question", "input", "call", "prompt", "text to embed"))
"""What flows that ask for something send."""
MOST_REACHED = 2_000  # files that one program imports, directly or not


def without_unasked(seen: list[Sighting]) -> list[Sighting]:
    """What was seen, without what only the memory of a program holds that answers nobody."""
    held = {s.element: s.value for s in seen if s.field == IN_MEMORY}
    if not held:
        return seen
    imports, asked = _imports(seen), _answers(seen)
    todo = sorted(asked)
    while todo:
        more = {s.value for s in imports.get(todo.pop(), ())} - asked
        asked |= more
        todo += more
    gone = {element for element, path in held.items() if path not in asked}
    return [s for s in seen if s.element not in gone]


def _answers(seen: list[Sighting]) -> set[str]:
    """The files that answer requests or questions."""
    return {s.element.partition("#")[0] for s in seen if s.kind in CALLED or s.element.endswith("#agent")}


def _imports(seen: list[Sighting]) -> dict[str, list[Sighting]]:
    """What each file imports."""
    out: dict[str, list[Sighting]] = {}
    for s in seen:
        if s.field == IMPORTS:
            out.setdefault(s.element, []).append(s)
    return out


def folder_of(key: str) -> str | None:
    """The folder of a program, from its key; None where the key is no Python file."""
    path = key.partition("#")[0]
    return path.rpartition("/")[0] if path.endswith((".py", ".ipynb")) else None


def nearest(folder: str, among: Mapping[str, object]) -> str | None:
    """The nearest folder at or above."""
    while folder not in among:
        if not folder:
            return None
        folder = folder.rpartition("/")[0]
    return folder


def with_folders(parts: list[Part], seen: list[Sighting]) -> list[Part]:
    """What a list of packages says, given to the programs below its folder."""
    said: dict[str, dict[str, Sighting]] = {}
    for s in seen:
        if s.element.startswith(BELOW) and s.kind == "":
            said.setdefault(s.element.removeprefix(BELOW), {}).setdefault(s.field, s)
    out = []
    for p in parts:
        here = nearest(folder, said) if p.kind in INSTALLS and (folder := folder_of(p.key)) is not None else None
        more = (
            {f: Fact((s.value,), (Place(s.file, s.line, s.why),)) for f, s in said[here].items()}
            if here is not None
            else {}
        )
        out.append(replace(p, facts={**p.facts, **{f: v for f, v in more.items() if f not in p.facts}}))
    return out


def edges(seen: list[Sighting], parts: list[Part], by_key: Mapping[str, str]) -> list[Edge]:
    """Flows whose ends are both there; several between the same ends are one with all that is sent."""
    labels: dict[tuple[str, str], dict[str, Place]] = {}
    shown = _spread([s for s in seen if s.kind == FLOW], by_key)
    for s in [*shown, *_imported(seen, by_key), *_installed(seen, parts)]:
        source, target = by_key.get(s.element), by_key.get(s.value)
        if source and target and source != target:
            labels.setdefault((source, target), {}).setdefault(s.field, Place(s.file, s.line, s.why))
    return [Edge(a, b, " and ".join(list(data)[:3]), next(iter(data.values()))) for (a, b), data in labels.items()]


def _spread(flows: list[Sighting], by_key: Mapping[str, str]) -> list[Sighting]:
    """Flows of `path#any` are those of the tools in that file, else of what else its code is."""
    inner: dict[str, list[str]] = {}
    for key in by_key:
        inner.setdefault(key.partition("#")[0], []).append(key)
    out: list[Sighting] = []
    for s in flows:
        ends = [_all(end, inner) for end in (s.element, s.value)]
        out += [replace(s, element=a, value=b) for a in ends[0] for b in ends[1]]
    return out


def _all(end: str, inner: Mapping[str, list[str]]) -> list[str]:
    path, sign, _ = end.partition(ANY)
    if not sign:
        return [end]
    found = inner.get(path, [])
    return [k for k in found if "#tool " in k] or found


def _installed(seen: list[Sighting], parts: list[Part]) -> list[Sighting]:
    below: dict[str, list[Sighting]] = {}
    for s in seen:
        if s.kind == FLOW and s.value.startswith(BELOW):
            below.setdefault(s.value.removeprefix(BELOW), []).append(s)
    out = []
    for p in parts:
        folder = folder_of(p.key) if p.kind in INSTALLS else None
        here = nearest(folder, below) if folder is not None else None
        out += [replace(s, value=p.key) for s in below[here]] if here is not None else []
    return out


def _imported(seen: list[Sighting], by_key: Mapping[str, str]) -> list[Sighting]:
    """From a program that answers requests to the engines and agents in the files that it imports."""
    imports = _imports(seen)
    tools: dict[str, list[str]] = {}
    for s in seen:
        if s.kind == "tool" and "#tool " in s.element:
            tools.setdefault(s.element.partition("#")[0], []).append(s.element)
    answers = {s.element for s in seen if s.kind in CALLED or s.element.endswith("#agent")}
    out: list[Sighting] = []
    for start in sorted(a for a in answers if a in by_key and a.partition("#")[0] in imports):
        for path, via in _reached(start.partition("#")[0], imports).items():
            why = f"it imports {via.value}"
            for inner in (f"{path}#engine", f"{path}#agent"):
                if inner in by_key:
                    out.append(Sighting(start, FLOW, "input", inner, via.file, via.line, why))
                    out.append(Sighting(inner, FLOW, "answer", start, via.file, via.line, why))
            for tool in tools.get(path, ()) if start.endswith("#agent") else ():
                out.append(Sighting(start, FLOW, "call", tool, via.file, via.line, why))
                out.append(Sighting(tool, FLOW, "result", start, via.file, via.line, why))
    return out


def _reached(start: str, imports: Mapping[str, list[Sighting]]) -> dict[str, Sighting]:
    """The files that a program imports, directly or not, with the import of its own that leads there."""
    out: dict[str, Sighting] = {}
    todo = [(s.value, s) for s in imports.get(start, ())]
    while todo and len(out) < MOST_REACHED:
        path, via = todo.pop(0)
        if path != start and path not in out:
            out[path] = via
            todo += [(s.value, via) for s in imports.get(path, ())]
    return out


def assumed(parts: list[Part], found: list[Edge]) -> list[Edge]:
    """A caller for what answers requests and is called by nothing here; a model counts when nothing here runs it."""
    called = {e.target for e in found if CALLS & set(e.data.split(" and "))}
    run = {r for p in parts for r in p.facts.get("runs", Fact((), ())).values}
    used = called | run | {e.source for e in found if e.data == "base model"}
    place = Place("", 0, "nothing here shows who calls it")
    return [
        Edge(CALLER, p.id, "requests", place, assumed=True)
        for p in parts
        if "exposed to" not in p.facts
        and p.id not in used
        and (p.kind in CALLED or (p.kind in RUN and p.zone == "own") or p.key.endswith("#server"))
    ]
