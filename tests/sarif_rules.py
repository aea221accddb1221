"""What SARIF 2.1.0 and GitHub's reader ask of a log, as a walk over the document that gives what is wrong.

Sources: OASIS SARIF 2.1.0, sections 3.4 (URIs), 3.13 (log), 3.14 (run), 3.18 (tool), 3.19 (component), 3.27 (result),
3.28 (location), 3.29 (physical location), 3.30 (region), 3.49 (rule); GitHub's page "SARIF support for code scanning".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

LEVELS = {"none", "note", "warning", "error"}
ENUMS = {
    "level": LEVELS,
    "kind": {"notApplicable", "pass", "fail", "review", "open", "informational", "inSource", "external"},
    "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
    "baselineState": {"new", "unchanged", "updated", "absent"},
    "status": {"accepted", "underReview", "rejected"},
}
NEEDED = {
    "log": ("version", "runs"), "run": ("tool",), "tool": ("driver",), "component": ("name",), "result": ("message",),
    "rule": ("id",), "artifact": ("uri",), "invocation": ("executionSuccessful",), "notification": ("message",),
    "suppression": ("kind",),
}  # fmt: skip
KEYS = {
    "log": "$schema version runs inlineExternalProperties properties",
    "run": (
        "tool invocations conversion language versionControlProvenance originalUriBaseIds artifacts logicalLocations"
        " graphs results automationDetails runAggregates baselineGuid redactionTokens defaultEncoding"
        " defaultSourceLanguage newlineSequences columnKind externalPropertyFileReferences threadFlowLocations"
        " taxonomies addresses translations policies webRequests webResponses specialLocations properties"
    ),
    "component": (
        "guid name organization product productSuite shortDescription fullDescription fullName version"
        " semanticVersion dottedQuadFileVersion releaseDateUtc downloadUri informationUri globalMessageStrings"
        " notifications rules taxa locations language contents isComprehensive localizedDataSemanticVersion"
        " minimumRequiredLocalizedDataSemanticVersion associatedComponent translationMetadata supportedTaxonomies"
        " properties"
    ),
    "rule": (
        "id deprecatedIds guid deprecatedGuids name deprecatedNames shortDescription fullDescription messageStrings"
        " defaultConfiguration helpUri help relationships properties"
    ),
    "result": (
        "ruleId ruleIndex rule kind level message analysisTarget locations guid correlationGuid occurrenceCount"
        " partialFingerprints fingerprints stacks codeFlows graphs graphTraversals relatedLocations suppressions"
        " baselineState rank attachments hostedViewerUri workItemUris provenance fixes taxa webRequest webResponse"
        " properties"
    ),
    "suppression": "guid kind status location justification properties",
    "relationship": "target kinds description properties",
    "target": "id index guid toolComponent properties",
    "toolComponent": "name index guid properties",
    "codeFlow": "message threadFlows properties",
    "threadFlow": "id message initialState immutableState locations properties",
    "step": (
        "index location stack kinds taxa module state nestingLevel executionOrder executionTimeUtc importance"
        " webRequest webResponse properties"
    ),
    "location": "id physicalLocation logicalLocations message annotations relationships properties",
    "physicalLocation": "address artifactLocation region contextRegion properties",
    "artifactLocation": "uri uriBaseId index description properties",
    "region": (
        "startLine startColumn endLine endColumn charOffset charLength byteOffset byteLength snippet message"
        " sourceLanguage properties"
    ),
    "logicalLocation": "name index fullyQualifiedName decoratedName parentIndex kind properties",
    "message": "text markdown id arguments properties",
}
"""All keys of each object that we write; sections 3.11 to 3.54."""
PARTS = {
    "log": {"runs": "run"},
    "run": {"results": "result", "taxonomies": "component"},
    "component": {"rules": "rule", "taxa": "rule", "supportedTaxonomies": "toolComponent"},
    "rule": {"relationships": "relationship"},
    "relationship": {"target": "target"},
    "target": {"toolComponent": "toolComponent"},
    "result": {
        "message": "message", "locations": "location", "relatedLocations": "location", "suppressions": "suppression",
        "codeFlows": "codeFlow",
    },
    "codeFlow": {"threadFlows": "threadFlow"},
    "threadFlow": {"locations": "step"},
    "step": {"location": "location"},
    "suppression": {"location": "location"},
    "location": {
        "physicalLocation": "physicalLocation", "logicalLocations": "logicalLocation", "message": "message",
    },
    "physicalLocation": {"artifactLocation": "artifactLocation", "region": "region"},
}  # fmt: skip
URI = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9A-Fa-f]{2})+")
MOST = 25_000


def wrong(log: Any) -> list[str]:
    """All that a strict reader would refuse."""
    return list(_wrong(log))


def _wrong(log: Any) -> Iterator[str]:
    yield from _needs(log, "log", "log")
    if log.get("version") != "2.1.0":
        yield "log.version"
    if not str(log.get("$schema", "https://")).startswith("https://"):
        yield "log.$schema"
    yield from _enums(log, "log")
    yield from _keys(log, "log", "log")
    for i, run in enumerate(log.get("runs", ())):
        yield from _run(run, f"runs[{i}]")


def _needs(doc: Any, kind: str, at: str) -> Iterator[str]:
    if not isinstance(doc, dict):
        yield f"{at}: no object"
        return
    yield from (f"{at}.{key}: missing" for key in NEEDED[kind] if key not in doc)


def _keys(doc: Any, kind: str, at: str) -> Iterator[str]:
    """Keys that the standard does not have, and lists of things where it wants each once."""
    for key in doc:
        if key not in KEYS[kind].split():
            yield f"{at}.{key}: no key of a {kind}"
    for key, inner in PARTS.get(kind, {}).items():
        parts = doc.get(key, [])
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _keys(part, inner, f"{at}.{key}")
    if kind == "run":
        yield from _keys(doc["tool"]["driver"], "component", f"{at}.tool.driver")


def _enums(doc: Any, at: str) -> Iterator[str]:
    """Closed words anywhere, no null, no empty text of a message."""
    if isinstance(doc, dict):
        for key, value in doc.items():
            if value is None:
                yield f"{at}.{key}: null"
            if key in ENUMS and isinstance(value, str) and value not in ENUMS[key]:
                yield f"{at}.{key}: {value!r}"
            if key != "properties":
                yield from _enums(value, f"{at}.{key}")
    elif isinstance(doc, list):
        for i, value in enumerate(doc):
            yield from _enums(value, f"{at}[{i}]")


def _run(run: Any, at: str) -> Iterator[str]:
    yield from _needs(run, "run", at)
    driver = run["tool"]["driver"]
    yield from _needs(driver, "component", f"{at}.tool.driver")
    ids = [r["id"] for r in driver.get("rules", ())]
    if len(set(ids)) != len(ids):
        yield f"{at}: a rule twice"
    for r in driver.get("rules", ()):
        yield from _rule(r, f"{at}.rules[{r.get('id')}]")
    for j, n in enumerate(run.get("invocations", ())):
        yield from _needs(n, "invocation", f"{at}.invocations[{j}]")
        for note in n.get("toolExecutionNotifications", ()):
            yield from _message(note, f"{at}.notification")
            yield from _locations(note, f"{at}.notification", needed=False)
    results = run.get("results", ())
    if len(results) > MOST:
        yield f"{at}: more results than a reader takes"
    for k, result in enumerate(results):
        yield from _result(result, f"{at}.results[{k}]", ids)


def _rule(r: Any, at: str) -> Iterator[str]:
    yield from _needs(r, "rule", at)
    for key in ("shortDescription", "fullDescription", "help"):
        if key in r and not r[key].get("text"):
            yield f"{at}.{key}: empty"
    severity = r.get("properties", {}).get("security-severity")
    if severity is not None and not (isinstance(severity, str) and 0 <= float(severity) <= 10):
        yield f"{at}: security-severity"


def _message(doc: Any, at: str) -> Iterator[str]:
    message = doc.get("message")
    if not isinstance(message, dict) or not (message.get("text") or message.get("id")):
        yield f"{at}.message: empty"


def _result(r: Any, at: str, ids: list[str]) -> Iterator[str]:
    yield from _needs(r, "result", at)
    yield from _message(r, at)
    if r.get("ruleId") not in ids:
        yield f"{at}.ruleId: {r.get('ruleId')!r} is no rule"
    if "ruleIndex" in r and ids[r["ruleIndex"]] != r["ruleId"]:
        yield f"{at}.ruleIndex"
    if r.get("kind", "fail") != "fail" and r.get("level", "none") != "none":
        yield f"{at}: a level beside another kind than fail"
    for s in r.get("suppressions", ()):
        yield from _needs(s, "suppression", f"{at}.suppressions")
    if not all(isinstance(v, str) and v for v in r.get("partialFingerprints", {}).values()):
        yield f"{at}.partialFingerprints"
    yield from _locations(r, at, needed=True)


def _locations(doc: Any, at: str, needed: bool) -> Iterator[str]:
    found = doc.get("locations", [])
    if needed and not found:
        yield f"{at}.locations: none"
    for location in (*found, *doc.get("relatedLocations", ())):
        yield from _physical(location.get("physicalLocation", {}), at)


def _physical(p: Any, at: str) -> Iterator[str]:
    uri = p.get("artifactLocation", {}).get("uri", "")
    if not URI.fullmatch(uri) or uri.startswith("/") or ".." in uri.split("/") or "\\" in uri:
        yield f"{at}.uri: {uri!r}"
    region = p.get("region", {})
    if not isinstance(region.get("startLine"), int) or region["startLine"] < 1:
        yield f"{at}.region.startLine"
    for key in ("startColumn", "endLine", "endColumn"):
        if key in region and not (isinstance(region[key], int) and region[key] >= 1):
            yield f"{at}.region.{key}"
    if not (isinstance(region.get("byteOffset", 0), int) and region.get("byteOffset", 0) >= -1):
        yield f"{at}.region.byteOffset"
