"""promptfoo's results JSON: one result for each test, provider and prompt; a red team's tests name their plugin.

A test that passed held. One that an assertion rejected broke. Whatever else failed is errored: the
target did not answer, or the grader did not. A test of no plugin asks for quality and is told as unmapped.
Source: promptfoo, src/types/index.ts (EvaluateSummary version 3, ResultFailureReason).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casemate.evidence.results.result import Results, Unreadable, entries, moment
from casemate.evidence.results.tally import PLANTED, TYPED, Tally, results, told

VERSIONS = (2, 3)
NO_PLUGIN = "tests without a plugin"
PLUGINS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("ascii-smuggling", "cyberseceval", "hijacking", "pliny", "prompt-injection", "special-token-injection",
         "system-prompt-override"),
        TYPED,
    ),
    "indirect-prompt-injection": PLANTED,
    "prompt-extraction": ("system-prompt-leak",),
    "tool-discovery": ("tool-listing",),
    "excessive-agency": ("excessive-agency",),
    "agentic:memory-poisoning": ("memory-poisoning",),
    "rag-poisoning": ("retrieval-poisoning",),
    "cross-session-leak": ("cross-tenant-leak",),
    "shell-injection": ("code-execution-by-model",),
    **dict.fromkeys(
        ("bfla", "bola", "pii:api-db", "pii:direct", "pii:session", "pii:social", "rag-document-exfiltration", "rbac"),
        ("data-leak-through-answers",),
    ),
}  # fmt: skip
ROWS = frozenset({"indirect-prompt-injection", "rag-poisoning"})
"""Plugins whose one try is a planted text, not a question."""
REJECTED = (None, 1)
"""Reasons of a failure when an assertion rejected the answer; before version 3 there were none."""


def recognise(doc: Any) -> bool:
    """An id of an evaluation, and results in results."""
    inner = doc.get("results") if isinstance(doc, Mapping) else None
    return isinstance(inner, Mapping) and isinstance(inner.get("results"), list) and "version" in inner


def read(doc: Any) -> Results:
    """All tests. Raises Unreadable for another version."""
    inner = doc["results"]
    version = inner["version"]
    if type(version) is not int or version not in VERSIONS:
        raise Unreadable(f"is of a version of promptfoo's results that we do not know; we read {VERSIONS[0]} and 3")
    found = entries(inner, "results")
    targets = sorted({told(_inner(r, "provider").get("id")) for r in found} - {""})
    return results("promptfoo", map(_one, found), moment(inner.get("timestamp")), ", ".join(targets[:3]))


def _one(r: Mapping[str, Any]) -> Tally:
    plugin = told(_inner(r, "metadata").get("pluginId") or _inner(_inner(r, "testCase"), "metadata").get("pluginId"))
    broke, held = _outcome(r)
    return Tally(
        plugin or NO_PLUGIN, PLUGINS.get(plugin, ()), int(broke), int(held), int(not broke and not held), 0,
        "row" if plugin in ROWS else "query",
    )  # fmt: skip


def _outcome(r: Mapping[str, Any]) -> tuple[bool, bool]:
    """(broke, held); neither when it could not be scored."""
    reason, graded = r.get("failureReason"), _inner(r, "gradingResult").get("pass")
    if r.get("success") is True:
        return False, graded is True and reason in (0, None) and not r.get("error")
    if r.get("success") is False and graded is False:
        return reason in REJECTED and reason is not True, False
    return False, False


def _inner(doc: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = doc.get(key)
    return found if isinstance(found, Mapping) else {}
