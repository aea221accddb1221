"""What a person says of a test that they made: checked, bound to a component, kept beside the system file.

Such a record is attested, signed or not: a named person and a date. It can raise a risk, and lowers only the claimed.
Every record is a file of its own, named by its content and written in one step: nothing is half-written, two processes
at once lose nothing, and the same record twice is one. No record replaces another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core import files
from casemate.core.digest import of_value
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System
from casemate.evidence.bind import IMPORTED, MAX_AGE
from casemate.evidence.read import statements
from casemate.evidence.statement import ControlResult, Statement, Trial, to_json
from casemate.evidence.store import digest_now

UNITS = ("row", "query", "campaign", "build")
STRENGTHS = ("weaker", "equal")
MOST = 10**9  # tries by one person
LONGEST = 200  # characters of a name or a note
NOTES = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How tries ended. What could not be scored is errored, what was not tried is skipped; neither is held."""

    held: int = 0
    broken: int = 0
    errored: int = 0
    skipped: int = 0

    @property
    def tried(self) -> int:
        """All of them."""
        return self.held + self.broken + self.errored + self.skipped


@dataclass(frozen=True, slots=True)
class Said:
    """A test as a person tells it. threats: ids of the catalogue that its tries speak of."""

    attack: str
    by: str
    on: date
    counts: Counts
    threats: tuple[str, ...]
    unit: str = "row"
    strength: str = "weaker"
    notes: tuple[str, ...] = ()
    control: str | None = None
    naive: Counts | None = None
    """With the control on, by somebody unaware of it."""
    adaptive: Counts | None = None
    """With the control on, by somebody who knows it."""
    settings: Mapping[str, Any] = field(default_factory=dict)


def statement(said: Said, c: Component, digest: str) -> Statement:
    """The record of a test on a component. Raises CasemateError when something that was said cannot be."""
    check(said)
    unit, strength = said.unit, said.strength
    return Statement(
        kind="record",
        about=c.id,
        digest=digest,
        tool=f"{said.attack} by {said.by}, {said.on} through casemate {__version__}",
        measured=said.on,
        valid_until=said.on + timedelta(days=MAX_AGE),
        trials=tuple(_trial(t, unit, said.counts, strength) for t in said.threats) if said.counts.tried else (),
        controls=_controls(said),
        coverage={"scored": said.counts.held + said.counts.broken},
        settings={**said.settings, "attack": said.attack, "by": said.by, IMPORTED: True},
        findings=said.notes,
    )


def _trial(threat: str, unit: str, n: Counts, strength: str) -> Trial:
    return Trial(threat, unit, n.tried, n.broken, n.held, n.errored, n.skipped, strength)


def _controls(said: Said) -> tuple[ControlResult, ...]:
    if said.control is None:
        return ()
    pairs = {"naive": said.naive, "adaptive": said.adaptive}
    return tuple(
        ControlResult(
            said.control, t, None, **{k: _trial(t, said.unit, n, said.strength) for k, n in pairs.items() if n}
        )
        for t in said.threats
    )


def check(said: Said) -> None:
    """Everything that was said must be plain and possible. Raises CasemateError."""
    for what, text in (("attack", said.attack), ("by", said.by), *(("note", n) for n in said.notes)):
        if not text.isprintable() or not text.strip() or len(text) > LONGEST:
            raise CasemateError(
                "record", f"the {what} is no plain text", f"write one line of at most {LONGEST} characters"
            )
    for what, word, known in (("unit", said.unit, UNITS), ("strength", said.strength, STRENGTHS)):
        if word not in known:
            raise CasemateError("record", f"there is no {what} {word[:40]!r}", did_you_mean(word, known))
    if len(said.notes) > NOTES:
        raise CasemateError("record", f"has more than {NOTES} notes", "say it in fewer")
    every = [n for n in (said.counts, said.naive, said.adaptive) if n is not None]
    for n in every:
        if any(type(v) is not int or not 0 <= v <= MOST for v in (n.held, n.broken, n.errored, n.skipped)):
            raise CasemateError("record", "has a count that is no number of tries", f"give whole numbers up to {MOST}")
    if not any(n.tried for n in every):
        raise CasemateError("record", "says of no try how it ended", "give held, broken, errored or skipped")
    if (said.naive or said.adaptive) and said.control is None:
        raise CasemateError("record", "has a result of a control and names none", "name the control")
    if said.control is not None and not (said.naive or said.adaptive):
        raise CasemateError("record", f"names {said.control[:60]} and says not how it did", "give its adaptive result")


def subject(system: System, root: Path, name: str, component: str | None = None) -> Component:
    """The component that a name means: its id, or its file as seen from here or from the system file.

    component: which one, where several have the same file. Raises CasemateError.
    """
    known = system.components
    if component is not None and component not in known:
        raise CasemateError("record", f"there is no component {component[:60]!r}", did_you_mean(component, known))
    if component is not None:
        return _named(known[component], root, name)
    if name in known:
        return known[name]
    found = [c for c in known.values() if _is_file(c, root, name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(c.id for c in found)
        raise CasemateError("record", f"{name[:80]} is the file of {len(found)} components", f"choose one of {ids}")
    said = [*known, *(c.path for c in known.values() if c.path)]
    raise CasemateError("record", f"{name[:80]!r} is no component and no file of one", did_you_mean(name, said))


def _named(c: Component, root: Path, name: str) -> Component:
    if name == c.id or _is_file(c, root, name):
        return c
    raise CasemateError("record", f"{name[:80]!r} is not the file of {c.id}", f"its file is {c.path or 'not named'}")


def _is_file(c: Component, root: Path, name: str) -> bool:
    if c.path is None or "\0" in name:
        return False
    try:
        return (root / c.path).resolve() in (Path(name).resolve(), (root / name).resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def digest(system: System, c: Component, root: Path) -> str:
    """What stands for the component now. Raises CasemateError when it cannot be read."""
    found = digest_now(system, c, root)
    if found is None:
        raise CasemateError(str(root / (c.path or "")), "cannot be read, so nothing can be bound to it", "put it there")
    return found


def keep(system: System, root: Path, s: Statement) -> Path:
    """Write the record as a file of its own; where it is. A signed record has another name than the bare one."""
    text = s.sealed or json.dumps(to_json(s), sort_keys=True, ensure_ascii=False, allow_nan=False)
    statements(text, "record")  # what the store would refuse is not written
    name = f"record-{of_value(to_json(s))[:24]}{'.signed' if s.sealed else ''}.jsonl"
    path = root / system.evidence / name
    files.write(path, text + "\n")
    return path
