"""SARIF 2.1.0 of any tool: zizmor, checkov, trivy, semgrep and the rest.

A result counts unless its kind says that it passed, it was suppressed, or it is no longer there. A run that says of
itself that it failed cannot be used: what it did not find, it did not look for. SARIF does not say what was looked at,
so it can show that something is wrong and never that nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from casemate.evidence.audit.finding import Finding
from casemate.evidence.results.result import Results, Unreadable, entries, moment, once, score, text

LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
PASSED = frozenset({"pass", "notApplicable", "informational", "review", "open"})
_FLAW = re.compile(r"(?:CVE|GHSA|PYSEC|OSV|MAL|RUSTSEC|GO)-[0-9A-Za-z-]+", re.ASCII)
UNPINNED = frozenset({"unpinned-uses", "unpinned-images", "unpinned-tools", "CKV_DOCKER_7", "DS001", "DS-0001"})
"""Rules that say that something is taken by name alone: zizmor's, checkov's and trivy's."""


def recognise(doc: Any) -> bool:
    """Runs, and the version of the format."""
    return isinstance(doc, Mapping) and isinstance(doc.get("runs"), list) and str(doc.get("version", ""))[:2] == "2."


def read(doc: Any) -> Results:
    """The results of all runs together."""
    runs = entries(doc, "runs")
    if not runs:
        raise Unreadable("holds no run")
    parts = [_run(run) for run in runs]
    findings = tuple(once(f for part in parts for f in part.findings))
    days = [part.taken for part in parts if part.taken]
    return Results(
        ", ".join(dict.fromkeys(p.tool for p in parts)),
        findings,
        sum(p.covered for p in parts),
        tuple(s for p in parts for s in p.skipped),
        min(days) if len(days) == len(parts) else None,
        patched=False if any(p.patched is False for p in parts) else None,
        pinned=False if any(p.pinned is False for p in parts) else None,
    )


def _run(run: Mapping[str, Any]) -> Results:
    driver = _inner(_inner(run, "tool"), "driver")
    tool = text(driver, "name", 60)
    if not tool:
        raise Unreadable("has a run without a tool")
    invocations = entries(run, "invocations")
    if any(i.get("executionSuccessful") is False for i in invocations):
        raise Unreadable(f"says that {tool} failed")
    parts = [driver, *entries(_inner(run, "tool"), "extensions")]  # CodeQL's rules stand in extensions
    rules = {text(r, "id", 100): r for part in reversed(parts) for r in entries(part, "rules")}
    numbered = [text(r, "id", 100) for r in entries(driver, "rules")]
    suppressed = 0
    findings: list[Finding] = []
    out = Results(tool, taken=next((moment(i.get("endTimeUtc")) for i in invocations if "endTimeUtc" in i), None))
    for result in entries(run, "results"):
        if str(result.get("kind", "fail")) in PASSED or result.get("baselineState") == "absent":
            continue
        if _suppressed(result):
            suppressed += 1
            continue
        rule = _rule(result, numbered)
        findings.append(_finding(result, rule, _told(rules, rule)))
        out = replace(out, patched=False) if _FLAW.search(rule) else out
        out = replace(out, pinned=False) if rule.rpartition("/")[2] in UNPINNED else out
    skipped = (f"{tool}: {suppressed} results that somebody suppressed",) if suppressed else ()
    if run.get("results") is None:  # it only tells of rules, or was never started
        skipped = (*skipped, f"{tool}: a run without results")
    return replace(out, findings=tuple(findings), covered=len(findings), skipped=skipped)


def _rule(result: Mapping[str, Any], numbered: list[str]) -> str:
    """The rule's id, else the one that its place in the driver's list stands for."""
    inner = _inner(result, "rule")
    named = text(result, "ruleId", 100) or text(inner, "id", 100)
    at = result.get("ruleIndex", inner.get("index"))
    if not named and type(at) is int and 0 <= at < len(numbered) and "toolComponent" not in inner:
        named = numbered[at]
    return named or "no-rule"


def _told(rules: Mapping[str, Mapping[str, Any]], rule: str) -> Mapping[str, Any]:
    """What a rule says of itself. `CA1000/1` is a part of `CA1000`, as the format has it."""
    while rule not in rules and "/" in rule:
        rule = rule.rpartition("/")[0]
    return rules.get(rule, {})


def _suppressed(result: Mapping[str, Any]) -> bool:
    """Suppressed, and nobody is still looking at whether it should be."""
    found = entries(result, "suppressions")
    return bool(found) and all(s.get("status", "accepted") == "accepted" for s in found)


def _finding(result: Mapping[str, Any], rule: str, told: Mapping[str, Any]) -> Finding:
    said_of = (_inner(result, "properties"), _inner(told, "properties"))
    worst = next((s for p in said_of if (s := score(p.get("security-severity")))), None)
    usual = _inner(told, "defaultConfiguration").get("level", "warning")
    level = LEVELS.get(str(result.get("level", usual)), "medium")
    place = next(_places(result), "no place")
    message = _inner(result, "message")
    said = text(message, "text") or text(message, "id") or "no message"
    return Finding(worst or level, rule, place, said)


def _places(result: Mapping[str, Any]) -> Iterator[str]:
    for location in entries(result, "locations"):
        physical = _inner(location, "physicalLocation")
        uri = text(_inner(physical, "artifactLocation"), "uri", 120)
        line = _inner(physical, "region").get("startLine")
        if uri:
            yield f"{uri}:{line}" if isinstance(line, int) and 0 < line < 10**9 else uri


def _inner(doc: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = doc.get(key)
    return found if isinstance(found, Mapping) else {}
