"""Are the threats that are named those that really happened? Scores the rules on 12 real incidents.

Usage: python bench/incidents.py [--markdown docs/incidents.md]

recall        share of the techniques of the published procedure that open threats name (exact; family: sub = parent)
asked         the same, with assumed threats too
named         techniques named per case: a tool that names all has recall 1
lift          recall minus that of naming the same number of the most popular techniques of the other cases
discrimination  recall on the own procedure minus mean recall on the other cases'
edits         after an edit of the architecture, techniques that must no longer be named; only those named before count
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from casemate.assess import assess
from casemate.catalog import load
from casemate.define.build import from_text
from casemate.evidence.bind import Evidence, element_digest
from casemate.evidence.statement import ControlResult, Statement
from casemate.validate.policy import read_policy

ROOT = Path(__file__).parent.parent
CASES = ROOT / "examples" / "incidents"
DATA = ROOT / "bench" / "cases"
TODAY = date(2026, 11, 23)
HINDSIGHT = "# hindsight"


@dataclass(frozen=True)
class Named:
    """What one assessment named: technique ids of open threats, and of assumed ones; numbers of both per component."""

    open: frozenset[str]
    asked: frozenset[str]
    per_component: float
    findings: frozenset[str]


def truth() -> dict[str, frozenset[str]]:
    with (DATA / "truth.csv").open(encoding="utf-8") as f:
        return {row["case"]: frozenset(row["techniques"].split(";")) for row in csv.DictReader(f)}


def text_of(case: str, hindsight: bool) -> str:
    path = CASES / f"{case.lower().replace('.', '-')}.casemate.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if hindsight or not line.rstrip().endswith(HINDSIGHT))


def named(text: str, verified: tuple[tuple[str, str], ...] = ()) -> Named:
    system = from_text(text, "case.yaml", {"fines": ()})
    statements = tuple(
        Statement(
            "verify", c, element_digest(system.components[c]), "bench", TODAY, controls=(ControlResult(k, None, True),)
        )
        for c, k in verified
    )
    evidence = Evidence(statements, {}, {}, frozenset(s.id for s in statements))
    a = assess(system, evidence, load.catalog(), read_policy(), TODAY)
    ids = {
        o: {t for r in a.of(*o.split()) for t in r.found.rule.maps.get("atlas", ())} for o in ("open", "open assumed")
    }
    open_ = a.of("open")
    return Named(
        frozenset(ids["open"]), frozenset(ids["open assumed"]), len(open_) / len(system.components),
        frozenset(r.id for r in open_),
    )  # fmt: skip


def family(ids: frozenset[str]) -> frozenset[str]:
    return frozenset(i.split(".")[1] for i in ids)


def recall(found: frozenset[str], target: frozenset[str]) -> float:
    return len(found & target) / len(target)


def family_recall(found: frozenset[str], target: frozenset[str]) -> float:
    hit = family(found)
    return sum(i.split(".")[1] in hit for i in target) / len(target)


def popular(case: str, targets: dict[str, frozenset[str]], k: int) -> frozenset[str]:
    counts = Counter(t for other, ids in targets.items() if other != case for t in ids)
    return frozenset(t for t, _ in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:k])


def micro(pairs: list[tuple[float, int]]) -> float:
    return sum(r * n for r, n in pairs) / sum(n for _, n in pairs)


def score(hindsight: bool) -> tuple[dict[str, float], list[list[str]]]:
    targets = truth()
    found = {case: named(text_of(case, hindsight)) for case in targets}
    size = {case: len(ids) for case, ids in targets.items()}
    rows, own, fam, asked, base, other = [], [], [], [], [], []
    for case, target in targets.items():
        n = found[case]
        own.append((recall(n.open, target), size[case]))
        fam.append((family_recall(n.open, target), size[case]))
        asked.append((recall(n.asked, target), size[case]))
        base.append((recall(popular(case, targets, len(n.open)), target), size[case]))
        rest = [recall(n.open, ids) for c, ids in targets.items() if c != case]
        other.append(sum(rest) / len(rest))
        missed = ", ".join(sorted(t.removeprefix("AML.") for t in target - n.open)) or "-"
        rows.append(
            [case, f"{own[-1][0]:.2f}", f"{fam[-1][0]:.2f}", str(len(n.open)), f"{n.per_component:.1f}", missed]
        )
    macro = sum(r for r, _ in own) / len(own)
    return {
        "exact recall, open": micro(own),
        "family recall, open": micro(fam),
        "exact recall, open or assumed": micro(asked),
        "techniques named per case, mean": sum(len(n.open) for n in found.values()) / len(found),
        "techniques named per case, most": max(len(n.open) for n in found.values()),
        "lift over popularity": micro(own) - micro(base),
        "discrimination": macro - sum(other) / len(other),
        "open threats per component, mean": sum(n.per_component for n in found.values()) / len(found),
    }, rows


def edits() -> tuple[dict[str, float], list[list[str]]]:
    dropped = counted = unrelated = 0
    rows = []
    for e in yaml.safe_load((DATA / "edits.yaml").read_text("utf-8")):
        before = named(text_of(e["case"], True))
        doc = yaml.load(text_of(e["case"], True), yaml.BaseLoader)  # noqa: S506  our own file, all scalars as text
        verified = tuple(v for change in [*e["set"], *e.get("completes", [])] for v in change_of(doc, change))
        after = named(yaml.dump(doc, sort_keys=False), verified)
        due = frozenset(e["must drop"]) & before.open
        gone = due - after.open
        lost = (before.open - after.open) - frozenset(e["must drop"])
        counted, dropped, unrelated = (
            counted + len(due),
            dropped + len(gone),
            unrelated + bool(after.open - before.open),
        )
        rows.append(
            [e["case"], e["edit"], f"{len(gone)}/{len(due)}", ", ".join(sorted(after.open - before.open)) or "-"]
        )
        del lost
    return {
        "edits that drop what they must": dropped / max(counted, 1),
        "counted": counted,
        "edits that add": unrelated,
    }, rows


def change_of(doc: dict[str, Any], change: dict[str, Any]) -> list[tuple[str, str]]:
    """Apply one change to a document; gives (component, control) that evidence verified."""
    change = {str(k): v for k, v in change.items()}
    if "verified" in change:
        return [(change["verified"]["component"], change["verified"]["control"])]
    if "component" in change:
        doc["components"][change.pop("component")].update(plain(change))
    elif "new actor" in change:
        name = change.pop("new actor")
        doc.setdefault("actors", {})[name] = plain(change)
    elif "new zone" in change:
        name = change.pop("new zone")
        doc["zones"][name] = plain(change)
    elif "new flow" in change:
        route, _, what = change["new flow"].partition(": ")
        doc["flows"].append({route: what})
    else:
        doc["flows"] = [f for f in doc["flows"] if ends(f) != change["remove flow"]]
    return []


def plain(value: Any) -> Any:
    """YAML's own types back to the words that a system file has."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else str(value)


def ends(flow: Any) -> str:
    text = flow if isinstance(flow, str) else next(iter(flow))
    return str(text).partition(":")[0].strip()


def main() -> None:
    out = []
    for hindsight in (True, False):
        totals, rows = score(hindsight)
        out.append(f"## {'With' if hindsight else 'Without'} facts known only in hindsight\n")
        out += [f"- {name}: {value:.2f}" for name, value in totals.items()]
        out.append("\n| case | exact | family | named | open per component | not named |\n|---|---|---|---|---|---|")
        out += [f"| {' | '.join(row)} |" for row in rows]
        out.append("")
    totals, rows = edits()
    out.append("## Edits of the architecture\n")
    out += [f"- {name}: {value:.2f}" for name, value in totals.items()]
    out.append("\n| case | edit | dropped | added |\n|---|---|---|---|")
    out += [f"| {' | '.join(row)} |" for row in rows]
    print("\n".join(out))
    if "--markdown" in sys.argv:
        Path(sys.argv[sys.argv.index("--markdown") + 1]).write_text("\n".join(out) + "\n", "utf-8")


if __name__ == "__main__":
    main()
