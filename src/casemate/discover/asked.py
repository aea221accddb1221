"""What a draft asks about each kind of component: the few things that change most, in the vocabulary's own words.

`casemate questions` ranks all that is unknown by the risk that it would settle; this is where to begin.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.define.vocabulary import vocabulary
from casemate.discover.draft import Part

ASKED: dict[str, tuple[str, ...]] = {
    "endpoint": ("auth", "rate limit", "returns", "logs"),
    "gateway": ("auth", "rate limit", "logs"),
    "web-app": ("auth", "renders"),
    "service": ("patched",),
    "inference": ("egress", "logs"),
    "model": ("format", "decides", "proprietary", "origin"),
    "training": ("auth", "egress", "pinned"),
    "preprocessing": ("checks",),
    "dataset": ("sensitivity", "writers", "readers", "encrypted"),
    "store": ("sensitivity", "writers", "readers", "encrypted"),
    "index": ("sensitivity", "writers"),
    "data-source": ("origin", "sensitivity"),
    "log-store": ("holds", "readers"),
    "model-registry": ("auth", "writers", "signed"),
    "container-registry": ("auth",),
    "package-registry": (),
    "ci": ("writers", "pinned"),
    "llm": ("version", "budget"),
    "agent": ("acts on", "approval", "keeps memory", "egress", "logs"),
    "tool": ("effect", "identity", "filters by caller", "approval"),
    "credential-store": ("readers", "scoped"),
    "notebook": ("auth", "sandbox"),
    "host": ("patched", "egress"),
    "cluster": ("auth", "egress"),
}


def unknown(p: Part) -> Iterator[tuple[str, str]]:
    """(property, question) of what is not known of a component and is worth asking first."""
    fields = vocabulary().component
    for name in ASKED.get(p.kind, ()):
        if name not in p.facts:
            yield name, fields[name].question.replace("{id}", p.id)
