"""`measure: - scan: scorer`: inspects the file of a component and states its format and what its contents are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from casemate import __version__
from casemate.core.errors import CasemateError
from casemate.define.system import System, Task
from casemate.define.vocabulary import vocabulary
from casemate.evidence import subject
from casemate.evidence.bind import MAX_AGE
from casemate.evidence.gap import Gap
from casemate.evidence.scan import policy
from casemate.evidence.scan.inspect import inspect
from casemate.evidence.scan.report import Scan
from casemate.evidence.statement import Statement

SHOWN = 20  # findings kept in a record; the file itself tells the rest


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the component's file. Raises Gap when the file is not there or cannot be read."""
    name, path = _component(task, system)
    try:
        found = inspect(subject.located(task, root, path, f"the path of {name}"), policy.allowed(system, today))
    except CasemateError as e:
        raise Gap(f"{task.at}: {name} was not scanned: {path} {e.what}") from None
    return [_statement(name, found, today, policy.expired(system, today))]


def check(task: Task, system: System) -> None:
    """The task must name a component that has a file. Raises CasemateError."""
    _component(task, system)


def _component(task: Task, system: System) -> tuple[str, str]:
    settings = dict(task.settings)
    name = settings.pop("", settings.pop("model", None))
    if settings:
        raise CasemateError(task.at, f"scan has no setting {next(iter(settings))!r}", "write `- scan: <component>`")
    c = subject.component(task, system, name, "write `- scan: <component>`")
    return c.id, subject.file_of(task, c)


def _statement(name: str, found: Scan, today: date, gone: list[str]) -> Statement:
    facts = {"contents": str(found.verdict)}
    if found.format in vocabulary().component["format"].words:
        facts["format"] = str(found.format)
    return Statement(
        kind="scan",
        about=name,
        digest=found.sha256,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts=facts,
        coverage={"walked": found.coverage.walked, "total": found.coverage.total, "imports": len(found.imports)},
        findings=(*(f"{f.severity} {f.id} {f.place}: {f.message}" for f in found.findings[:SHOWN]), *gone),
    )
