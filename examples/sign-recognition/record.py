"""Puts what redteam.py measured about the model in use into the evidence folder, signed with the red team's key.

    python record.py plain | unaware | aware    [--today 2026-11-23]

plain      the plain model is in use: what was broken of it
unaware    the hardened one is, and so far saw only images that were made for the plain one
aware      the hardened one is, and was attacked itself

What the training is worth is the difference between two models that differ in nothing else. So the record of the
hardened one holds what the plain one suffers as the trials without the control, and names the bytes of both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.seal import seal
from casemate.evidence.sign.keys import read_private
from casemate.evidence.statement import ControlResult, Statement, Trial

HERE = Path(__file__).resolve().parent
ABOUT, CONTROL = "sign-model", "adversarial-training"
IN_USE = {"plain": "plain", "unaware": "hardened", "aware": "hardened"}
"""Stage -> which model is in use."""
MAX_AGE = 90


def main(given: Sequence[str] | None = None) -> None:
    """Write the record of a stage, and say which."""
    p = argparse.ArgumentParser(description="Sign what redteam.py measured.")
    p.add_argument("stage", choices=tuple(IN_USE))
    p.add_argument("--today", type=date.fromisoformat, default=date.today())
    p.add_argument("--folder", type=Path, default=HERE, help="where casemate.yaml, artifacts/, keys/ and out/ are")
    said = p.parse_args(given)
    try:
        for path in save(said.folder, said.stage, said.today):
            print(f"wrote {path.relative_to(said.folder)}: {said.stage}")
    except (CasemateError, OSError) as e:
        raise SystemExit(f"record.py: {e}; run ./sign.sh, which makes what is missing") from None


def save(folder: Path, stage: str, today: date) -> list[Path]:
    """Write the signed record of a stage. Raises CasemateError or OSError when a file is missing or another."""
    system = from_text((folder / "casemate.yaml").read_text("utf-8"), "casemate.yaml", {"fines": ()})
    found = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    path = system.components[ABOUT].props["path"]
    if store.digest_of(folder / path) != found["models"][IN_USE[stage]]["digest"]:
        raise CasemateError(path, f"is not the {IN_USE[stage]} model that was attacked", "copy it from artifacts/")
    made = statement(found, stage, today)
    return store.save(system, folder, [seal(made, read_private(folder / "keys" / "red-team"))])


def statement(found: Mapping[str, Any], stage: str, today: date) -> Statement:
    """The record: aggregates, and what somebody needs to judge them."""
    of = found["models"][IN_USE[stage]]
    return Statement(
        kind="redteam",
        about=ABOUT,
        digest=of["digest"],
        tool=f"casemate {__version__}, sign-recognition redteam.py",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        trials=tuple(read(found["models"]["plain"]["trials"]).values()),
        controls=() if stage == "plain" else controls(found, aware=stage == "aware"),
        settings={
            "without the control": found["models"]["plain"]["digest"],
            **(of["settings"] if stage != "unaware" else {}),
        },
        findings=tuple(of["findings"]) if stage != "unaware" else (),
        seed=found["plan"]["seed"],
    )


def controls(found: Mapping[str, Any], aware: bool) -> tuple[ControlResult, ...]:
    """What the training did, for each threat; the adaptive result is the one that counts."""
    unaware, hardened = read(found["unaware"]["trials"]), read(found["models"]["hardened"]["trials"])
    return tuple(
        ControlResult(CONTROL, threat, None, unaware[threat], hardened.get(threat) if aware else None)
        for threat in sorted(unaware)
    )


def read(trials: Sequence[Mapping[str, Any]]) -> dict[str, Trial]:
    """Trials by their threat."""
    return {t["threat"]: Trial(**t) for t in trials}


if __name__ == "__main__":
    main()
