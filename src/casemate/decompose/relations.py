"""Which model is run by, trained by, trained on and stored in what; what watches, logs, knows and shows.

What the file says in so many words decides; otherwise the flows do, walked backwards from where the model runs. Where
nothing upstream is known, the relation is unknown: one member of which nothing is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from casemate.decompose.graph import Graph

Relation = dict[str, tuple[str, ...] | None]
"""For each component the ids it is related to; None where nobody knows."""

_HANDS_ON = ("supplies",)
_DATA = frozenset({"dataset", "data-source", "feature-store", "store", "log-store", "external-content", "index"})
_LEARNS = frozenset({"model"})


def relations(graph: Graph) -> dict[str, Relation]:
    """All relations by the names of the vocabulary."""
    ids = list(graph.system.components)
    trained_by = {c: _trained_by(graph, c) for c in ids if graph.kind[c].name in _LEARNS}
    trained_on = {c: _trained_on(graph, c, trained_by[c]) for c in trained_by}
    trains: dict[str, list[str]] = {}
    for model, data in [*trained_on.items(), *trained_by.items()]:
        for d in data or ():
            trains.setdefault(d, []).append(model)
    return {
        "run by": {c: tuple(graph.run_by.get(c, ())) for c in ids},
        "runs": {c: graph.runs.get(c, ()) for c in ids},
        "trained by": dict(trained_by),
        "trained on": dict(trained_on),
        "stored in": {c: _stored_in(graph, c) for c in trained_by},
        "trains": {c: tuple(dict.fromkeys(trains.get(c, ()))) for c in ids},
        "feeds": {c: tuple(graph.sends(c)) for c in ids},
        "fed by": {c: tuple(graph.gets_from(c)) for c in ids},
        "watched by": _seen_by(graph, lambda c: graph.does(c, "watches"), ids),
        "logged by": _logged_by(graph, ids),
        "tools": {c: _tools(graph, c) for c in ids if graph.kind[c].name in ("agent", "llm")},
        "knows": {c: _knows(graph, c) for c in ids if graph.kind[c].name in ("agent", "llm")},
        "shows in": {c: _shows_in(graph, c) for c in ids if graph.kind[c].name in ("agent", "llm")},
    }


def _upstream(graph: Graph, model: str, through: Callable[[str], bool]) -> list[str]:
    """Components behind a model: what sends to it or to its engines, passed on by what hands models on."""
    queue = deque([model, *graph.run_by.get(model, ())])
    seen = set(queue)
    out = []
    while queue:
        here = queue.popleft()
        for flow in graph.into.get(here, ()):
            before = flow.source
            if before in seen or before not in graph.kind:
                continue
            seen.add(before)
            out.append(before)
            if through(before):
                queue.append(before)
    return out


def _trained_by(graph: Graph, model: str) -> tuple[str, ...] | None:
    said = graph.system.components[model].props.get("trained by")
    if said is not None:
        return tuple(said)
    behind = _upstream(graph, model, lambda c: graph.does(c, *_HANDS_ON))
    return tuple(c for c in behind if graph.does(c, "trains")) or None


def _trained_on(graph: Graph, model: str, trainings: Iterable[str] | None) -> tuple[str, ...] | None:
    said = graph.system.components[model].props.get("trained on")
    if said is not None:
        return tuple(said)
    found: dict[str, None] = {}
    for training in trainings or ():
        queue, seen = deque([training]), {training}
        while queue:
            for flow in graph.into.get(queue.popleft(), ()):
                before = flow.source
                if before in seen or before not in graph.kind:
                    continue
                seen.add(before)
                if graph.kind[before].name in _DATA:
                    found[before] = None
                elif graph.kind[before].name == "preprocessing":
                    queue.append(before)
    return tuple(found) or None


def _stored_in(graph: Graph, model: str) -> tuple[str, ...]:
    behind = _upstream(graph, model, lambda c: graph.does(c, *_HANDS_ON))
    return tuple(c for c in behind if graph.does(c, *_HANDS_ON))


def _seen_by(graph: Graph, is_watcher: Callable[[str], bool], ids: list[str]) -> Relation:
    """Watchers that a component tells, itself or through a log; and those that say that they watch it."""
    out: dict[str, dict[str, None]] = {c: {} for c in ids}
    for c in ids:
        for there in graph.sends(c):
            if is_watcher(there):
                out[c][there] = None
            elif graph.kind[there].name == "log-store":
                out[c].update(dict.fromkeys(w for w in graph.sends(there) if is_watcher(w)))
    for watcher in filter(is_watcher, ids):
        for c in graph.system.components[watcher].props.get("watches", ()):
            out[c][watcher] = None
    _share(graph, out)
    return {c: tuple(w) for c, w in out.items()}


def _logged_by(graph: Graph, ids: list[str]) -> Relation:
    out: dict[str, dict[str, None]] = {c: {} for c in ids}
    for c in ids:
        logs = graph.system.components[c].props.get("logs")
        if logs is not None and logs != ("none",):
            out[c][c] = None
        out[c].update(dict.fromkeys(t for t in graph.sends(c) if graph.kind[t].name == "log-store"))
    _share(graph, out)
    return {c: tuple(w) for c, w in out.items()}


def _share(graph: Graph, out: dict[str, dict[str, None]]) -> None:
    """Who sees the callers of a model sees the model: engines and their callers share with what they run or call."""
    for _ in range(3):  # endpoint -> engine -> model is the longest such chain
        for c in list(out):
            if graph.does(c, "serves") and out[c]:
                for there in graph.sends(c):
                    if graph.kind[there].name in ("inference", "model", "llm", "agent"):
                        out[there].update(out[c])


def _tools(graph: Graph, c: str) -> tuple[str, ...]:
    said = graph.system.components[c].props.get("tools", ())
    called = [t for t in graph.sends(c) if graph.kind[t].name in ("tool", "interpreter")]
    return tuple(dict.fromkeys([*said, *called]))


_FETCHES = frozenset({"tool", "service", "external-service", "interpreter", "preprocessing", "endpoint"})
_APART = frozenset({"credential-store", "prompt-store", "log-store"})


def _knows(graph: Graph, c: str) -> tuple[str, ...]:
    """Stores that it reads itself or through what fetches for it. What only a tool keeps for itself is not known."""
    queue, seen = deque([c]), {c}
    out: dict[str, None] = {}
    while queue:
        here = queue.popleft()
        for before in graph.gets_from(here):
            if before in seen:
                continue
            seen.add(before)
            if graph.does(before, "stores") and (here == c or graph.kind[before].name not in _APART):
                out[before] = None
            elif graph.kind[before].name in _FETCHES and here in graph.sends(before) and _called(graph, before, here):
                queue.append(before)
    return tuple(out)


def _called(graph: Graph, callee: str, caller: str) -> bool:
    """Whether the one fetches for the other: a tool, or something that is asked and answers."""
    return graph.kind[callee].name == "tool" or callee in graph.sends(caller)


def _shows_in(graph: Graph, c: str) -> tuple[str, ...]:
    """Where answers are shown: clients and pages downstream, passed on by what serves."""
    queue, seen, out = deque([c]), {c}, []
    while queue and len(seen) < 200:  # a page further away than this shows something else
        for there in graph.sends(queue.popleft()):
            if there in seen:
                continue
            seen.add(there)
            if graph.kind[there].name in ("client-app", "web-app"):
                out.append(there)
            elif graph.kind[there].name in ("endpoint", "gateway", "agent", "service"):
                queue.append(there)
    return tuple(out)
