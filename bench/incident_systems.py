"""The twelve systems as documents, what is changed in them, and what the rules name in each.

A change never touches the files: it is made in the parsed document, whose scalars are all text, and that is assessed.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from casemate.assess import assess
from casemate.catalog import atlas, load
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence, element_digest
from casemate.evidence.statement import ControlResult, Statement
from casemate.identify.clause import Clause
from casemate.identify.rule import PARTIES, Rule
from casemate.validate.policy import read_policy

ROOT = Path(__file__).parent.parent
CASES = ROOT / "examples" / "incidents"
DATA = ROOT / "bench" / "cases"
TODAY = date(2026, 11, 23)
HINDSIGHT = "# hindsight"
TRUSTED = "restricted"  # the most trusted word

Document = dict[str, Any]
Verified = tuple[tuple[str, str], ...]
"""(component, control) pairs that evidence of today verified."""


@dataclass(frozen=True)
class Named:
    """What one assessment named. Techniques are those that a fact about a system exposes, and no others."""

    open: frozenset[str]
    asked: frozenset[str]
    """With those of assumed threats."""
    ranked: tuple[frozenset[str], ...]
    """The techniques of each open threat, worst threat first."""
    at: tuple[int, ...]
    """The number of open threats at each component."""
    of_people: tuple[str, ...]
    """Open threats whose rule asks who reaches, may touch or taints something."""

    @property
    def per_component(self) -> float:
        """Open threats, also those of flows and of the system, for each component."""
        return len(self.ranked) / len(self.at)


def truth() -> dict[str, frozenset[str]]:
    with (DATA / "truth.csv").open(encoding="utf-8") as f:
        return {row["case"]: frozenset(row["techniques"].split(";")) for row in csv.DictReader(f)}


def text_of(case: str, hindsight: bool) -> str:
    path = CASES / f"{case.lower().replace('.', '-')}.casemate.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if hindsight or not line.rstrip().endswith(HINDSIGHT))


def document(case: str, hindsight: bool) -> Document:
    doc: Document = yaml.load(text_of(case, hindsight), yaml.BaseLoader)  # noqa: S506  our own file, scalars as text
    return doc


def written(doc: Document) -> str:
    return yaml.dump(doc, sort_keys=False)


def trusted(doc: Document) -> Document:
    """The null model: the same system with everybody in it fully trusted. What the public published stays theirs."""
    for who in (*doc.get("zones", {}).values(), *doc.get("actors", {}).values()):
        who["trust"] = TRUSTED
    return doc


@cache
def shelves() -> load.Catalog:
    """Read once: reading and compiling all rules takes longer than to assess a case."""
    return load.catalog()


def named(text: str, verified: Verified = ()) -> Named:
    system = from_text(text, "case.yaml", {"fines": ()})
    statements = tuple(
        Statement(
            "verify",
            c,
            element_digest(system, system.components[c]),
            "bench",
            TODAY,
            controls=(ControlResult(k, None, True),),
        )
        for c, k in verified
    )
    evidence = Evidence(statements, {}, {}, frozenset(s.id for s in statements))
    a = assess(system, evidence, shelves(), read_policy(), TODAY)
    ranked = tuple(techniques(r.found.rule) for r in a.of("open"))
    at = Counter(r.found.element for r in a.of("open"))
    return Named(
        open=frozenset().union(*ranked),
        asked=frozenset().union(*(techniques(r.found.rule) for r in a.of("open", "assumed"))),
        ranked=ranked,
        at=tuple(at[c] for c in system.components),
        of_people=tuple(sorted(r.id for r in a.of("open") if any(map(asks_of_people, r.found.rule.when)))),
    )


def techniques(rule: Rule) -> frozenset[str]:
    """Of the techniques that a rule maps, those that a fact about the victim's system exposes."""
    return frozenset(t for t in rule.maps.get(atlas.KEY, ()) if atlas.roles().get(t) == "victim_exposed")


def asks_of_people(c: Clause) -> bool:
    """Whether a line asks for an actor, for who reaches or taints something, or for how far they are trusted."""
    f = c.field
    return f.of in PARTIES or f.words_from == "trust" or any(map(asks_of_people, c.inner))


def edits() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((DATA / "edits.yaml").read_text("utf-8"))
    return found


def edited(edit: dict[str, Any], hindsight: bool) -> Named:
    """What is named after an edit of the architecture, completed by what settles its unknowns."""
    doc = document(edit["case"], hindsight)
    verified = tuple(v for change in (*edit["set"], *edit.get("completes", ())) for v in _change(doc, change))
    return named(written(doc), verified)


def _change(doc: Document, change: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Apply one change to a document (the forms are listed in edits.yaml); gives what evidence verified."""
    (op, value), *_ = change.items()
    rest = {str(k): plain(v) for k, v in change.items() if k != op}
    if op == "verified":
        yield value["component"], value["control"]
    elif op == "component":
        doc["components"][value].update(rest)
    elif op == "new actor":
        doc.setdefault("actors", {})[value] = rest
    elif op == "new zone":
        doc["zones"][value] = rest
    elif op == "new flow":
        route, _, what = value.partition(": ")
        doc["flows"].append({route: what})
    else:
        doc["flows"] = [f for f in doc["flows"] if _ends(f) != value]


def plain(value: Any) -> Any:
    """YAML's own types back to the words that a system file has."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _ends(flow: Any) -> str:
    text = flow if isinstance(flow, str) else next(iter(flow))
    return str(text).partition(":")[0].strip()
