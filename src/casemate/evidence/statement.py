"""One record of evidence: an in-toto Statement v1 whose predicate holds facts, trials and results of controls.

`subject[].digest.sha256` is what was measured: the sha256 of a file, or of an element's canonical text where there are
no bytes. Source: in-toto attestation framework, spec v1 (Statement); the predicate is our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from casemate.core.digest import of_value

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://casemate.dev/evidence/v1"


@dataclass(frozen=True, slots=True)
class Trial:
    """Outcomes of trying one threat in its unit. What could not be scored is `errored`, and never counts as held."""

    threat: str
    unit: str
    attempts: int
    broken: int
    held: int
    errored: int = 0
    skipped: int = 0
    strength: str = "weaker"
    """`equal`: as strong as the attacker we assume; `weaker`: its failures are discounted."""


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What a test said of one control. `verified`: it is there and works; `adaptive`: against one who knows it."""

    id: str
    threat: str | None = None
    verified: bool | None = None
    naive: Trial | None = None
    adaptive: Trial | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One measurement. `about` is the element's id at the time; the digest decides what it binds to."""

    kind: str
    about: str
    digest: str
    tool: str
    measured: date
    valid_until: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    controls: tuple[ControlResult, ...] = ()
    accuracy: Mapping[str, Any] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    seed: int | None = None
    recipe: str | None = None
    """Digest of code, settings, lock and data; equal recipes let trials be inherited by a retrained model."""
    signed: bool = False
    """By a key that the policy names."""
    sealed: str | None = field(default=None, compare=False, repr=False)
    """The line of the envelope that it came in or goes out in, whoever signed it; None when there is none."""

    @property
    def id(self) -> str:
        """Twelve hex digits of the record's own digest: from its content, never from its position."""
        return of_value(to_json(self))[:12]


def to_json(s: Statement) -> dict[str, Any]:
    """The Statement as JSON. Empty parts are left out."""
    predicate = {
        "tool": s.tool,
        "kind": s.kind,
        "about": s.about,
        "facts": {k: list(v) if isinstance(v, tuple) else v for k, v in s.facts.items()},
        "trials": [_trial(t) for t in s.trials],
        "controls": [_control(c) for c in s.controls],
        "accuracy": dict(s.accuracy),
        "coverage": dict(s.coverage),
        "settings": dict(s.settings),
        "findings": list(s.findings),
        "seed": s.seed,
        "recipe": s.recipe,
        "measured": s.measured.isoformat(),
        "valid until": s.valid_until.isoformat() if s.valid_until else None,
    }
    kept = {k: v for k, v in predicate.items() if v not in (None, [], {})}
    subject = [{"name": s.about, "digest": {"sha256": s.digest}}]
    return {"_type": TYPE, "subject": subject, "predicateType": PREDICATE, "predicate": kept}


def _trial(t: Trial) -> dict[str, Any]:
    return {name: getattr(t, name) for name in Trial.__slots__}


def _control(c: ControlResult) -> dict[str, Any]:
    out: dict[str, Any] = {"id": c.id, "threat": c.threat, "verified": c.verified}
    out |= {k: _trial(t) for k, t in (("naive", c.naive), ("adaptive", c.adaptive)) if t}
    return {k: v for k, v in out.items() if v is not None}
