"""`casemate measure`: runs what the file's `measure:` asks for. A kind is a folder that has a `measure.py`.

The folders of evidence/ are kinds, and so is a room above it that measures (discover, which looks for what the file
does not say). They are found by listing and loaded by name, when a file asks for them.
Such a file gives `check(task, system)`, which raises CasemateError, and `measure(task, system, root, today)`, which
gives statements or raises Gap when the thing cannot be measured.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from casemate.core.errors import CasemateError, did_you_mean, together
from casemate.define.system import System, Task
from casemate.evidence.gap import Ended, Gap, Interrupted
from casemate.evidence.statement import Statement

HERE = Path(__file__).parent
ROOMS = (("casemate.evidence", HERE), ("casemate", HERE.parent))
Measure: TypeAlias = "Callable[[Task, System, Path, date], list[Statement]]"


def kinds() -> list[str]:
    """What can be measured."""
    return sorted(p.parent.name for _, room in ROOMS for p in room.glob("*/measure.py"))


def check(system: System) -> None:
    """Every task must be of a kind that exists and name what that kind can measure. All that do not, at once."""
    together(*(partial(_check, t, system, kinds()) for t in system.measure))


def _check(t: Task, system: System, known: list[str]) -> None:
    if t.kind not in known:
        raise CasemateError(t.at, f"nothing measures {t.kind[:60]!r}", did_you_mean(t.kind, known))
    _member(t.kind).check(t, system)


def _member(kind: str) -> Any:
    package = next(p for p, room in ROOMS if (room / kind / "measure.py").is_file())
    return import_module(f"{package}.{kind}.measure")


def measure(system: System, root: Path, today: date) -> tuple[list[Statement], list[str]]:
    """Run all tasks of a system: what was measured, and why what was not is missing. All errors of tasks at once.

    Raises Interrupted, with what there is until then, when a person ends it.
    """
    check(system)
    gaps: list[Gap] = []
    by_task = together(*(partial(_measured, t, system, root, today, gaps) for t in system.measure))
    found, told = [s for of_task in by_task for s in of_task or ()], [str(gap) for gap in gaps]
    if not _ended(gaps):
        return found, told
    if left := by_task.count(None):
        told.append(f"{left} more of what `measure:` asks for {'was' if left == 1 else 'were'} not begun")
    raise Interrupted(found, told)


def _ended(gaps: list[Gap]) -> bool:
    return any(isinstance(gap, Ended) for gap in gaps)


def _measured(t: Task, system: System, root: Path, today: date, gaps: list[Gap]) -> list[Statement] | None:
    """What one task gave; None when it was not begun."""
    if _ended(gaps):
        return None
    run: Measure = _member(t.kind).measure
    try:
        return run(t, system, root, today)
    except Gap as e:
        gaps.append(e)
        return list(e.found)
    except KeyboardInterrupt:
        gaps.append(Ended(f"{t.at}: {t.kind} was interrupted"))
        return []
