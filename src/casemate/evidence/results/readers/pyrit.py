"""PyRIT's attack results as JSON: each has an objective, the attack that pursued it, and an outcome.

`success` broke, `failure` held; `undetermined`, `error` and whatever else could not be scored. An export of its memory
holds messages: whether one of them was what the attacker wanted depends on the scorer, so such a file says nothing.
Source: PyRIT, models/attack_result.py (AttackOutcome) and memory/memory_exporter.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from casemate.evidence.results.result import Results, Unreadable, entries, moment
from casemate.evidence.results.tally import PLANTED, TYPED, Tally, results, told

LISTS = ("attack_results", "results")
ATTACKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("ChunkedRequestAttack", "ContextComplianceAttack", "CrescendoAttack", "FlipAttack", "ManyShotJailbreakAttack",
         "MultiPromptSendingAttack", "PAIRAttack", "PromptSendingAttack", "RedTeamingAttack", "RolePlayAttack",
         "SkeletonKeyAttack", "TAPAttack", "TreeOfAttacksWithPruningAttack"),
        TYPED,
    ),
    "XPIAWorkflow": PLANTED,
    "XPIATestWorkflow": PLANTED,
}  # fmt: skip
NO_ATTACK = "attacks without a name"
NAMES = ("__type__", "class_name", "name")
MESSAGES = frozenset({"role", "original_value", "converted_value"})


def recognise(doc: Any) -> bool:
    """A list of attack results, or of messages, alone or under its name."""
    rows = _rows(doc)
    return bool(rows) and all(_result(r) or _message(r) for r in rows)


def read(doc: Any) -> Results:
    """All attack results. Raises Unreadable for messages."""
    rows = entries({"results": _rows(doc)}, "results")
    if any(_message(r) for r in rows):
        raise Unreadable("holds messages and not how attacks ended; give the attack results of PyRIT's memory")
    return results("pyrit", map(_one, rows), _taken(rows))


def _rows(doc: Any) -> list[Any]:
    if isinstance(doc, Mapping):
        doc = next((doc[k] for k in LISTS if isinstance(doc.get(k), list)), [])
    return doc if isinstance(doc, list) else []


def _result(r: Any) -> bool:
    return isinstance(r, Mapping) and {"outcome", "objective", "conversation_id"} <= r.keys()


def _message(r: Any) -> bool:
    return isinstance(r, Mapping) and r.keys() >= MESSAGES


def _one(r: Mapping[str, Any]) -> Tally:
    name = _attack(r)
    threats = ATTACKS.get(name, ())
    outcome = r.get("outcome")
    broke, held = outcome == "success", outcome == "failure"
    return Tally(
        name or NO_ATTACK, threats, int(broke), int(held), int(not broke and not held), 0,
        "row" if threats == PLANTED else "query",
    )  # fmt: skip


def _attack(r: Mapping[str, Any]) -> str:
    """The attack's class: newer results nest it in the identifier of the atomic attack."""
    said = r.get("attack_identifier") or r.get("atomic_attack_identifier")
    for _ in range(3):
        if not isinstance(said, Mapping):
            break
        found = next((told(said[k]) for k in NAMES if isinstance(said.get(k), str)), "")
        if found and found != "AtomicAttack":
            return found
        children = said.get("children")
        said = said.get("attack") or (children.get("attack") if isinstance(children, Mapping) else None)
    return told(said)


def _taken(rows: list[Mapping[str, Any]]) -> date | None:
    """The day of the first result, where all say theirs: nobody makes one younger."""
    days = [moment(r.get("timestamp")) for r in rows]
    known = [d for d in days if d is not None]
    return min(known) if known and len(known) == len(days) else None
