"""What a passport says: an in-toto Statement v1 whose subjects are the files of the components.

Source: in-toto attestation framework, spec v1 (Statement, ResourceDescriptor); the predicate is our own. Its file is
one line: a DSSE envelope in the one spelling that `dsse.line` writes. The records here are named tuples: to make a
dataclass takes half a millisecond whenever it is imported, ten times as much, and a check at deploy time has few.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://casemate.dev/passport/v1"
NAME = "passport.json"
SIGN_OFFS = "reviews/signoffs.jsonl"
"""Where sign-offs lie, from the folder of the system file."""
MODELS = frozenset({"model", "llm"})
"""Kinds of components that a deployment loads; another file that passed, such as its data, is none."""


class Thing(NamedTuple):
    """A file or a folder by name and sha256 in hex; a folder's covers all names and contents below it."""

    name: str
    digest: str
    folder: bool = False
    kind: str = ""
    """The kind of the component whose file it is; empty for what is no component's."""


class Grounds(NamedTuple):
    """A record of evidence that counted. `says`: digest of what it says, whenever it was measured."""

    id: str
    element: str
    kind: str
    says: str


class Passport(NamedTuple):
    """Digests are sha256 in hex. `issued` and `until` are days; the last one still counts."""

    system: str
    subjects: tuple[Thing, ...]
    system_digest: str
    described: tuple[Thing, ...]
    """The system file first, then its parts, shared components' files and folders of local threats and controls."""
    policy: str
    policy_digest: str
    policy_file: str | None
    """sha256 of the policy's file; None for the built-in policy."""
    evidence: tuple[Thing, ...]
    grounds: tuple[Grounds, ...]
    sign_offs: tuple[str, ...]
    """sha256 of each line of the sign-offs, in their order."""
    assessment: str
    verdict: str
    seed: int
    issued: date
    until: date
    because: str
    """What ends on the last day."""
    version: str
    """Of casemate."""


def to_json(p: Passport) -> dict[str, Any]:
    """The Statement as JSON."""
    policy = {"name": p.policy, "digest": {"sha256": p.policy_digest}}
    return {
        "_type": STATEMENT,
        "subject": [_thing(t) for t in p.subjects],
        "predicateType": PREDICATE,
        "predicate": {
            "system": {
                "name": p.system, "digest": {"sha256": p.system_digest}, "files": [_thing(t) for t in p.described],
            },
            "policy": policy | ({"file": {"sha256": p.policy_file}} if p.policy_file else {}),
            "evidence": {
                "files": [_thing(t) for t in p.evidence],
                "records": [
                    {"id": g.id, "element": g.element, "kind": g.kind, "says": {"sha256": g.says}} for g in p.grounds
                ],
            },
            "sign-offs": [{"sha256": s} for s in p.sign_offs],
            "assessment": {"digest": {"sha256": p.assessment}, "verdict": p.verdict, "seed": p.seed},
            "issued": p.issued.isoformat(),
            "valid until": p.until.isoformat(),
            "because": p.because,
            "casemate": p.version,
        },
    }  # fmt: skip


def payload(p: Passport) -> bytes:
    """The bytes that are signed."""
    text = json.dumps(to_json(p), sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def _thing(t: Thing) -> dict[str, Any]:
    notes = {"kind": t.kind, "folder": t.folder}
    kept = {k: v for k, v in notes.items() if v}
    return {"name": t.name, "digest": {"sha256": t.digest}, **({"annotations": kept} if kept else {})}
