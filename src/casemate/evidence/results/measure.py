"""`measure: - results: {file: audit.json, for: build, tool: pip-audit, taken: 2026-10-02}`: another tool's findings.

The file's own form says which reader reads it; `tool` only checks that it is what was meant. What was skipped is not
covered. `patched: yes` needs a tool that compares packages with advisories, all of them compared, nothing found, and
the day of its run (`taken`, or the one that the results name): results do not say how old their advisories were, so
the record is dated and ages from that day. Nobody here saw the tool run, and `taken` is somebody's word: such a record
counts as attested, signed or not. Bad news in it counts; good news is what somebody says.

Results of a tool that attacks (garak, promptfoo, PyRIT, SACRO-ML) become trials of threats: `attacked.py`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core.day import day
from casemate.core.digest import of_file
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.audit.finding import counted, order, plain
from casemate.evidence.bind import IMPORTED, MAX_AGE_WITHOUT_BYTES
from casemate.evidence.gap import Gap
from casemate.evidence.results import attacked
from casemate.evidence.results.load import load
from casemate.evidence.results.result import Results
from casemate.evidence.statement import ControlResult, Statement
from casemate.evidence.store import digest_now

SHOWN = 20
KEYS = ("file", "for", "tool", "taken")
MAX_AGE = 7  # days that a tool's word on flaws is good for, as for our own audit
EXAMPLE = "write `- results: {file: audit.json, for: <component>}`"


def check(task: Task, system: System) -> None:
    """The task must name a file and a component. Raises CasemateError."""
    settings = _settings(task)
    subject.component(task, system, settings.get("for"), EXAMPLE)
    subject.below(task, settings["file"], "the file of results")


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the component. Raises Gap when the results cannot be used."""
    settings = _settings(task)
    c = subject.component(task, system, settings.get("for"), EXAMPLE)
    path = subject.located(task, root, settings["file"], "the file of results")
    try:
        found = load(path)
    except CasemateError as e:
        raise Gap(f"{task.at}: results for {c.id} were not taken: {_told(settings['file'], e)}") from None
    said = settings.get("tool")
    if said is not None and _plain(said) not in _plain(found.tool):
        raise Gap(f"{task.at}: results for {c.id} were not taken: they are of {found.tool}, not of {said[:40]}")
    said_of_day = day(settings["taken"]) if "taken" in settings else None
    taken = min((d for d in (said_of_day, found.taken) if d is not None), default=None)  # nobody makes them younger
    if taken is not None and taken > today:
        raise Gap(
            f"{task.at}: results for {c.id} were not taken: they are of {taken}, after the day of the measurement"
        )
    digest = digest_now(system, c, root)
    if digest is None:
        raise Gap(f"{task.at}: results for {c.id} were not taken: {c.path} cannot be read")
    if found.attacked:
        return [attacked.statement(c, digest, found, _read_from(path, taken), taken or today)]
    return [_statement(c, digest, found, path, taken, today)]


def _told(name: str, e: CasemateError) -> str:
    """The file as the task names it, with the line where there is one."""
    line = f":{e.at.line}" if e.at.line else ""
    return f"{name}{line} {e.what}"


def _settings(task: Task) -> dict[str, str]:
    settings: dict[str, Any] = dict(task.settings)
    for key in settings:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) if key else EXAMPLE
            raise CasemateError(
                task.at, f"results has no setting {key[:60]!r}" if key else "results names no file", hint
            )
    for key in KEYS:
        if key in settings and not isinstance(settings[key], str):
            raise CasemateError(task.at, f"results has a {key!r} that is no text", EXAMPLE)
    if "file" not in settings:
        raise CasemateError(task.at, "results names no file", EXAMPLE)
    if "taken" in settings and day(settings["taken"]) is None:
        raise CasemateError(task.at, "results has a `taken` that is no day", "write the day as 2026-10-02")
    return settings


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _statement(c: Component, digest: str, found: Results, path: Path, taken: date | None, today: date) -> Statement:
    measured = taken or today
    facts = _facts(found, taken, today)
    age = MAX_AGE if facts.get("patched") is True else MAX_AGE_WITHOUT_BYTES
    findings = order(found.findings)
    return Statement(
        kind="audit",
        about=c.id,
        digest=digest,
        tool=plain(f"{found.tool} through casemate {__version__}"[:200]),
        measured=measured,
        valid_until=measured + timedelta(days=age),
        facts=facts,
        controls=_controls(facts),
        coverage={"covered": found.covered, "skipped": len(found.skipped), "severities": counted(findings)},
        settings=_read_from(path, taken),
        findings=(
            *(str(f)[:400] for f in findings[:SHOWN]),
            *(plain(f"not covered: {s}"[:400]) for s in found.skipped[:5]),
        ),
    )


def _read_from(path: Path, taken: date | None) -> dict[str, Any]:
    return {"file": plain(path.name), "sha256": of_file(path) or "", "dated": taken is not None, IMPORTED: True}


def _facts(found: Results, taken: date | None, today: date) -> dict[str, Any]:
    patched, bad = found.patched, any(f.id == "known-flaw" for f in found.findings)
    if found.flaws and bad:
        patched = False
    elif found.flaws and not found.findings and not found.skipped and found.covered and taken is not None:
        patched = True if (today - taken).days <= MAX_AGE else None
    said = {"pinned": found.pinned, "patched": patched}
    return {k: v for k, v in said.items() if v is not None}


def _controls(facts: dict[str, Any]) -> tuple[ControlResult, ...]:
    """Bad news only: what a tool did not find does not show that a practice is in place."""
    pairs = (("pinned", "pinned-dependencies"), ("patched", "prompt-patching"))
    return tuple(ControlResult(control, verified=False) for fact, control in pairs if facts.get(fact) is False)
