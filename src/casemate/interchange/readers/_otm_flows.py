"""Dataflows of an Open Threat Model: one flow each, two where it is bidirectional."""

from __future__ import annotations

from collections.abc import Mapping

from casemate.define.vocabulary import vocabulary
from casemate.interchange.draft import Fact, Flow, said
from casemate.interchange.fit import clean
from casemate.interchange.loss import BROKEN, CHANGED, LEFT
from casemate.interchange.names import FlowIds, Names
from casemate.interchange.node import Node
from casemate.interchange.readers._otm_words import OURS, leftover
from casemate.interchange.said import again


def read(root: Node, nodes: list[Node], names: Names, assets: Mapping[str, str]) -> list[Flow]:
    """The flows. names: ids of components by theirs; assets: names of data by their ids."""
    ids = FlowIds(names)
    out: list[Flow] = []
    taken = 0
    for n in nodes:
        found = _flow(n, ids, names, assets)
        taken += bool(found)
        out += found
        leftover(n)
    root.losses.count("flows", len(nodes), taken, len(out))
    return out


def _flow(n: Node, ids: FlowIds, names: Names, assets: Mapping[str, str]) -> list[Flow]:
    a, b = _end(n, "source", names), _end(n, "destination", names)
    theirs, name, both = n.raw("id"), n.text("name"), n.flag("bidirectional")
    ours = n.part("attributes").part(OURS)
    if not a or not b or a == b:
        if a and a == b:
            n.note(LEFT, "", "both ends are the same; a flow joins two things", a)
        return []
    plain = theirs in (None, f"{n.raw('source')}->{n.raw('destination')}")
    eid = ids.give((a, b), None if plain else theirs, name)
    if n.text("description"):
        n.note(LEFT, "description", "a flow has a label and no description")
    data = _data(n, name if name != theirs else None, ours, assets)
    fields = vocabulary().file["flows"].fields
    more = again(ours.only(("carries", "encrypted", "signed").__contains__), fields, {})
    facts = said(id=Fact(eid, n.below("id")) if eid else None, data=data)
    facts |= {k: Fact(v, ours.below(k)) for k, v in more.items()}
    out = [Flow(a, b, n.path, facts)]
    if both:
        n.note(CHANGED, "bidirectional", "is written as two flows", f"{a} and {b}")
        at = n.below("bidirectional")
        back = ids.give((b, a), None, f"{eid or name}-back")
        out.append(Flow(b, a, at, said(id=Fact(back, at) if back else None, data=data)))
    return out


def _end(n: Node, key: str, names: Names) -> str | None:
    theirs = n.raw(key)
    if theirs is None:
        n.note(BROKEN, key, "is missing; the flow is left out")
    elif theirs not in names.known:
        n.note(BROKEN, key, "names no component; the flow is left out", theirs[:80])
    return names.known.get(theirs or "")


def _data(n: Node, name: str | None, ours: Node, assets: Mapping[str, str]) -> Fact | None:
    own = ours.text("data")
    if own or OURS in n.part("attributes"):
        return Fact(own, ours.below("data")) if own else None
    named = []
    for asset in n.words("assets"):
        if asset.value in assets:
            named.append(assets[asset.value])
        else:
            n.note(BROKEN, "assets", "names no asset", asset.value[:80])
    label = f"{name} ({', '.join(named)})" if name and named else name or ", ".join(named)
    return Fact(clean(label), n.below("name") + (f", {n.below('assets')}" if named else "")) if label else None
