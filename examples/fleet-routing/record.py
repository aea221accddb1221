"""Puts what redteam.py measured into the evidence folder, signed with the red team's key.

    python record.py none | naive | gate | all    [--today 2026-11-23]

none    what an attacker gets without any countermeasure
naive   the same, and each countermeasure against somebody who does not know it
gate    the same, and the anomaly gate against somebody who knows it
all     the same, and each countermeasure as it stands in the service

`casemate record` is for what a person reports: it never lowers the current risk. This was measured on the bytes, and
the policy names the key that signs it. A later record replaces an earlier one: both are about service.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.seal import seal
from casemate.evidence.sign.keys import read_private
from casemate.evidence.statement import ControlResult, Statement, Trial
from redteam import BROKEN, NAMES, PER_ACCOUNT

HERE = Path(__file__).resolve().parent
ABOUT, THREAT = "traffic-model", "adversarial-input"
CONTROLS = {"gate": "input-anomaly-detection", "votes": "query-quota", "all": "redundant-sensors"}
"""What was tried -> the control that it is evidence for. The last stands behind the two before it, and counts so."""
TRIED = {"none": (), "naive": (), "gate": ("gate",), "all": tuple(NAMES)}
"""Stage -> what somebody attacked who knows it."""
MAX_AGE = 90


def main(given: Sequence[str] | None = None) -> None:
    p = argparse.ArgumentParser(description="Sign what redteam.py measured.")
    p.add_argument("stage", choices=tuple(TRIED))
    p.add_argument("--today", type=date.fromisoformat, default=date.today())
    p.add_argument("--folder", type=Path, default=HERE, help="where casemate.yaml, service.py, keys/ and out/ are")
    said = p.parse_args(given)
    try:
        for path in save(said.folder, said.stage, said.today):
            print(f"wrote {path.relative_to(said.folder)}: {said.stage}")
    except (CasemateError, OSError) as e:
        raise SystemExit(f"record.py: {e}; run ./fleet.sh, which makes what is missing") from None


def save(folder: Path, stage: str, today: date) -> list[Path]:
    """Write the signed record of a stage. Raises CasemateError or OSError when a file is missing."""
    system = from_text((folder / "casemate.yaml").read_text("utf-8"), "casemate.yaml", {"fines": ()})
    found = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    digest = store.digest_of(folder / "service.py")
    if digest is None or digest != found["service"]:
        raise CasemateError("out/results.json", "is about another service.py", "run python redteam.py again")
    return store.save(
        system, folder, [seal(statement(found, stage, digest, today), read_private(folder / "keys" / "red-team"))]
    )


def statement(found: Mapping[str, Any], stage: str, digest: str, today: date) -> Statement:
    """The record: aggregates, and what somebody needs to judge them."""
    made = Statement(
        kind="redteam",
        about=ABOUT,
        digest=digest,
        tool="fleet-routing redteam.py",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        trials=(trial(found["led"]["none"]["knows worked"]),),
        settings={"plan": found["plan"], "a campaign works at": BROKEN, "reports an account": PER_ACCOUNT},
        seed=found["plan"]["seed"],
    )
    if stage == "none":
        return made
    controls = tuple(control(CONTROLS[n], found["led"][n], n in TRIED[stage]) for n in CONTROLS)
    lines = tuple(line(n, found["led"][n], n in TRIED[stage]) for n in NAMES)
    return replace(made, controls=controls, findings=lines)


def control(id: str, of: Mapping[str, Any], knows: bool) -> ControlResult:
    """What a countermeasure did; the adaptive result is the one that counts."""
    adaptive = trial(of["knows worked"]) if knows else None
    return ControlResult(id, THREAT, None, trial(of["naive worked"]), adaptive)


def trial(worked: Sequence[float]) -> Trial:
    """Campaigns that worked and that did not. The attacker knows everything, so they are as strong as we assume."""
    broken, count = int(worked[0]), int(worked[1])
    return Trial(THREAT, "campaign", count, broken, count - broken, strength="equal")


def line(name: str, of: Mapping[str, Any], knows: bool) -> str:
    """`anomaly gate: 0 of 30 campaigns worked unaware of it, 14 of 30 aware of it`."""
    aware = ", {} of {} aware of it".format(*of["knows worked"]) if knows else ""
    return f"{NAMES[name]}: {of['naive worked'][0]} of {of['naive worked'][1]} campaigns worked unaware of it{aware}"


if __name__ == "__main__":
    main()
