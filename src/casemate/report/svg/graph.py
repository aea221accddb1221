"""What a map shows: zones (frames), components and people (nodes), flows (edges).

A graph checks itself: ids are unique, ends and parents exist, zones nest without a circle and links stay on our pages.
A zone in which nothing lies is not drawn. Nothing here knows of coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from casemate.core.errors import CasemateError, did_you_mean

Severity: TypeAlias = Literal["critical", "high", "medium", "low"]
Shape: TypeAlias = Literal["store", "model", "actor", "outside", "process"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A zone; `parent` is the zone around it."""

    id: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A component or a person. `badge` counts the open threats; `severity` is the worst of them."""

    id: str
    label: str
    shape: Shape = "process"
    frame: str | None = None
    badge: int = 0
    severity: Severity | None = None
    href: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow. `severity` is the worst open threat on it, None where there is none."""

    id: str
    source: str
    target: str
    label: str = ""
    severity: Severity | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole map; `label` says in words what it shows. Fails with CasemateError if it does not hold together."""

    frames: tuple[Frame, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    label: str = "Data flow diagram with trust boundaries"

    def __post_init__(self) -> None:
        frames = _unique("zone", (f.id for f in self.frames))
        nodes = _unique("component", (n.id for n in self.nodes))
        _unique("flow", (e.id for e in self.edges))
        for f in self.frames:
            _known("zone", f.parent, frames)
        for n in self.nodes:
            _known("zone", n.frame, frames)
            _known("shape", n.shape, set(get_args(Shape)))
            _known("severity", n.severity, set(get_args(Severity)))
            _ours(n.href)
        for e in self.edges:
            _known("component", e.source, nodes)
            _known("component", e.target, nodes)
            _known("severity", e.severity, set(get_args(Severity)))
        _acyclic(self.frames)

    def depth(self, frame: str | None) -> int:
        """How many zones lie around and at this one: 0 for none."""
        parents = {f.id: f.parent for f in self.frames}
        deep = 0
        while frame is not None:
            frame, deep = parents[frame], deep + 1
        return deep


def _unique(kind: str, ids: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for i in ids:
        if i in seen:
            raise CasemateError("map", f"two {kind}s are called {i!r}", "give each an id of its own")
        seen.add(i)
    return seen


def _known(kind: str, name: str | None, names: set[str]) -> None:
    if name is not None and name not in names:
        raise CasemateError("map", f"there is no {kind} {name!r}", did_you_mean(name, names))


def _ours(href: str | None) -> None:
    # an id from a stranger's file must not become javascript: or another host
    if href is not None and not (href.startswith("#") or (href.startswith("/") and href[1:2] not in ("/", "\\"))):
        raise CasemateError("map", f"{href!r} is no link within our pages", "begin it with # or /")


def _acyclic(frames: tuple[Frame, ...]) -> None:
    parents = {f.id: f.parent for f in frames}
    for f in frames:
        seen, at = {f.id}, f.parent
        while at is not None:
            if at in seen:
                raise CasemateError("map", f"the zone {f.id!r} lies inside itself", "break the circle of parents")
            seen.add(at)
            at = parents[at]
