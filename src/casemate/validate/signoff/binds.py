"""What a sign-off binds to: the digest of an assessment, taken of its parts so that one can say which of them changed.

    system     what the file says, before measurements overrule it: components, flows, access, harms, attempts ... but
               neither comments, order of keys and form, nor the day of the last review, which a sign-off may write
    decisions  acceptances and dismissals, and how each stands
    policy     the policy's digest
    evidence   what was measured: of which bytes, what it showed and whether it is void; not when
    threats    every threat, its outcome and its severity

The day is in none of them. A day on which evidence or an acceptance ends changes the digest only by what that does to
the threats and decisions. Money is left out: it moves with every reviewed prior, and no decision may rest on it alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from casemate.core.digest import canonical, of_value
from casemate.define.places import Places
from casemate.define.system import System
from casemate.validate.assessment import Assessment
from casemate.validate.review_edit.edit import meaning

APART = frozenset({"casemate", "measure", "accept", "dismiss", "policy", "evidence"})
"""Keys of the file that say where something is kept or how it is got, or that are a part of their own."""


def binds(a: Assessment) -> dict[str, str]:
    """The sha256 of each part, by name. `digest` makes one of them."""
    whole = a.whole or a
    return {
        "system": of_value(_said(whole.system)),
        "decisions": of_value([_ruling(r) for r in whole.rulings]),
        "policy": whole.policy.digest,
        "evidence": of_value(_evidence(whole)),
        "threats": of_value({r.id: [whole.outcomes[r.id], r.severity] for r in whole.risks.risks}),
    }


def digest(parts: Mapping[str, str]) -> str:
    """The digest of the assessment: the sha256 of the digests of its parts."""
    return of_value(dict(parts))


def _said(system: System) -> Any:
    """The file as its author means it: the assessment's system has measured facts in it."""
    tree = system.places.tree if isinstance(system.places, Places) else None
    doc = {k: v for k, v in meaning(tree).items() if k not in APART} if tree else {"name": system.name}
    review = doc.pop("review", None)
    every = review.get("every") if isinstance(review, dict) else None
    return {**doc, "path": system.path, "every": every}


def _ruling(r: Any) -> list[str]:
    d = r.decision
    return [d.threat, r.word, d.reason, d.owner, d.until.isoformat(), r.state]


def _evidence(a: Assessment) -> list[Any]:
    """Records without their day: the same look at the same bytes with the same result changes nothing."""
    said = {
        canonical(
            [
                element,
                r.statement.kind,
                r.statement.digest,
                r.statement.tool.rpartition(" ")[0],
                r.state == "void",
                plain(r.statement.facts),
                plain(r.statement.trials),
                plain(r.statement.controls),
            ]
        )
        for element, records in a.risks.parts.records.items()
        for r in records
    }
    return sorted(said)


def plain(value: Any) -> Any:
    """What a record holds, as JSON can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(canonical(plain(v)) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value
