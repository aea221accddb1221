"""Federated learning: which trainings elsewhere send what they learned to a training that brings it together.

An update is followed from a training through what only carries or keeps it, until another training gets it. The two
stand apart: their zones differ in trust or owner. Where each gets something from the other, the less trusted one is the
client. Followed in one walk; of each component a few senders are remembered, which keeps it linear.
"""

from __future__ import annotations

from collections import deque

from casemate.decompose.graph import Graph
from casemate.decompose.relations import Related, Relation

CARRIES = frozenset(
    {"endpoint", "gateway", "service", "external-service", "preprocessing", "store", "dataset", "feature-store"}
)
"""What an update may pass through on its way. A registry hands on whole models, and a model is no update."""
MOST = 3
"""Of each component so many senders are remembered, the least trusted first: what a sentence can name."""


def clients(graph: Graph) -> Relation:
    """For each training those whose updates it brings together; nothing for all else."""
    sent = _sent(graph)
    found = {t: [a for a in senders if _client(graph, a, t, sent)] for t, senders in sent.items()}
    return {c: Related(tuple(found.get(c, ())) if graph.does(c, "trains") else ()) for c in graph.system.components}


def _sent(graph: Graph) -> dict[str, dict[str, None]]:
    """Whose updates get to a component. The trainings are followed one level of trust after the other."""
    sent: dict[str, dict[str, None]] = {}
    trainings = [c for c in graph.kind if graph.does(c, "trains")]
    queue = deque((a, a) for a in sorted(trainings, key=lambda a: graph.trust[a]))
    while queue:
        here, training = queue.popleft()
        for there in graph.sends(here):
            known = sent.setdefault(there, {})
            if there == training or training in known or len(known) >= MOST or not _carries(graph, there):
                continue
            known[training] = None
            if not graph.does(there, "trains"):
                queue.append((there, training))
    return sent


def _carries(graph: Graph, c: str) -> bool:
    return graph.kind[c].name in CARRIES or graph.does(c, "trains")


def _client(graph: Graph, a: str, t: str, sent: dict[str, dict[str, None]]) -> bool:
    zones, parts = graph.system.zones, graph.system.components
    here, there = zones[parts[a].zone], zones[parts[t].zone]
    apart = here.trust != there.trust or here.owner != there.owner
    return apart and (here.trust <= there.trust or t not in sent.get(a, ()))
