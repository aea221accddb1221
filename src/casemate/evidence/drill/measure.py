"""`measure: - drill: {model: scorer, run: [./deploy.sh, "{model}"]}`: whether the deploy path refuses bad models.

    model      a component with `path:` and `signature:`; its own signature must be good
    run        the command that takes a model into use, and ends with 0 only when it took it
    at         the component that the record is about, such as the engine or the registry; else the model
    seconds    how long it may take for each of the five (60)

The record verifies the control model-signing, or says that it is not there. It rests on the files of the project that
the command names: when one of them changes, the record is void.

A system file may come from anybody, and this task starts a program: it runs only where the environment says
CASEMATE_DRILL=yes. Otherwise it is a gap.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core import files
from casemate.core.digest import of_text
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.bind import MAX_AGE, MAX_AGE_WITHOUT_BYTES
from casemate.evidence.digests import digest_of
from casemate.evidence.drill.drill import BAD, REFUSED, TAKEN, Drilled, Order, drill
from casemate.evidence.gap import Gap
from casemate.evidence.sign import bundle as bundles
from casemate.evidence.sign.check import verify
from casemate.evidence.statement import ControlResult, Statement
from casemate.evidence.store import digest_now
from casemate.evidence.verify.policy import trust_of

CONTROL = "model-signing"
CONSENT = "CASEMATE_DRILL"
SETTINGS = ("model", "run", "at", "seconds")
EXAMPLE = 'write `- drill: {model: <component>, run: [./deploy.sh, "{model}"]}`'
SECONDS, MOST = 60, 3600
MAX_SCRIPT = 1_000_000  # bytes of a file that the command names


@dataclass(frozen=True, slots=True)
class Asked:
    """One task."""

    model: Component
    at: Component
    command: tuple[str, ...]
    seconds: int


def check(task: Task, system: System) -> None:
    """The task must name a model with a signature and a command that takes it. Raises CasemateError."""
    _asked(task, system)


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement about the deploy path. Raises Gap when the drill shows nothing."""
    asked = _asked(task, system)
    not_run = f"{task.at}: the drill of {asked.model.id} was not run:"
    if os.environ.get(CONSENT) != "yes":
        raise Gap(f"{not_run} it starts a program that this file names; read it, then set {CONSENT}=yes")
    path = subject.located(task, root, subject.file_of(task, asked.model), f"the path of {asked.model.id}")
    digest, now = digest_now(system, asked.at, root), digest_of(path)
    if digest is None or now is None:
        raise Gap(f"{not_run} {asked.model.path} is not there or cannot be read")
    order = _order(task, asked, path, root, today, not_run)
    try:
        found = drill(order)
    except CasemateError as e:
        raise Gap(f"{not_run} {e}") from None
    if found.good != TAKEN:
        raise Gap(f"{task.at}: the drill of {asked.model.id} shows nothing: the command does not take the good model "
                  f"({found.why})")  # fmt: skip
    open_ = [BAD[c] for c, what in found.bad.items() if what not in (REFUSED, TAKEN)]
    if open_ and TAKEN not in found.bad.values():
        raise Gap(f"{task.at}: the drill of {asked.model.id} shows nothing: the command died of {open_[0]}, or did not "
                  f"end in {order.seconds} seconds")  # fmt: skip
    return [_statement(asked, found, digest, now, root, today)]


def _order(task: Task, asked: Asked, path: Path, root: Path, today: date, not_run: str) -> Order:
    """What to try. Raises Gap when the model that ought to be taken has no good signature."""
    name = asked.model.props["signature"].get("bundle")
    place = subject.located(task, root, name, f"the signature of {asked.model.id}") if name else bundles.beside(path)
    good = verify(path, trust_of(asked.model, root), today, place)
    if good.verdict != "valid":
        raise Gap(f"{not_run} its own signature is {good.verdict}: {good.reason}")
    return Order(asked.command, root, path, place, today, asked.seconds, good.version)


def _asked(task: Task, system: System) -> Asked:
    said: dict[str, Any] = dict(task.settings)
    unknown = [k for k in said if k not in SETTINGS]
    if unknown:
        hint = did_you_mean(unknown[0], SETTINGS) if unknown[0] else EXAMPLE
        raise CasemateError(task.at, f"drill has no setting {unknown[0][:60]!r}", hint)
    model = subject.component(task, system, said.get("model"), EXAMPLE)
    subject.file_of(task, model)
    if "signature" not in model.props:
        todo = f"give {model.id} a `signature: {{public key: ...}}`"
        raise CasemateError(task.at, f"{model.id} has no signature, so that nothing could be refused", todo)
    if wrong := trust_of(model, Path()).incomplete():
        raise CasemateError(task.at, f"the signature of {model.id} {wrong[0]}", wrong[1])
    command = said.get("run")
    if not isinstance(command, list) or not all(isinstance(w, str) and w and "\0" not in w for w in command):
        raise CasemateError(task.at, "drill has a `run` that is no list of words", EXAMPLE)
    if not any("{model}" in w for w in command[1:]):
        raise CasemateError(task.at, "drill has a `run` without {model}", EXAMPLE)
    at = subject.component(task, system, said["at"], EXAMPLE) if "at" in said else model
    return Asked(model, at, tuple(command), _seconds(task, said.get("seconds")))


def _seconds(task: Task, said: Any) -> int:
    if said is None:
        return SECONDS
    number = int(said) if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 6 else 0
    if not 1 <= number <= MOST:
        raise CasemateError(task.at, "drill has `seconds` that are no such number", f"write 1 to {MOST}")
    return number


def _statement(asked: Asked, found: Drilled, digest: str, model: str, root: Path, today: date) -> Statement:
    refused = [c for c, what in found.bad.items() if what == REFUSED]
    age = MAX_AGE if asked.at.path else MAX_AGE_WITHOUT_BYTES
    return Statement(
        kind="probe",
        about=asked.at.id,
        digest=digest,
        tool=f"casemate drill {__version__}",
        measured=today,
        valid_until=today + timedelta(days=age),
        controls=(ControlResult(CONTROL, verified=len(refused) == len(BAD)),),
        coverage={"tried": len(BAD) + 1, "refused": len(refused)},
        settings={"command": list(asked.command), "model": model, "rests on": dict(_scripts(asked, root))},
        findings=tuple(f"{what}: {BAD[case]}" for case, what in found.bad.items()),
    )


def _scripts(asked: Asked, root: Path) -> dict[str, str]:
    """The text files of the project that the command names, with their digests."""
    out = {}
    for word in asked.command:
        place = root / word
        if "{" not in word and files.kind(place) == "file" and subject.lies_in(place, root):
            try:
                text = files.read(place, MAX_SCRIPT).decode("utf-8-sig")
            except (CasemateError, UnicodeDecodeError):
                continue
            out[word] = of_text(text.replace("\r\n", "\n"))
    return out
