"""Results of a tool that attacks, as evidence: aggregates and names of what was tried, no prompt and no answer.

Bad news raises the risk. Good news is somebody's word, and of prompts not even that: a list of prompts that a language
model withstood leaves those that are not on it (PROMPTS marks such a record).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from casemate import __version__
from casemate.define.system import Component
from casemate.evidence.audit.finding import counted, order, plain
from casemate.evidence.bind import MAX_AGE, PROMPTS
from casemate.evidence.results.result import Results
from casemate.evidence.statement import Statement

SHOWN = 20
NAMED = 100


def statement(c: Component, digest: str, found: Results, settings: Mapping[str, Any], measured: date) -> Statement:
    """The record of the tool's tries on a component. settings: which file they were read from."""
    findings, name = order(found.findings), found.tool.split()[0]  # a newer version's run replaces an older one's
    said = {
        PROMPTS: found.corpus or None,
        "tool": plain(found.tool) if found.tool != name else None,
        "target": found.target,
        "unmapped": list(found.unmapped[:NAMED]),
    }
    return Statement(
        kind="redteam",
        about=c.id,
        digest=digest,
        tool=plain(f"{name} through casemate {__version__}"),
        measured=measured,
        valid_until=measured + timedelta(days=MAX_AGE),
        trials=found.trials,
        coverage={"scored": found.covered, "incomplete": len(found.skipped), "severities": counted(findings)},
        settings={**settings, **{k: v for k, v in said.items() if v}},
        findings=(
            *(str(f)[:400] for f in findings[:SHOWN]),
            *([f"and {len(findings) - SHOWN} more kinds of tries"] if len(findings) > SHOWN else []),
            *(plain(f"not covered: {s}"[:400]) for s in found.skipped[:5]),
        ),
    )
