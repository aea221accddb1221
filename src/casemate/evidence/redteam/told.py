"""A run for machines: the record as JSON, and the outcome of every row for a file that stays here."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

from casemate.core import files
from casemate.evidence.redteam.attack import Outcome
from casemate.evidence.redteam.campaign import Campaign
from casemate.evidence.redteam.record import statement
from casemate.evidence.redteam.setup import Done
from casemate.evidence.statement import to_json


def as_json(done: Done, today: date) -> str:
    """The statement. What every guard did stands in its settings; no system said that it has one of them."""
    digest = done.facts.digests.get("model", "0" * 64)
    s = statement(done.facts.model, digest, today, done.facts, done.plan, done.campaign, ())
    return json.dumps(to_json(s), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write(path: Path, c: Campaign) -> None:
    """One line for each trial: attack, its number, outcome, queries, distance."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("attack", "trial", "outcome", "queries", "distance"))
    for t in c.tried:
        far = t.result.distances
        for i, (outcome, asked) in enumerate(zip(t.result.outcomes, t.result.queries, strict=True)):
            shown = "" if far is None or far[i] != far[i] else f"{far[i]:.6g}"
            rows.writerow((t.name, i, Outcome(outcome).name.lower(), int(asked), shown))
    files.write(path, out.getvalue())
