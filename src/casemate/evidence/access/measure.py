"""`measure: - access: {of: applications, from: [iam.json]}`: who really may write and read, as measured facts.

    writers, readers              whom the exports surely name: ids of the file, or `<trust or unknown>: <account>`
    writers complete, ...         yes where the exports would have shown everybody and nothing in them is in doubt
    mfa                           yes where every way to write is shown to need a second factor

Without `from`, or where it names the component's own path, the file modes on this machine are read. The controls
least-write-access and least-read-access go into a record of their own, of the kind `configuration`: an export shows
how a thing is set up, not that a write was refused. They hold where the exports name just those who are declared.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from casemate import __version__
from casemate.core.digest import of_file
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.access import export, modes
from casemate.evidence.access.compare import Comparison, Side, compare
from casemate.evidence.access.right import Rights, Target, put_together
from casemate.evidence.access.show import lines
from casemate.evidence.bind import MAX_AGE_WITHOUT_BYTES
from casemate.evidence.gap import Gap
from casemate.evidence.statement import ControlResult, Statement
from casemate.evidence.store import digest_now

CONTROLS = {"writers": "least-write-access", "readers": "least-read-access"}
SETTINGS = ("of", "from")
MOST = 1000  # principals of one side kept in a record
SHOWN = 20  # findings kept in a record; `casemate access` tells the rest


def check(task: Task, system: System) -> None:
    """The task must name a component, and exports or a component with a path. Raises CasemateError."""
    asked(task, system)


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """One statement of facts and one of controls. Raises Gap when nothing could be told."""
    name, exports = there(task, system, root)
    c = system.components[name]
    digest = digest_now(system, c, root)
    if digest is None:
        raise Gap(f"{task.at}: the rights on {name} were not measured: {c.path} is not here or cannot be read")
    found = of_component(system, c, root, exports)
    if not any(s.found for s in found.sides) and (found.doubts or not any(s.all_found for s in found.sides)):
        why = next(iter(found.doubts), "the exports name nobody")
        raise Gap(f"{task.at}: the rights on {name} were not measured: {why}")
    return _statements(c, digest, found, _digests(root, exports), today)


def there(task: Task, system: System, root: Path) -> tuple[str, tuple[str, ...]]:
    """The same as `asked`. Raises Gap where a link leads out of the folder of the system file."""
    name, exports = asked(task, system)
    path = system.components[name].path
    for e in exports:
        subject.located(task, root, e, "an export")
    if path is not None:
        subject.located(task, root, path, f"the path of {name}")
    return name, exports


def asked(task: Task, system: System) -> tuple[str, tuple[str, ...]]:
    """The component and the exports of a task."""
    said = dict(task.settings)
    name = said.pop("", None) or said.get("of")
    unknown = [k for k in said if k not in SETTINGS]
    if unknown:
        raise CasemateError(task.at, f"access has no setting {unknown[0][:60]!r}", did_you_mean(unknown[0], SETTINGS))
    c = subject.component(task, system, name, "write `- access: {of: <component>, from: [<file>]}`")
    exports = export.texts(said.get("from"))
    if "from" in said and (not exports or len(exports) != _length(said["from"])):
        raise CasemateError(task.at, "access has a 'from' that is no list of files", "write `from: [iam.json]`")
    for e in exports:
        subject.below(task, e, "an export")
    if c.path is not None:
        subject.below(task, c.path, f"the path of {c.id}")
    if not exports and c.path is None:
        raise CasemateError(task.at, f"{c.id} has no file whose modes could be read", "give `from: [<export>]`")
    return c.id, exports


def _length(value: Any) -> int:
    return 1 if isinstance(value, str) else len(value or ())


def of_component(system: System, c: Component, root: Path, exports: tuple[str, ...]) -> Comparison:
    """What exports, or file modes, say of one component."""
    resource = c.props.get("resource", ())
    own = not exports or (c.path is not None and c.path in exports)
    others = [e for e in exports if e != c.path]
    parts: list[Rights] = [modes.of_path(root, c.path)] if own and c.path else []
    if others:
        docs, doubts = export.load(root, others)
        parts += [export.read(docs, Target(tuple(resource), c.path)), Rights(whole=True, doubts=tuple(doubts))]
    return compare(system, c.id, put_together(parts))


def _digests(root: Path, exports: tuple[str, ...]) -> dict[str, str]:
    found = {e: of_file(root / e) for e in exports if (root / e).is_file()}
    return {e: d for e, d in found.items() if d is not None}


def _statements(c: Component, digest: str, found: Comparison, exports: dict[str, str], today: date) -> list[Statement]:
    facts: dict[str, Any] = dict(found.facts)
    for s in found.sides:
        facts[s.side] = tuple(h.name for h in s.found[:MOST])
        facts[f"{s.side} complete"] = s.all_found and len(s.found) <= MOST
    common: dict[str, Any] = {
        "about": c.id,
        "digest": digest,
        "tool": f"casemate {__version__}",
        "measured": today,
        "valid_until": today + timedelta(days=MAX_AGE_WITHOUT_BYTES),  # rights change and no byte does
        "settings": {"exports": exports} if exports else {},
    }
    said = tuple(lines(found))[:SHOWN]
    out = [Statement(kind="access", facts=facts, findings=said, **common)]
    controls = tuple(ControlResult(CONTROLS[s.side], verified=_least(s)) for s in found.sides if _settled(s))
    return [*out, Statement(kind="configuration", controls=controls, **common)] if controls else out


def _settled(s: Side) -> bool:
    """Whether the control can be judged: the file says who should have access, and the exports who has."""
    return s.declared.said and s.word != "unclear"


def _least(s: Side) -> bool:
    return s.word in ("equal", "fewer")
