"""Who has the file of a model in their own hands: those whose devices it lies on, and those who may read its registry.

Whoever has the file needs no queries. Colleagues are no news. What nobody said of either is a member of whom only the
existence is possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.core.trust import Trust
from casemate.decompose.access import somebody
from casemate.decompose.graph import Graph
from casemate.decompose.thing import Thing

KEEPS_MODELS = "model-registry"


def holders(graph: Graph, thing: Thing) -> tuple[Thing, ...]:
    """The holders of a model's file, after its facts and relations are known; nobody for all else."""
    return (*_devices(graph, thing), *_readers(thing)) if thing.kind == "model" else ()


def _devices(graph: Graph, model: Thing) -> Iterator[Thing]:
    shipped = model.facts.get("on client")
    if shipped is None:
        yield somebody(str(model.id), "on client")
    elif shipped:
        zone = graph.system.zones[graph.system.components[str(model.id)].zone]
        abroad = zone.trust <= Trust.ACCOUNT
        who = f"anyone in {zone.id}" if abroad else "whoever has a device with it"
        yield Thing(who, "party", {"id": who, "trust": zone.trust if abroad else Trust.PUBLIC})


def _readers(model: Thing) -> Iterator[Thing]:
    for registry in model.facts["stored in"]:
        if registry.id is None:
            yield Thing(None, "party", {}, asks=dict(registry.asks))
        elif registry.kind == KEEPS_MODELS and not registry.facts["theirs"]:  # whom others let read is theirs to say
            yield from (r for r in registry.facts["readers"] if r.facts.get("trust", Trust.PUBLIC) < Trust.STAFF)
