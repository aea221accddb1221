"""What a statement of lineage says: in-toto Statement v1, predicate SLSA provenance v1.

Sources: in-toto attestation framework (Statement v1, ResourceDescriptor, DigestSet), slsa.dev/spec/v1.0/provenance.
The role of an input, the folder that a file lies in, and what record saw of it stand in its annotations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATEMENT = "https://in-toto.io/Statement/v1"
SLSA = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://casemate.dev/lineage/v1"
UNNAMED = "https://casemate.dev/lineage/unnamed-builder"
"""Who ran it, when nobody said."""
SUFFIX = ".lineage.json"
"""Where the statement of `model.bin` lies, unless another place is given: beside it, as `model.bin.lineage.json`."""

DATA, CODE, PARAMETERS, ENVIRONMENT, BASE = "training-data", "training-code", "parameters", "environment", "base-model"
MANIFEST = "manifest"
ROLES = (DATA, CODE, PARAMETERS, ENVIRONMENT, BASE)
REQUIRED = (DATA, CODE, ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Resource:
    """An input or an output. `digest` by algorithm, as given; `within`: the folder whose digest covers it as well."""

    name: str
    digest: Mapping[str, str]
    role: str = ""
    within: str | None = None
    origin: str | None = None
    """Where it came from: what somebody said, or its address."""
    changed: bool = False
    """Its bytes changed during the run."""
    untouched: bool = False
    """The run did not write it, though it was named as made by it."""
    checked: bool = False
    """It was compared with a signed statement of its own before the run was started."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """One run: what it made, from what, by whom. `watched`: inputs were digested before and after it."""

    made: tuple[Resource, ...]
    inputs: tuple[Resource, ...] = ()
    builder: str = UNNAMED
    command: tuple[str, ...] = ()
    watched: bool = True
    started: str | None = None
    finished: str | None = None
    build_type: str = BUILD_TYPE
    parameters: Mapping[str, Any] = field(default_factory=dict)


def to_json(p: Provenance) -> dict[str, Any]:
    """The Statement as JSON."""
    metadata = {"startedOn": p.started, "finishedOn": p.finished}
    run: dict[str, Any] = {"builder": {"id": p.builder}}
    if p.started or p.finished:
        run["metadata"] = {k: v for k, v in metadata.items() if v}
    outside = {**p.parameters, **({"command": list(p.command)} if p.command else {})}
    return {
        "_type": STATEMENT,
        "subject": [_descriptor(r) for r in p.made],
        "predicateType": SLSA,
        "predicate": {
            "buildDefinition": {
                "buildType": p.build_type,
                "externalParameters": outside,
                "internalParameters": {"watched": p.watched},
                "resolvedDependencies": [_descriptor(r) for r in p.inputs],
            },
            "runDetails": run,
        },
    }


def _descriptor(r: Resource) -> dict[str, Any]:
    notes = {
        "role": r.role,
        "in": r.within,
        "origin": r.origin,
        "changed during the run": r.changed,
        "not written by the run": r.untouched,
        "checked before the run": r.checked,
    }
    kept = {k: v for k, v in notes.items() if v}
    return {"name": r.name, "digest": dict(r.digest), **({"annotations": kept} if kept else {})}
