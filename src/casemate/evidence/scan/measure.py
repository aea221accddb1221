"""`measure: - scan: scorer`: inspects the file or folder of a component, and states its format and its contents.

Of a folder the worst file decides, a finding names its file, and the record binds to the digest of the whole folder: a
file that is added later makes it void.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from casemate import __version__
from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.define.system import System, Task
from casemate.define.vocabulary import vocabulary
from casemate.evidence import subject
from casemate.evidence.bind import MAX_AGE
from casemate.evidence.digests import MAX_FILES, digest_of
from casemate.evidence.gap import Gap
from casemate.evidence.scan import folder, policy
from casemate.evidence.scan.folder import Found
from casemate.evidence.scan.inspect import inspect
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.report import Scan, shown
from casemate.evidence.statement import Statement

SHOWN = 20  # findings kept in a record; the file itself tells the rest


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the component's file or folder. Raises Gap when it is not there or cannot be read."""
    name, path = _component(task, system)
    place, also = subject.located(task, root, path, f"the path of {name}"), policy.allowed(system, today)
    gone = policy.expired(system, today)
    try:
        if files.kind(place) == "folder":
            return [_of_folder(name, _folder(place, path, root, also), today, gone)]
        return [_of_file(name, inspect(place, also), today, gone)]
    except CasemateError as e:
        raise Gap(f"{task.at}: {name} was not scanned: {path} {e.what}") from None


def _folder(place: Path, path: str, root: Path, allowed: Allow) -> Found:
    """The inspection of a folder whose bytes can be bound to. Raises CasemateError."""
    before = digest_of(place)
    found = folder.inspect_folder(place, root, allowed)
    if found is None:
        raise CasemateError(path, "is a folder without a file in it", "put the model there")
    if before is None:
        why = f"something in it cannot be read, is no file, or it holds more than {MAX_FILES:,} files and folders"
        raise CasemateError(path, f"has no digest that a record could be bound to: {why}", "take that out of it")
    if found.sha256 != before:
        raise CasemateError(path, "changed while it was read", "inspect it when nobody writes it")
    return found


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


def _of_file(name: str, found: Scan, today: date, gone: list[str]) -> Statement:
    coverage = {"walked": found.coverage.walked, "total": found.coverage.total, "imports": len(found.imports)}
    said = [f"{f.severity} {f.id} {f.place}: {f.message}" for f in found.findings[:SHOWN]]
    return _statement(name, (found.verdict, found.format, found.sha256), coverage, [*said, *gone], today)


def _of_folder(name: str, found: Found, today: date, gone: list[str]) -> Statement:
    c = found.coverage
    coverage = {"walked": c.walked, "total": c.total, "imports": found.imports, "files": found.files}
    said = [f"{f.severity} {f.id} {shown(file)} {f.place}: {f.message}" for file, f in found.findings[:SHOWN]]
    return _statement(name, (found.verdict, found.format, str(found.sha256)), coverage, [*said, *gone], today)


def _statement(
    name: str, found: tuple[str, str | None, str], coverage: dict[str, int], said: list[str], today: date
) -> Statement:
    """found: verdict, format, sha256."""
    contents, form, digest = found
    facts = {"contents": contents}
    if form in vocabulary().component["format"].words:
        facts["format"] = str(form)
    return Statement(
        kind="scan",
        about=name,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts=facts,
        coverage=coverage,
        findings=tuple(said),
    )
