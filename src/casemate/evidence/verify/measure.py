"""`measure: - verify: scorer`: checks the file of a component against its `signature:`, and states what was found.

    signature found   the verdict, one of nine words
    signed            yes when it is valid, no when it is not; not stated when nothing could be found out
    running           with `running: <digest or file>`: whether what runs is what was signed

The record binds to the bytes that were checked, and rests on the file of the signature and on whom it was held against:
when one of them is another or gone, it is void. It does not prove the control model-signing: that a signature is good
does not show that whatever loads the model would refuse a bad one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core.errors import CasemateError
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.bind import MAX_AGE
from casemate.evidence.digests import digest_of
from casemate.evidence.gap import Gap
from casemate.evidence.sign import bundle
from casemate.evidence.sign.check import verify
from casemate.evidence.sign.join import Join, join
from casemate.evidence.sign.rests import rests_on
from casemate.evidence.sign.running import is_digest
from casemate.evidence.sign.running import running as running_digests
from casemate.evidence.sign.verdict import UNDECIDED, Check, Finding
from casemate.evidence.statement import Statement
from casemate.evidence.verify.policy import PATHS, trust_of

SHOWN = 20  # names and findings kept in a record


def check(task: Task, system: System) -> None:
    """The task must name a component with a file and a signature that names one signer. Raises CasemateError."""
    c, _ = _component(task, system)
    wrong = trust_of(c, Path()).incomplete()
    if wrong:
        raise CasemateError(task.at, f"the signature of {c.id} {wrong[0]}", wrong[1])


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the component's file. Raises Gap when there are no bytes to bind it to."""
    c, running = _component(task, system)
    path = subject.located(task, root, str(c.path), f"the path of {c.id}")
    before = digest_of(path)
    if before is None:
        raise Gap(f"{task.at}: the signature of {c.id} was not checked: {c.path} is not there or cannot be read")
    runs = running if running is None or is_digest(running) else subject.located(task, root, running, "what runs")
    where = _bundle(task, c, root, path)
    rests = rests_on(root, _rests(c, root, where))
    found = verify(path, trust_of(c, root), today, where)
    if found.sha256 != before and digest_of(path) != before:
        raise Gap(f"{task.at}: the signature of {c.id} was not checked: {c.path} changed meanwhile")
    return [_statement(c, found, _join(found, before, running, runs), before, rests, today)]


def _bundle(task: Task, c: Component, root: Path, path: Path) -> Path:
    name = c.props["signature"].get("bundle") or bundle.beside(path).relative_to(root).as_posix()
    return subject.located(task, root, name, f"the signature of {c.id}")


def _rests(c: Component, root: Path, where: Path) -> list[str | None]:
    """The signature, and whom it was held against."""
    said = c.props["signature"]
    return [where.relative_to(root).as_posix(), *(said.get(name) for name in PATHS)]


def _component(task: Task, system: System) -> tuple[Component, str | None]:
    settings: dict[str, Any] = dict(task.settings)
    name = settings.pop("", settings.pop("model", None))
    running = settings.pop("running", None)
    if settings:
        raise CasemateError(
            task.at,
            f"verify has no setting {next(iter(settings))!r}",
            "write `- verify: {model: <component>, running: <file>}`",
        )
    told = name if isinstance(running, str | None) else None  # a file that is no text is no task
    c = subject.component(task, system, told, "write `- verify: <component>`")
    subject.file_of(task, c)
    if "signature" not in c.props:
        todo = f"give {c.id} a `signature: {{public key: ...}}`"
        raise CasemateError(task.at, f"{c.id} has no signature to check it against", todo)
    if "bundle" in c.props["signature"]:
        subject.below(task, c.props["signature"]["bundle"], f"the signature of {c.id}")
    if running is not None:
        subject.below(task, running, "what runs")
    return c, running


def _join(found: Check, digest: str, running: str | None, where: str | Path | None) -> Join | None:
    """None when nobody asked. What runs cannot be told: no digest, and `running` stays unknown."""
    if running is None:
        return None
    signed = {d for d in (found.sha256, digest) if d} if found.verdict == "valid" else set()
    try:
        return join(signed, running_digests(str(where)), None)
    except CasemateError as e:
        return Join(tuple(sorted(signed)), findings=(Finding("running-unknown", f"{running} {e.what}"),))


def _statement(
    c: Component, found: Check, joined: Join | None, digest: str, rests: dict[str, str | None], today: date
) -> Statement:
    facts: dict[str, Any] = {"signature found": str(found.verdict)}
    if found.verdict not in UNDECIDED:
        facts["signed"] = found.verdict == "valid"
    if joined is not None and joined.running and found.verdict not in UNDECIDED:
        facts["running"] = "same" if joined.holds else "other"
    made = Statement(
        kind="verify",
        about=c.id,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts=facts,
        coverage={"files": found.files, "ignored": len(found.ignored), "checked": list(found.checked)},
        settings={**{k: str(v) for k, v in c.props["signature"].items()}, "rests on": rests},
    )
    return replace(made, findings=tuple(_findings(found, joined))[:SHOWN])


def _findings(found: Check, joined: Join | None) -> Iterator[str]:
    if found.verdict != "valid":
        yield f"{found.verdict}: {found.reason}"
    yield from (f"{f.id}: {f.message}" for f in found.findings if f.message != found.reason)
    yield from (f"{f.id}: {f.message}" for f in (joined.findings if joined else ()))
    yield from (f"not checked: {what}" for what in found.unchecked)
