"""Law 2: filling in an unknown never reveals a threat that had been ruled out.

What counts as unknown, and so may be filled in without revealing anything:

    a property that nobody said or measured (plain ones, `base` where the training is not shown, `provider`)
    who may write to or read from what keeps or hands out things, while nobody called the list complete
    what an engine runs, an agent calls and a monitor watches, where neither the property nor a flow says anything
    what trained a model and on what, where neither the property nor the flows behind it say anything
    what a flow carries, whether it is encrypted or signed, and any control

Complete as they are written, so that changing them corrects the file: zones, actors, components and their kinds, flows,
`exposed to`, and relations of other kinds of components (an endpoint that names no model runs none).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.decompose import Parts
from casemate.define.vocabulary import vocabulary
from strategies import (
    DATA,
    KEEPS,
    Document,
    Pick,
    documents,
    outcomes,
    parts_of,
    plain_fields,
    record,
    seeded,
    some,
    value,
)

RULED_OUT = (None, "declared")
Fill = tuple[str, Document]


def fills(pick: Pick, doc: Document, parts: Parts) -> Iterator[Fill]:
    """Documents that say one thing more, each with what was filled in."""
    for c, p in doc["components"].items():
        facts = parts.things[c].facts
        for f in plain_fields():
            if facts.get(f.name) is None and f.name not in p:
                yield said(doc, c, f.name, value(pick, f))
        yield from relations(pick, doc, c, parts)
        if p["kind"] in KEEPS:
            yield from lists(pick, doc, c, parts)
        if "provider" not in p and facts.get("version") is None:
            answer = {"version": pick(("floating", "v2")), "trains on ours": pick(("yes", "no"))}
            yield said(doc, c, "provider", answer)
        if facts.get("base origin") is None and "base" not in p:
            yield said(doc, c, "base", {"origin": pick(("own", "partner", "public"))})
        control = pick(("query-quota", "model-signing", "label-only-output", "human-approval"))
        yield said(doc, c, "controls", [control])
    for i, flow in enumerate(doc.get("flows", ())):
        for name, words in (("encrypted", ("yes", "no")), ("signed", ("yes", "no")), ("carries", GRADES)):
            if name not in flow:
                after = copy.deepcopy(doc)
                after["flows"][i][name] = pick(words)
                yield f"{name} of {flow['from']}->{flow['to']}", after


GRADES = tuple(vocabulary().words["grade"])


def relations(pick: Pick, doc: Document, c: str, parts: Parts) -> Iterator[Fill]:
    def of(*kinds: str) -> list[str]:
        return [x for x, p in doc["components"].items() if p["kind"] in kinds and x != c]

    kind, facts = doc["components"][c]["kind"], parts.things[c].facts
    graph = parts.graph
    if graph.silent.get(c) == "runs":
        yield said(doc, c, "runs", some(pick, of("model", "llm")))
    if graph.silent.get(c) == "tools":
        yield said(doc, c, "tools", some(pick, of("tool", "interpreter")))
    if kind == "monitor" and "watches" not in doc["components"][c] and not graph.gets_from(c):
        yield said(doc, c, "watches", some(pick, [x for x in doc["components"] if x != c]))
    if kind == "model":
        if not any(t.id for t in facts["trained by"]) and facts["trained by"]:
            yield said(doc, c, "trained by", some(pick, of("training")))
        if not any(t.id for t in facts["trained on"]) and facts["trained on"]:
            yield said(doc, c, "trained on", some(pick, of(*DATA)))


def lists(pick: Pick, doc: Document, c: str, parts: Parts) -> Iterator[Fill]:
    """One more who may write or read, or the word that there is nobody else."""
    rights = {"writers": "write", "readers": "read"}
    able = [s for s in rights if any(p.id is None for p in parts.things[c].facts[s])]
    for side in able:
        before = doc["components"][c].get(side, {"who": [], "complete": "no"})
        one_more = some(pick, list(doc.get("actors", ())))
        yield said(doc, c, side, {**before, "who": list(dict.fromkeys([*before["who"], *one_more]))})
        yield said(doc, c, side, {**before, "complete": "yes"})
        if one_more:
            may = pick((rights[side], "grant") if able == list(rights) else (rights[side],))
            entry = {"who": one_more, "may": [may], "on": [c], "complete": pick(("yes", "no"))}
            yield f"{may} access of {one_more} to {c}", {**doc, "access": [*doc.get("access", ()), entry]}


def said(doc: Document, c: str, name: str, answer: Any) -> Fill:
    after = copy.deepcopy(doc)
    after["components"][c][name] = answer
    return f"{name} of {c} is {answer}", after


def revealed(before: Document, after: Document, *records: Any, by: Any = None) -> list[str]:
    """Threats that were ruled out and stand in the way now."""
    was, now = outcomes(before, *records, by=by), outcomes(after, *records, by=by)
    return [f"{i}: {was.get(i)} -> {o}" for i, o in now.items() if was.get(i) in RULED_OUT and o not in RULED_OUT]


def measurements(pick: Pick, doc: Document) -> list[Any]:
    """Records of what has bytes: what the file says of anything else is the text that its evidence binds to (law 1)."""
    out = []
    for c, p in doc["components"].items():
        if "path" in p and pick(range(2)):
            facts = {f.name: plain(pick, f) for f in [pick(plain_fields()) for _ in range(pick(range(3)))]}
            out.append(record(c, "scan", facts={**facts, "contents": pick(("clean", "unsafe", "inconclusive"))}))
    return out


def plain(pick: Pick, f: Any) -> Any:
    v = value(pick, f)
    return v == "yes" if f.type == "flag" else tuple(v) if isinstance(v, list) else v


@settings(max_examples=60)
@given(documents(), st.data())
def test_filling_in_an_unknown_never_reveals_a_threat_that_had_been_ruled_out(doc, data):
    pick = lambda items: data.draw(st.sampled_from(list(items)))  # noqa: E731
    records = measurements(pick, doc)
    able = list(fills(pick, doc, parts_of(doc, *records)))
    what, after = pick(able)
    assert revealed(doc, after, *records) == [], what


@pytest.mark.parametrize("seed", range(10))
def test_nor_does_any_of_the_many_things_that_can_be_filled_in_one_system(seed):
    doc = seeded(seed, most=6)
    pick = picker(seed)
    records = measurements(pick, doc)
    for what, after in fills(pick, doc, parts_of(doc, *records)):
        assert revealed(doc, after, *records) == [], what


def picker(seed: int) -> Pick:
    import random

    rng = random.Random(seed)
    return lambda items: items[rng.randrange(len(items))]
