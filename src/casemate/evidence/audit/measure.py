"""`measure: - audit: training`: states whether what a component takes in is pinned, from one place, and patched.

    - audit: training                     # its recipe's lock, or the lock files beside the system file
    - audit: {for: training, lock: [requirements.lock], env: .venv, advisories: osv.zip, max-age: 7d}

Where advisories are named and known flaws still cannot be evaluated, `patched` is not stated, and that is a Gap; what
the locks show is stated all the same. So is bad news, because a flaw in an old copy is a flaw.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core import files
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.audit.audit import LOCKS, Asked, Audit, audit
from casemate.evidence.audit.finding import counted, plain
from casemate.evidence.audit.known import EVALUATED, MAX_AGE, age
from casemate.evidence.audit.report import facts
from casemate.evidence.bind import MAX_AGE_WITHOUT_BYTES
from casemate.evidence.gap import Gap
from casemate.evidence.statement import ControlResult, Statement
from casemate.evidence.store import digest_now

SHOWN = 20  # findings kept in a record; `casemate audit` tells the rest
KEYS = ("for", "lock", "env", "advisories", "max-age")
EXAMPLE = "write `- audit: <component>` or `- audit: {for: <component>, lock: ..., env: ..., advisories: ...}`"


def check(task: Task, system: System) -> None:
    """The task must name a component, and nothing that an audit does not know. Raises CasemateError."""
    settings = _settings(task)
    subject.component(task, system, settings.get("for"), EXAMPLE)
    for name in _listed(settings.get("lock")):
        subject.below(task, name, "a lock file")
    _age(task, settings)


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the component. Raises Gap when it could not be audited."""
    settings = _settings(task)
    c = subject.component(task, system, settings.get("for"), EXAMPLE)
    given = [str(x) for x in _listed(settings.get("lock"))]
    locks = tuple(subject.located(task, root, x, "a lock file") for x in given) or tuple(_found(c, system, root))
    env, copy = (root / str(settings[k]) if k in settings else None for k in ("env", "advisories"))
    if not locks and env is None:
        raise Gap(f"{task.at}: {c.id} was not audited: there is no lock file, and no environment was named")
    try:
        found = audit(Asked(root, locks, env, copy, _age(task, settings)), today)
    except CasemateError as e:
        raise Gap(f"{task.at}: {c.id} was not audited: {e.at} {e.what}") from None
    digest = digest_now(system, c, root)
    if digest is None:
        raise Gap(f"{task.at}: {c.id} was not audited: {c.path} cannot be read")
    if not facts(found):
        why = next(iter((*found.flaws.why, *found.gaps)) if copy else iter(found.gaps), "nothing could be told")
        raise Gap(f"{task.at}: {c.id} was not audited: {why}")
    told = [_statement(c, digest, found, today)]
    if found.patched is None and copy is not None:  # what the locks show stays shown
        why = next(iter((*found.flaws.why, *found.gaps)), "nothing could be compared")
        raise Gap(f"{task.at}: known flaws of {c.id} were not evaluated: {why}", told)
    return told


def _settings(task: Task) -> dict[str, Any]:
    settings = dict(task.settings)
    if "" in settings:
        settings["for"] = settings.pop("")
    for key in settings:
        if key not in KEYS:
            raise CasemateError(task.at, f"audit has no setting {key[:60]!r}", did_you_mean(key, KEYS))
    for key in ("env", "advisories"):
        if key in settings and not isinstance(settings[key], str):
            raise CasemateError(task.at, f"audit has an `{key}` that is no path", EXAMPLE)
    if not all(isinstance(x, str) for x in _listed(settings.get("lock"))):
        raise CasemateError(task.at, "audit has a `lock` that is no path", EXAMPLE)
    return settings


def _age(task: Task, settings: dict[str, Any]) -> int:
    said = settings.get("max-age")
    found = MAX_AGE if said is None else age(said) if isinstance(said, str) else None
    if found is None:
        raise CasemateError(task.at, "audit has a `max-age` that is no time", "write it as 7d or 7 days")
    return found


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _found(c: Component, system: System, root: Path) -> Iterator[Path]:
    """The lock of its recipe or of a model that it trained; else the usual files beside the system file."""
    trained = [m for m in system.components.values() if c.id in (m.props.get("trained by") or ())]
    recipes = [x.props["recipe"] for x in (c, *trained) if "recipe" in x.props]
    named = sorted({str(r["lock"]) for r in recipes if "lock" in r})
    for name in named or LOCKS:
        if files.kind(root / name) == "file" and subject.lies_in(root / name, root):
            yield root / name


def _statement(c: Component, digest: str, found: Audit, today: date) -> Statement:
    said: dict[str, Any] = facts(found)
    if c.kind == "tool" and found.pinned is not None:
        said["updates"] = "pinned" if found.pinned else "automatic"
    valid = found.max_age if found.patched is not None else MAX_AGE_WITHOUT_BYTES
    return Statement(
        kind="audit",
        about=c.id,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=max(1, valid)),
        facts=said,
        controls=tuple(_controls(c, found)),
        coverage=_coverage(found),
        settings=_inputs(found),
        findings=tuple(str(f) for f in found.findings[:SHOWN]),
    )


def _controls(c: Component, found: Audit) -> Iterator[ControlResult]:
    """Present only where it was seen at work: locks by digest and installed just so; installed and without a flaw."""
    if found.pinned is False:
        yield ControlResult("pinned-dependencies", verified=False)
    elif found.pinned and found.as_locked is not None:
        yield ControlResult("pinned-dependencies", verified=found.as_locked)
    if found.patched is False:
        yield ControlResult("prompt-patching", verified=False)
    elif found.patched and found.environment is not None:
        yield ControlResult("prompt-patching", verified=True)


def _coverage(found: Audit) -> dict[str, Any]:
    e = found.environment
    out: dict[str, Any] = {"known flaws": found.flaws.state, "compared": found.flaws.compared}
    out |= {"installed": len(e.packages), "files": e.files, "bytecode not compared": e.bytecode} if e else {}
    missing = len(found.gaps) + (len(found.flaws.why) if found.flaws.state != EVALUATED else 0)
    return out | {"not told": missing, "severities": counted(found.findings)}


def _inputs(found: Audit) -> dict[str, Any]:
    out: dict[str, Any] = {"locks": {plain(x.path): x.digest for x in found.locks}}
    db = found.database
    if db is not None:
        newest = db.newest.isoformat() if db.newest else "unknown"
        out["advisories"] = {"sha256": db.digest, "newest": newest, "records": db.records, "max-age": found.max_age}
    return out
