"""Random systems and evidence, and short ways to assess them. A system is drawn as a document and read as people's are.

`document(pick)` asks `pick` for every choice, so that hypothesis can shrink what a random generator would only repeat.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from casemate.assess import assess
from casemate.catalog.load import Catalog, RawThreat, catalog
from casemate.core.yamltree import parse
from casemate.decompose import Parts, decompose
from casemate.define.build import from_text
from casemate.define.system import System
from casemate.define.vocabulary import Field, vocabulary
from casemate.evidence.bind import Evidence, bind
from casemate.evidence.statement import ControlResult, Statement, Trial
from casemate.identify import Found, identify
from casemate.identify.rule import Rule, compile_rule
from casemate.identify.shelf import rules_of
from casemate.validate import Assessment, Policy
from casemate.validate.policy import policy_of, read_policy

Pick = Callable[[Sequence[Any]], Any]
Document = dict[str, Any]

TODAY = date(2026, 11, 2)
DIGEST = "a" * 64
OTHER = "b" * 64

ZONES = {
    "internet": {"trust": "public"},
    "shop": {"trust": "account"},
    "vendor": {"trust": "partner", "owner": "Example AI Inc"},
    "cloud": {"trust": "staff"},
    "vault": {"trust": "restricted", "in": "cloud"},
    "annex": {"trust": "staff", "in": "vendor"},
}
ACTORS = {
    "visitor": {"trust": "public", "zone": "internet"},
    "customer": {"trust": "account", "zone": "internet", "apart": "yes"},
    "supplier": {"trust": "partner", "zone": "vendor"},
    "clerk": {"trust": "staff", "zone": "cloud"},
    "admin": {"trust": "restricted"},
}
KINDS = tuple(vocabulary().kinds)
USUAL = (
    "client-app", "web-app", "endpoint", "gateway", "service", "inference", "inference", "model", "model", "llm",
    "agent", "agent", "tool", "tool", "interpreter", "dataset", "store", "index", "memory", "training", "preprocessing",
    "model-registry", "log-store", "monitor", "human-review",
)  # fmt: skip
KEEPS = tuple(k for k, kind in vocabulary().kinds.items() if kind.does in ("stores", "supplies"))
DATA = ("dataset", "data-source", "feature-store", "store", "log-store", "external-content", "index")
"""What a model can be said to have learned from."""
PLAIN = ("word", "words", "flag", "egress", "count")
EDGES = (
    "exposed to",
    "runs",
    "tools",
    "watches",
    "trained by",
    "trained on",
    "writers",
    "readers",
    "alerts",
    "done by",
)


# ------------------------------------------------------------------------------------------------ documents


def some(pick: Pick, items: Sequence[Any], most: int = 2) -> list[Any]:
    """A few of the items, perhaps none, each once."""
    return list(dict.fromkeys(pick(items) for _ in range(pick(range(most + 1))))) if items else []


def value(pick: Pick, f: Field) -> Any:
    """Something that the file may say for a plain property."""
    if f.type == "flag":
        return pick(("yes", "no"))
    if f.type == "egress":
        return pick(("open", "none", "listed"))
    if f.type == "count":
        return str(pick(range(4)))
    if f.type == "words":
        return list(dict.fromkeys([pick(f.words), pick(f.words)]))
    return pick(f.words)


def plain_fields() -> list[Field]:
    """Properties of a component whose value is a word, a number, yes or no."""
    return [
        f
        for f in vocabulary().component.values()
        if f.type in PLAIN and not f.only_measured and f.name not in ("kind", "zone", *EDGES)
    ]


def document(pick: Pick, most: int = 8) -> Document:
    """A system with random zones, actors, components, properties, flows and rights."""
    actors = some(pick, list(ACTORS), 3)
    parts: dict[str, dict[str, Any]] = {}
    for i in range(2 + pick(range(most - 1))):
        parts[f"c{i}"] = {"kind": pick(USUAL if pick(range(4)) else KINDS), "zone": pick(list(ZONES))}
    ids = list(parts)
    by_kind: dict[str, list[str]] = {}
    for c, p in parts.items():
        by_kind.setdefault(p["kind"], []).append(c)
    for c, p in parts.items():
        for f in [pick(plain_fields()) for _ in range(pick(range(8)))]:
            p[f.name] = value(pick, f)
        _edges(pick, p, c, actors, ids, by_kind)
        if p["kind"] in ("model", "dataset") and pick(range(2)):
            p["path"] = f"files/{c}"
    doc: Document = {
        "casemate": "1", "name": "drawn", "zones": copy.deepcopy(ZONES),
        "actors": {a: dict(ACTORS[a]) for a in actors}, "components": parts, "flows": _flows(pick, actors, ids),
        "access": _access(pick, actors, ids),
    }  # fmt: skip
    return {k: v for k, v in doc.items() if v not in ({}, [])}


def _edges(pick: Pick, p: dict[str, Any], c: str, actors: list[str], ids: list[str], by_kind: dict[str, Any]) -> None:
    def of(*kinds: str) -> list[str]:
        return [x for k in kinds for x in by_kind.get(k, ()) if x != c]

    said: dict[str, tuple[bool, Callable[[], Any]]] = {
        "exposed to": (True, lambda: some(pick, [*ZONES, *actors])),
        "runs": (p["kind"] == "inference", lambda: some(pick, of("model", "llm"))),
        "tools": (p["kind"] == "agent", lambda: some(pick, of("tool", "interpreter"))),
        "watches": (p["kind"] == "monitor", lambda: some(pick, [x for x in ids if x != c])),
        "trained by": (p["kind"] == "model", lambda: some(pick, of("training"))),
        "trained on": (p["kind"] == "model", lambda: some(pick, of(*DATA))),
        "base": (p["kind"] == "model", lambda: {"origin": pick(("own", "partner", "public"))}),
        "provider": (
            p["kind"] in ("llm", "agent"),
            lambda: {"version": pick(("floating", "v1")), "trains on ours": pick(("yes", "no"))},
        ),
    }
    for name, (fits, answer) in said.items():
        if fits and not pick(range(3)):
            p[name] = answer()
    for side in ("writers", "readers") if p["kind"] in KEEPS and actors else ():
        if pick(range(2)):
            p[side] = {"who": some(pick, actors), "complete": pick(("yes", "no"))}


def _flows(pick: Pick, actors: list[str], ids: list[str]) -> list[dict[str, Any]]:
    out: dict[tuple[str, str], dict[str, Any]] = {}
    for _ in range(pick(range(2 * len(ids)))):
        a, b = pick([*actors, *ids]), pick([*ids, *actors] if not pick(range(6)) else ids)
        if a != b and not (a in actors and b in actors):
            flow = {"from": a, "to": b}
            for name in ("encrypted", "signed"):
                if not pick(range(4)):
                    flow[name] = pick(("yes", "no"))
            if not pick(range(6)):
                flow["carries"] = pick(tuple(vocabulary().words["grade"]))
            out[a, b] = flow
    return list(out.values())


def _access(pick: Pick, actors: list[str], ids: list[str]) -> list[dict[str, Any]]:
    return [
        {"who": [pick(actors)], "may": [pick(("read", "write", "grant"))], "on": [pick(ids)],
         "complete": pick(("yes", "no"))}
        for _ in range(pick(range(3)) if actors else 0)
    ]  # fmt: skip


@st.composite
def documents(draw: Any, most: int = 8) -> Document:
    """Any system, as the mapping that its file would hold."""
    return document(lambda items: draw(st.sampled_from(list(items))), most)


def seeded(seed: int, most: int = 8) -> Document:
    """The same system for the same seed, where thousands are tried."""
    rng = random.Random(seed)
    return document(lambda items: items[rng.randrange(len(items))], most)


def text_of(doc: Any) -> str:
    """The document as a file. One property on one line, so that every fact has a line of its own."""
    return "\n".join(_lines(doc, 0)) + "\n"


def _lines(doc: Document, depth: int) -> Iterator[str]:
    for key, inside in doc.items():
        if isinstance(inside, dict) and depth < 2 and inside:
            yield f"{'  ' * depth}{json.dumps(key)}:"
            yield from _lines(inside, depth + 1)
        elif isinstance(inside, list) and inside and isinstance(inside[0], dict):
            yield f"{json.dumps(key)}:"
            yield from (f"  - {json.dumps(entry)}" for entry in inside)
        else:
            yield f"{'  ' * depth}{json.dumps(key)}: {json.dumps(inside)}"


def system_of(doc: Document) -> System:
    """The system that the document describes, read as a file is."""
    return from_text(text_of(doc), "drawn.yaml", {"fines": tuple(shelf().fines)})


# ------------------------------------------------------------------------------------------------ catalogue


@cache
def shelf() -> Catalog:
    """The catalogue that came with this version."""
    return catalog()


@cache
def rules() -> tuple[Rule, ...]:
    """All its threats, compiled."""
    return rules_of(shelf())


def rule(text: str, name: str = "r.yaml") -> Rule:
    """A rule from its text; what no test asks for is filled in."""
    return compile_rule(raw_threat(text, name))


BASIS = {
    "title": "Something happens to {id}",
    "stride": "[tampering]",
    "maturity": "demonstrated",
    "because": "it happens to {id}",
    "harms": "wrong-decision",
    "countered by": "[query-quota]",
    "examples": "{one: {model: {}, gives: nothing}}",
    "status": "stable",
}


def raw_threat(text: str, name: str = "r.yaml") -> RawThreat:
    """A threat's file, with the required fields that a test does not care about."""
    given = {line.split(":")[0] for line in text.splitlines() if line and not line.startswith((" ", "#"))}
    rest = "".join(f"{k}: {v!r}\n" if "{id}" in v else f"{k}: {v}\n" for k, v in BASIS.items() if k not in given)
    head = "" if "id" in given else f"id: {name.removesuffix('.yaml')}\n"
    return RawThreat(name, parse(text + "\n" + rest + head, name))  # the lines of the text keep their numbers


def only(*texts: str) -> Catalog:
    """The catalogue with these threats alone, named r0, r1 ... where they give no id."""
    raw = tuple(raw_threat(t, f"r{i}.yaml") for i, t in enumerate(texts))
    return replace(shelf(), threats=raw)


# ------------------------------------------------------------------------------------------------ evidence


def trial(threat: str, broken: int, held: int, unit: str = "campaign", **more: Any) -> Trial:
    """Trials of one threat; whatever was neither broken nor held is given by name."""
    lost = more.get("errored", 0) + more.get("skipped", 0)
    return Trial(threat, unit, broken + held + lost, broken, held, **{"strength": "equal", **more})


def record(about: str, kind: str = "redteam", **more: Any) -> Statement:
    """A record of something with bytes, measured today."""
    return Statement(**{"kind": kind, "about": about, "digest": DIGEST, "tool": "test 1", "measured": TODAY, **more})


def evidence_of(system: System, *statements: Statement, measured: bool = True, digest: str | None = DIGEST) -> Evidence:
    """Evidence beside a system whose files all have one digest. `measured`: in this run."""
    digests = {c.id: digest for c in system.components.values() if c.path}
    return Evidence(tuple(statements), digests, {}, frozenset(s.id for s in statements) if measured else frozenset())


# ------------------------------------------------------------------------------------------------ assessing


def parts_of(doc: Document | System, *statements: Statement, measured: bool = True) -> Parts:
    """The decomposed system."""
    system = doc if isinstance(doc, System) else system_of(doc)
    return decompose(system, bind(system, evidence_of(system, *statements, measured=measured), TODAY))


def found_in(
    doc: Document | System, *statements: Statement, by: Sequence[Rule] | None = None, measured: bool = True
) -> dict[str, Found]:
    """Every finding by id."""
    return {f.id: f for f in identify(parts_of(doc, *statements, measured=measured), rules() if by is None else by)}


def outcomes(doc: Document | System, *statements: Statement, by: Sequence[Rule] | None = None) -> dict[str, str]:
    """The outcome of every finding by id; what does not apply is not there."""
    return {i: f.outcome for i, f in found_in(doc, *statements, by=by).items()}


def assessed(
    doc: Document | System,
    *statements: Statement,
    of: Catalog | None = None,
    policy: Policy | str | None = None,
    today: date = TODAY,
    seed: int = 0,
    measured: bool = True,
    digest: str | None = DIGEST,
) -> Assessment:
    """The whole assessment."""
    system = doc if isinstance(doc, System) else system_of(doc)
    held = policy_of(policy, "policy.yaml") if isinstance(policy, str) else policy or read_policy()
    evidence = evidence_of(system, *statements, measured=measured, digest=digest)
    return assess(system, evidence, of or shelf(), held, today, seed)


def controls_of(results: Sequence[ControlResult], about: str, **more: Any) -> Statement:
    """A record that tested controls."""
    return record(about, controls=tuple(results), **more)
