"""Which model is run by, trained by, trained on and stored in what; what watches, logs, knows and shows.

What the file says in so many words decides; otherwise the flows do, walked backwards from where the model runs. Where
neither says anything the relation is unsaid: there may be more members than are known (`Related.asks`), one of which
nothing is known, or what all that it could be have in common. So silence never rules a threat out:

    trained by, trained on    unsaid where nothing upstream of the model is known
    runs, tools               unsaid at engines and agents that neither say it nor send there (`Graph.silent`)
    watched by                a monitor that neither says what it watches nor is sent anything may watch all
    logged by                 a component that does not say what it logs may log its own requests
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casemate.decompose.graph import Graph

Ask = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Related:
    """The ids that a component is related to."""

    ids: tuple[str, ...] = ()
    asks: Ask | None = None
    """Which (element, property) would say whether there are more; None where all are known."""
    could: tuple[str, ...] = ()
    """Those of whom one could be another member, perhaps with known ones among them; empty: it could be anything."""


Relation = dict[str, Related]

_HANDS_ON = ("supplies",)
_DATA = frozenset({"dataset", "data-source", "feature-store", "store", "log-store", "external-content", "index"})
_LEARNS = frozenset({"model"})
_SEEN = frozenset({"inference", "model", "llm", "agent"})


def relations(graph: Graph) -> dict[str, Relation]:
    """All relations by the names of the vocabulary."""
    ids = list(graph.system.components)
    models = [c for c in ids if graph.kind[c].name in _LEARNS]
    speaking = [c for c in ids if graph.kind[c].name in ("agent", "llm")]
    perhaps = _upstream(graph, graph.could["run by"])  # behind engines that do not say what they run
    trainings = tuple(c for c in perhaps if graph.does(c, "trains"))
    stores = tuple(c for c in perhaps if graph.does(c, *_HANDS_ON))
    data = _data_of(graph, trainings)
    llms = [c for c in ids if graph.kind[c].name == "llm"]
    learning = [*models, *(c for c in llms if _tuned(graph, c))]
    untrained = dict.fromkeys(llms, Related())
    trained_by = untrained | {c: _trained_by(graph, c, trainings) for c in learning}
    trained_on = untrained | {c: _trained_on(graph, c, trained_by[c], data) for c in learning}
    learns = {c: _trained_on(graph, c, Related((c,)), data) for c in ids if graph.does(c, "trains")}
    return {
        "run by": {c: more(graph.run_by.get(c, ()), _engines(graph, c)) for c in ids},
        "runs": {c: more(graph.runs.get(c, ()), _models(graph, c)) for c in ids},
        "trained by": trained_by,
        "trained on": {**trained_on, **learns},
        "stored in": {c: _stored_in(graph, c, stores) for c in models},
        "trains": _trains(graph, ids, trained_on, trained_by),
        "feeds": {c: more(graph.sends(c), graph.may_send(c)) for c in ids},
        "fed by": {c: more(_given(graph, c), graph.may_get(c)) for c in ids},
        "watched by": _seen_by(graph, [c for c in ids if graph.does(c, "watches")], ids),
        "logged by": _logged_by(graph, ids),
        "tools": {c: _tools(graph, c) for c in speaking},
        "shows in": {c: Related(_shows_in(graph, c)) for c in speaking},
    }


def more(known: Iterable[str], may: tuple[tuple[str, ...], Ask | None]) -> Related:
    """The known ones, and that there may be others of those that it could be (shared, never copied: linear)."""
    ids, (could, asks) = tuple(known), may
    return Related(ids, asks, could) if any(c not in ids for c in could) else Related(ids)


def _given(graph: Graph, c: str) -> list[str]:
    """What sends to it; a language model reads the words that its engine is sent."""
    given = dict.fromkeys(graph.gets_from(c))
    if graph.kind[c].name == "llm":
        for engine in graph.run_by.get(c, ()):
            given |= dict.fromkeys(before for before in graph.gets_from(engine) if before != c)
    return list(given)


def _engines(graph: Graph, c: str) -> tuple[tuple[str, ...], Ask | None]:
    return graph.may_get(c) if graph.kind[c].name in ("model", "llm") else ((), None)


def _models(graph: Graph, c: str) -> tuple[tuple[str, ...], Ask | None]:
    return graph.may_send(c) if graph.silent.get(c) == "runs" else ((), None)


def _upstream(graph: Graph, starts: Iterable[str]) -> list[str]:
    """Components behind some others: what sends to them, passed on by what hands models on."""
    queue = deque(starts)
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
            if graph.does(before, *_HANDS_ON):
                queue.append(before)
    return out


def _behind(graph: Graph, model: str) -> list[str]:
    return _upstream(graph, [model, *graph.run_by.get(model, ())])


def _tuned(graph: Graph, llm: str) -> bool:
    """Whether a language model learned something here: the file says so, or a training leads to it.

    Most are used as they came, so silence means that it did not.
    """
    said = graph.system.components[llm].props.keys() & {"trained on", "trained by"}
    return bool(said) or any(graph.does(c, "trains") for c in _behind(graph, llm))


def _trained_by(graph: Graph, model: str, trainings: tuple[str, ...]) -> Related:
    said = graph.system.components[model].props.get("trained by")
    if said is not None:
        return Related(tuple(said))
    found = tuple(c for c in _behind(graph, model) if graph.does(c, "trains"))
    if not found:
        return Related((), (model, "trained by"))
    return more(found, (trainings, graph.may_get(model)[1]))


def _trained_on(graph: Graph, model: str, trainings: Related, data: tuple[str, ...]) -> Related:
    said = graph.system.components[model].props.get("trained on")
    if said is not None:
        return Related(tuple(said))
    found = _data_of(graph, trainings.ids)
    if not found:
        return Related((), (model, "trained on"))
    return more(found, (data if trainings.asks else (), trainings.asks))


def _data_of(graph: Graph, trainings: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for training in trainings:
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
    return tuple(found)


def _stored_in(graph: Graph, model: str, stores: tuple[str, ...]) -> Related:
    found = tuple(c for c in _behind(graph, model) if graph.does(c, *_HANDS_ON))
    return more(found, (stores, graph.may_get(model)[1]))


def _trains(graph: Graph, ids: list[str], *learned: Mapping[str, Related]) -> Relation:
    """The other way round: what each model learned from. A model that does not say may have learned from any data."""
    sure: dict[str, dict[str, None]] = {c: {} for c in ids}
    maybe: dict[str, Ask] = {}
    told: set[int] = set()  # what silent engines may have learned from is one list for all models
    anything: Ask | None = None
    for model, found in [pair for of in learned for pair in of.items()]:
        for d in found.ids:
            sure[d][model] = None
        if found.asks and id(found.could) not in told:
            told.add(id(found.could))
            maybe |= {d: found.asks for d in found.could if d not in maybe}
        if found.asks and not found.could:
            anything = anything or found.asks
    may = {c: maybe.get(c) or (anything if _teaches(graph, c) else None) for c in ids}
    return {c: Related(tuple(sure[c]), may[c]) for c in ids}


def _teaches(graph: Graph, c: str) -> bool:
    return graph.kind[c].name in _DATA or graph.does(c, "trains")


def _seen_by(graph: Graph, watchers: list[str], ids: list[str]) -> Relation:
    """Watchers that a component tells, itself or through a log; and those that say that they watch it."""
    out: dict[str, dict[str, None]] = {c: {} for c in ids}
    for c in ids:
        for there in graph.sends(c):
            if graph.does(there, "watches"):
                out[c][there] = None
            elif graph.kind[there].name == "log-store":
                out[c].update(dict.fromkeys(w for w in graph.sends(there) if graph.does(w, "watches")))
    silent = []
    for watcher in watchers:
        said = graph.system.components[watcher].props.get("watches")
        if said is None and not graph.gets_from(watcher):
            silent.append(watcher)
        for c in said or ():
            out[c][watcher] = None
    maybe = {c: dict.fromkeys(silent) for c in graph.could["run by"]}
    found = _shared(graph, out, maybe, "watches")
    may = (tuple(silent), (silent[0], "watches")) if silent else ((), None)
    return {c: more(r.ids, may) if silent else r for c, r in found.items()}


def _logged_by(graph: Graph, ids: list[str]) -> Relation:
    out: dict[str, dict[str, None]] = {c: {} for c in ids}
    maybe: dict[str, dict[str, None]] = {}
    for c in ids:
        logs = graph.system.components[c].props.get("logs")
        if logs is None:
            maybe[c] = {c: None}
        elif logs != ("none",):
            out[c][c] = None
        out[c].update(dict.fromkeys(t for t in graph.sends(c) if graph.kind[t].name == "log-store"))
    return _shared(graph, out, maybe, "logs")


def _shared(graph: Graph, sure: dict[str, dict[str, None]], maybe: dict[str, dict[str, None]], asked: str) -> Relation:
    """The same after sharing, with the members that are only possible."""
    both = {c: {**members, **maybe.get(c, {})} for c, members in sure.items()}
    _share(graph, sure)
    _share(graph, both)
    engines = graph.could["run by"]
    # What sees the callers of a silent engine may see those of any model.
    anything = bool(engines) and any(both[e] for e in engines)
    out = {}
    for c, members in sure.items():
        could = tuple(m for m in both[c] if m not in members)
        own = next((m for m in could if asked not in graph.system.components[m].props), None)
        if anything and graph.kind[c].name in ("model", "llm"):
            out[c] = Related(tuple(members), (engines[0], "runs"))
        else:
            out[c] = Related(tuple(members), (own, asked), could) if own is not None else Related(tuple(members))
    return out


def _share(graph: Graph, out: dict[str, dict[str, None]]) -> None:
    """Who sees the callers of a model sees the model: engines and their callers share with what they run or call."""
    for _ in range(3):  # endpoint -> engine -> model is the longest such chain
        for c in list(out):
            if graph.does(c, "serves") and out[c]:
                for there in graph.sends(c):
                    if graph.kind[there].name in _SEEN:
                        out[there].update(out[c])


def _tools(graph: Graph, c: str) -> Related:
    said = graph.system.components[c].props.get("tools", ())
    called = [t for t in graph.sends(c) if graph.kind[t].name in ("tool", "interpreter")]
    return more(dict.fromkeys([*said, *called]), graph.may_send(c) if c in graph.silent else ((), None))


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
