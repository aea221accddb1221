"""sarif: the assessment for code scanning: what is open or assumed, what the gate asks for, what somebody decided.

A result stands at the line of its component in the system file, which is in every repository; its fingerprint is made
of the system's name and the threat's id, so it stays the same when lines move. A rule is as grave as its worst result.
What was accepted, dismissed or stands in a baseline is a suppressed result. A passport is a notification, and a result
where it does not hold. Form: core.sarif.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from casemate.core import sarif
from casemate.core.digest import of_value
from casemate.prioritize.price import SEVERITIES
from casemate.prioritize.risk import Risk
from casemate.report.svg.text import clean
from casemate.report.view.page import titled
from casemate.report.view.rows import because
from casemate.report.view.status import status
from casemate.report.view.where import Spot, address, of_element, of_reason, of_risk, spot
from casemate.report.view.words import OUTCOME
from casemate.validate.assessment import Assessment
from casemate.validate.baseline import Held
from casemate.validate.decisions import Ruling
from casemate.validate.gate import Reason

HOW_BAD = {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 3.0}  # the middle of GitHub's bands
SHOWN = ("open", "assumed", "accepted", "dismissed")
POLICY = "policy/"
"""Before the ids of rules that are no threats."""
PASSPORT = "passport"
NOTED = {"fail": "warning", "warn": "note", "pass": "note"}
"""A passport's tone as a level: it stops nothing where the policy does not ask for it."""
MEANS = {
    "required-evidence": "The policy requires evidence that is not there. Measure it; without it nothing is proven.",
    "expired-decision": "A decision about a threat has ended. Treat the threat, or let its owner decide again.",
    "may-accept": "Somebody decided who may not. Ask those whom the policy names.",
    "review-overdue": "The threat model is due for a review. Review it and set its date.",
    "passport": "The passport of the last release does not hold. Find out why, and issue a new one.",
    "passport-void": "The policy requires a passport that still holds. Mend what voids it, and issue a new one.",
    "passport-missing": "The policy requires a passport that somebody it names has signed. Issue one.",
    "sign-off": "The policy requires a role that stands for this assessment. Let that role review it and sign.",
    "baseline": "The baseline does not hold today. Treat what it names, or let somebody answer for it again.",
}


@dataclass(frozen=True, slots=True)
class About:
    """What is looked up for each result: decisions by threat, what the gate names, what a baseline names."""

    a: Assessment
    decided: Mapping[str, Ruling]
    stopped: frozenset[str]
    old: frozenset[str]


def render(a: Assessment) -> str:
    """One run of SARIF 2.1.0 in ASCII, ending in a line break."""
    return sarif.text(document(a))


def document(a: Assessment) -> dict[str, Any]:
    """The same as plain data."""
    risks = a.of(*SHOWN)
    apart = [r for r in a.gate.reasons if not r.threats]
    missing = [r for r in apart if r.exit == 3]
    passport = _passport(a)
    taxa = sorted({key for r in risks for key in r.found.rule.maps} & a.risks.catalog.taxonomies.keys())
    about = About(
        a,
        {x.decision.threat: x for x in a.rulings},
        frozenset(t for r in a.gate.reasons for t in r.threats),
        frozenset(e.threat for e in a.baseline.baseline.entries) if a.baseline else frozenset(),
    )
    left = len(risks) + len(apart) + len(passport) - sarif.MOST
    kept = risks[: max(0, sarif.MOST - len(apart) - len(passport))]  # worst first
    notes = [sarif.note(_clean(r.what), "error", _place(of_reason(a, r))) for r in missing]
    notes += [sarif.note(f"{left:,} results were left out, the least grave")] if left > 0 else []
    notes += [sarif.note(_clean(a.passport.sentence), NOTED[a.passport.tone])] if a.passport else []
    return sarif.log(
        f"assess/{address(a.system.path)}",
        [*_rules(a, risks, taxa), *_policy_rules({r.rule for r in apart} | {PASSPORT for _ in passport})],
        [*(_result(about, r) for r in kept), *(_asked(a, r) for r in apart), *passport],
        notes,
        not missing,
        (_taxonomy(a, key, risks) for key in taxa),
    )


# ------------------------------------------------------------------------------------------------ results


def _result(about: About, r: Risk) -> dict[str, Any]:
    a = about.a
    outcome, s = a.outcomes[r.id], status(a, r)
    level = "error" if r.id in about.stopped else "warning" if outcome == "open" else "note"
    text = f"{r.found.title}. {OUTCOME[outcome]}, {r.severity}: {because(a, r)}. {s.word}: {s.said}."
    out = sarif.result(
        r.found.rule.id, level, _clean(text), _place(of_risk(a, r), r.found.element), of_value([a.system.name, r.id])
    )
    out["properties"] = {"outcome": outcome, "severity": r.severity, "basis": r.basis, "why": f"casemate why {r.id}"}
    if a.baseline:
        out["properties"]["baseline"] = _known(a.baseline, about.old, r.id)
    if found := list(_suppressions(about, r)):
        out["suppressions"] = found
    if way := _way(a, r):
        out["codeFlows"] = [{"threadFlows": [{"locations": way}]}]
    return out


def _suppressions(about: About, r: Risk) -> Iterator[dict[str, Any]]:
    x, held = about.decided.get(r.id), about.a.baseline
    if x and x.state in ("active", "refused"):
        d = x.decision
        why = f"{x.word} by {d.owner} until {d.until}: {d.reason}"
        yield sarif.suppression("inSource", _clean(why), "accepted" if x.state == "active" else "rejected")
    if held and r.id in held.covered:
        b = held.baseline
        yield sarif.suppression("external", _clean(f"in the baseline of {b.by} until {b.until}"))


def _known(held: Held, old: Collection[str], threat: str) -> str:
    """How a baseline sees it: held, worse than it was, named but not held for another reason, or new."""
    if threat in held.covered:
        return "held"
    return "worse" if threat in (held.worse or {}) else "named" if threat in old else "new"


def _way(a: Assessment, r: Risk) -> list[dict[str, Any]]:
    """The way of the attack through the parts of the system, each at its line."""
    path = r.found.reason.path
    return (
        [{"location": {**_place(of_element(a, e), e), "message": {"text": _clean(e)}}} for e in path]
        if len(path) > 1
        else []
    )


def _asked(a: Assessment, r: Reason) -> dict[str, Any]:
    mark = of_value([a.system.name, r.rule, r.element, "" if r.element else r.what])
    text = _clean(f"{r.what}; {r.todo}")
    return sarif.result(POLICY + r.rule, "error", text, _place(of_reason(a, r), r.element), mark)


def _passport(a: Assessment) -> list[dict[str, Any]]:
    """A passport that does not hold, where the gate does not say so itself."""
    p = a.passport
    if p is None or p.tone == "pass" or any(r.rule.startswith(PASSPORT) for r in a.gate.reasons):
        return []
    mark = of_value([a.system.name, PASSPORT])
    return [
        sarif.result(
            POLICY + PASSPORT, NOTED[p.tone], _clean(p.sentence), _place(spot(a.system.path, a.system.path)), mark
        )
    ]


def _place(at: Spot, element: str = "") -> dict[str, Any]:
    return sarif.place(at.uri, at.line, part=_clean(element) if element else "")


def _clean(text: str) -> str:
    plain = text.isascii() and text.isprintable()  # most are, and looking at each character takes half the time
    return (text if plain else clean(text)).strip() or "unnamed"


# ------------------------------------------------------------------------------------------------ rules


def _rules(a: Assessment, risks: Iterable[Risk], taxa: list[str]) -> Iterator[dict[str, Any]]:
    by: dict[str, list[Risk]] = {}
    for r in risks:
        by.setdefault(r.found.rule.id, []).append(r)
    for name, found in sorted(by.items()):
        rule = found[0].found.rule
        worst = min(SEVERITIES.index(r.severity) for r in found)
        precision = "high" if any(r.basis == "measured" for r in found) else "medium"
        tags = [f"external/{'mitre-atlas' if key.startswith('atlas') else key}/{i}" for key, i in _ids(a, rule.maps)]
        bad, more = HOW_BAD[SEVERITIES[worst]], _help(a, found[0])
        made = sarif.rule(name, _clean(titled(rule)) + ".", bad, sorted(set(tags)), precision, more)
        targets = [(key, i) for key, i in _ids(a, rule.maps) if key in taxa]
        if targets:
            made["relationships"] = [_relates(_title(a, key), taxa.index(key), i) for key, i in targets]
        yield made


def _relates(taxonomy: str, index: int, entry: str) -> dict[str, Any]:
    return {"target": {"id": entry, "toolComponent": {"name": taxonomy, "index": index}}, "kinds": ["relevant"]}


def _help(a: Assessment, r: Risk) -> str:
    """What it is, what counters it, when it is a false alarm, where the derivation is."""
    rule, controls = r.found.rule, a.risks.catalog.controls
    lines = [f"{titled(rule)}."]
    lines += [f"- {controls[c].title}. Shown when {controls[c].test}." for c in rule.countered_by if c in controls]
    lines += [f"A false alarm: {rule.false_alarms}."] if rule.false_alarms else []
    lines += ["`casemate why` with the threat's id derives the finding and its number."]
    return _clean("\n".join(lines))


def _policy_rules(rules: Iterable[str]) -> Iterator[dict[str, Any]]:
    for rule in sorted(rules):
        yield sarif.rule(POLICY + rule, MEANS.get(rule, f"The policy stops a release for {rule}."), 8.0)


def _ids(a: Assessment, maps: Any) -> list[tuple[str, str]]:
    return sorted((key, i) for key, ids in maps.items() if key in a.risks.catalog.taxonomies for i in ids)


def _title(a: Assessment, key: str) -> str:
    t = a.risks.catalog.taxonomies[key]
    return f"{t.title} {t.edition}"


def _taxonomy(a: Assessment, key: str, risks: Iterable[Risk]) -> dict[str, Any]:
    t = a.risks.catalog.taxonomies[key]
    used = sorted({i for r in risks for i in r.found.rule.maps.get(key, ())})
    return {
        "name": _title(a, key),
        "version": str(t.edition),
        "informationUri": t.source,
        "taxa": [{"id": i, **({"name": t.names[i]} if i in t.names else {})} for i in used],
    }
