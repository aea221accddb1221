"""What `casemate lineage record` was given, as a Run: names below the root, each with its role, and what others say."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from casemate.cli import _inputs
from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.lineage import names
from casemate.evidence.lineage import provenance as p
from casemate.evidence.lineage.names import Told
from casemate.evidence.lineage.record import Run
from casemate.evidence.sign import keys


@dataclass(frozen=True, slots=True)
class Given:
    """The options. roles: the inputs by what they are; told: what another tool's file names beside them."""

    root: Path
    made: tuple[Path, ...]
    roles: Mapping[str, tuple[Path, ...]]
    told: Told
    command: tuple[str, ...]
    builder: str | None
    origins: tuple[str, ...]
    check: tuple[Path, ...]
    started: str | None
    finished: str | None


def of(given: Given) -> Run:
    """The run to record. Raises CasemateError."""
    made, inputs = _made(given), _inputs_of(given)
    epoch = None if given.started or given.finished else _epoch()
    seen = (*given.told.inputs, *given.told.made)
    return Run(
        root=given.root,
        made=made,
        inputs=inputs,
        command=given.command,
        builder=_plain("--builder", given.builder) if given.builder else p.UNNAMED,
        origins=_origins(given, {*made, *(found for _, found in inputs)}),
        started=_time("--started", given.started) or epoch,
        finished=_time("--finished", given.finished) or epoch,
        gate=tuple(keys.read_public(k) for k in given.check),
        moved_on=frozenset() if given.command else frozenset(names.moved_on(given.root, seen)),
    )


def told(source: Path | None, stage: str | None, root: Path) -> Told:
    """What another tool's file names; nothing when there is none."""
    if source is None:
        return Told((), ())
    # DVC names what lies beside its lock; MLflow what lies below the folder in which the run was started.
    folder = source.parent if files.kind(source) == "file" and source.suffix != ".json" else root
    return names.below(root, folder, names.told(source, stage))


def name(root: Path, path: Path) -> str:
    """The name of a path below the root, by its text: links are followed when it is read."""
    if "\0" in str(path):
        raise CasemateError("--root", "a name holds a NUL", "name a file")
    found = os.path.relpath(os.path.abspath(path), os.path.abspath(root))  # noqa: PTH100  a link must stay one
    if found == "." or Path(found).parts[0] == "..":
        raise CasemateError(
            str(path), "does not lie below the root", "go to the folder above it, or name that with --root"
        )
    return Path(found).as_posix()


def _made(given: Given) -> tuple[str, ...]:
    made = [name(given.root, path) for path in given.made] or [n.name for n in given.told.made]
    if not made:
        raise CasemateError("--model", "nothing says what the run makes", "name it: --model model.bin")
    return tuple(dict.fromkeys(made))


def _inputs_of(given: Given) -> tuple[tuple[str, str], ...]:
    """(role, name) in the order of the roles. What was named here has the role that it was given here."""
    mine = [(role, name(given.root, path)) for role, paths in given.roles.items() for path in paths]
    known = {found for _, found in mine}
    theirs = [(n.role, n.name) for n in given.told.inputs if n.name not in known]
    return tuple(sorted(dict.fromkeys([*mine, *theirs]), key=lambda i: (p.ROLES.index(i[0]), i[1])))


def _origins(given: Given, known: set[str]) -> dict[str, str]:
    out = {}
    for pair in given.origins:
        path, sign, text = pair.partition("=")
        found = name(given.root, Path(path)) if sign and path else ""
        if found not in known:
            raise CasemateError("--origin", f"is {pair[:80]!r}", "write PATH=TEXT, with the PATH of an input")
        out[found] = _plain("--origin", text)
    return out


def _plain(option: str, text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= 1000:
        raise CasemateError(option, "is no plain text", "write one line of at most 1,000 characters")
    return text


def _time(option: str, text: str | None) -> str | None:
    if text is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII):
        return text
    raise CasemateError(option, f"is {text[:40]!r}", "write the time as 2026-10-02T08:00:00Z")


def _epoch() -> str | None:
    """The time that SOURCE_DATE_EPOCH gives. Without it a statement has no time: the same input, the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    _inputs.day(None)  # refuses what is no time
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
