"""Does `casemate diff` name what was changed? Every counterfactual edit of the incidents, whole and fact by fact.

Usage: python bench/diff.py

facts      the facts of an edit: one property, one flow, one actor, one control that evidence verified
alone      each fact made first, alone in its system, and made last, after all others of its edit: how often it moves a
           threat, and how often every threat that moved names it, and nothing else
in a crowd the same beside changes elsewhere (an island with a public endpoint and a model, other names, another
           purpose): how often every threat that the fact alone moved still names it, and nothing of the crowd
whole      all facts of an edit at once, in a crowd: threats that changed, those with a cause, those whose every cause
           is a fact of the edit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

from casemate.assess import assess
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence, element_digest
from casemate.evidence.statement import ControlResult, Statement
from casemate.validate import Assessment
from casemate.validate.diff import Changed, diff
from casemate.validate.policy import read_policy
from incident_systems import TODAY, Document, Verified, document, edits, shelves, written
from incident_systems import _change as change

ISLAND = "island"
"""Every part of the crowd that adds something has it in its id."""
NEW = {"new actor", "new zone"}


@dataclass(frozen=True)
class Row:
    """What was counted for one edit."""

    case: str
    words: str
    facts: int
    moving: int
    named: int
    crowded: int
    threats: int
    caused: int
    own: int

    @property
    def met(self) -> bool:
        return self.moving == self.named == self.crowded and self.threats == self.caused == self.own


def assessed(doc: Document, verified: Verified = ()) -> Assessment:
    system = from_text(written(doc), "case.yaml", {"fines": ()})
    found = tuple(
        Statement(
            "verify", c, element_digest(system, system.components[c]), "bench", TODAY,
            controls=(ControlResult(k, None, True),),
        )
        for c, k in verified
    )  # fmt: skip
    evidence = Evidence(found, {}, {}, frozenset(s.id for s in found))
    return assess(system, evidence, shelves(), read_policy(), TODAY)


def alone(edit: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The edit's changes, each property apart. What evidence verified comes with its control and stays whole."""
    for step in (*edit["set"], *edit.get("completes", ())):
        rest = {k: v for k, v in step.items() if k != "component"}
        if "component" in step:
            yield from ({"component": step["component"], k: v} for k, v in rest.items())
        else:
            yield step


def crowded(doc: Document) -> Document:
    """The same system with changes elsewhere, of which no threat of it takes notice."""
    doc["purpose"] = f"something else on an {ISLAND}"
    doc["zones"] |= {f"{ISLAND}-net": {"trust": "public"}, ISLAND: {"trust": "staff"}}
    doc.setdefault("actors", {})[f"{ISLAND}-visitor"] = {"trust": "public", "zone": f"{ISLAND}-net"}
    doc["components"] |= {
        f"{ISLAND}-api": {"kind": "endpoint", "zone": ISLAND, "auth": "none"},
        f"{ISLAND}-engine": {"kind": "inference", "zone": ISLAND, "runs": f"{ISLAND}-model"},
        f"{ISLAND}-model": {"kind": "model", "zone": ISLAND, "format": "pickle", "trained by": [], "trained on": []},
    }
    for i, c in enumerate(doc["components"].values()):
        c.setdefault("name", f"part {i}")
    doc["flows"] += [{f"{ISLAND}-visitor -> {ISLAND}-api": "rows"}, {f"{ISLAND}-api -> {ISLAND}-engine": "rows"}]
    return doc


def made(case: str, steps: Iterable[dict[str, Any]], crowd: bool = False) -> Assessment:
    """The case after these steps."""
    doc = document(case, True)
    verified = tuple(v for step in steps for v in change(doc, step))
    return assessed(crowded(doc) if crowd else doc, verified)


def fact(step: dict[str, Any]) -> str:
    """How a comparison calls what a step changes."""
    (op, value), *rest = step.items()
    if op == "component":
        return f"{rest[0][0]}@{value}"
    if op == "verified":
        return f"evidence:{value['component']}/verify"
    return f"{op.split()[1]}s:{str(value).partition(': ')[0].replace(' ', '')}"


def causes(t: Changed) -> set[str]:
    return {c.id for c in t.cause.changes}


def row(edit: dict[str, Any]) -> Row:
    case, steps = edit["case"], list(alone(edit))
    there = [s for s in steps if NEW & s.keys()]  # whom and what the other facts of the edit name
    moving = named = among = 0
    for others, step in [*((there, s) for s in steps), *((steps, s) for s in steps if s not in there)]:
        before = made(case, [s for s in others if s is not step])
        after = [*others, *([step] if step not in others else [])]
        found = _moved(before, made(case, after))
        if found:
            moving += 1
            named += all(c == {fact(step)} for c in found.values())
            crowd = _moved(before, made(case, after, True))
            among += all(crowd.get(t) == c for t, c in found.items())
    old, facts = made(case, []), set(map(fact, steps))
    whole = [t for t in diff(old, made(case, steps, True)).threats if ISLAND not in t.id]
    return Row(
        case, " ".join(str(edit["edit"]).split()), len(steps), moving, named, among, len(whole),
        sum(bool(causes(t)) for t in whole), sum(bool(causes(t)) and causes(t) <= facts for t in whole),
    )  # fmt: skip


def _moved(old: Assessment, new: Assessment) -> dict[str, set[str]]:
    """By threat of the system that changed, the ids of its causes."""
    return {t.id: causes(t) for t in diff(old, new).threats if ISLAND not in t.id}


def rows() -> list[Row]:
    return [row(e) for e in edits()]


def main() -> None:
    found = rows()
    print(
        "| case | edit | facts | move a threat | named alone | in a crowd | threats, whole | with a cause | own cause |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for r in found:
        print(f"| {' | '.join(map(str, astuple(r)))} |")
    moves, threats = sum(r.moving for r in found), sum(r.threats for r in found)
    named, crowded = sum(r.named for r in found), sum(r.crowded for r in found)
    print(f"\nnamed alone {named} of {moves}, in a crowd {crowded} of {moves}")
    print(f"threats whose every cause is a fact of the edit: {sum(r.own for r in found)} of {threats}")
    print(f"{sum(r.met for r in found)} of {len(found)} edits name what was changed, and nothing else")


if __name__ == "__main__":
    main()
