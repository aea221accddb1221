"""`casemate.record(...)`: results of ART, Foolbox, CleverHans or any attack, from a notebook into the evidence.

The caller attacks; we count what the model answered before and after. Nobody here saw the attack: the record is
attested, as when a person types the counts into `casemate record`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from casemate.catalog import load as catalog
from casemate.core.day import day
from casemate.core.errors import CasemateError
from casemate.define.system import System
from casemate.define.whole import from_file
from casemate.evidence.results import said as saying
from casemate.evidence.results.counting import counted
from casemate.evidence.results.named import threats_of
from casemate.evidence.results.said import Counts, Said
from casemate.evidence.statement import Statement


def record(
    subject: str | Path,
    *,
    attack: str,
    by: str,
    on: str | date,
    clean: Any = None,
    adversarial: Any = None,
    labels: Any = None,
    target: Any = None,
    held: int = 0,
    broken: int = 0,
    errored: int = 0,
    skipped: int = 0,
    threat: str | Collection[str] | None = None,
    component: str | None = None,
    unit: str = "row",
    strength: str = "weaker",
    epsilon: float | None = None,
    norm: str | None = None,
    queries: int | None = None,
    notes: Iterable[str] = (),
    system: str | Path = "casemate.yaml",
    write: bool = True,
) -> Statement:
    """Record an attack on a component of a system file; gives the statement that was written beside it.

    subject: the component's id or its file. attack: such as `art.HopSkipJump`; it says which threat is meant, unless
    `threat` does (evasion, membership, extraction, inversion, poisoning, or ids). by, on: who tested, and which day.
    clean, adversarial, labels, target: as for `counting.counted`; without them the counts themselves.
    epsilon, norm, queries: the attack's budget. strength: `equal` only where the attack is as strong as the attacker
    whom you expect, and knows the countermeasures. write: False gives the statement and writes nothing.
    Raises CasemateError; nothing is written then.
    """
    path = Path(system)
    found = _system(path)
    counts = _counts(Counts(held, broken, errored, skipped), clean, adversarial, labels, target)
    test = Said(
        attack=str(attack),
        by=str(by),
        on=_day(on),
        counts=counts,
        threats=threats_of(str(attack), threat, _known(path, found)),
        unit=unit,
        strength=strength,
        notes=tuple(map(str, notes)),
        settings=_budget(epsilon=epsilon, norm=norm, queries=queries, targeted=None if target is None else True),
    )
    c = saying.subject(found, path.parent, str(subject), component)
    made = saying.statement(test, c, saying.digest(found, c, path.parent))
    if write:
        saying.keep(found, path.parent, made)
    return made


def _counts(said: Counts, clean: Any, adversarial: Any, labels: Any, target: Any) -> Counts:
    """As they were given, or counted from what the model answered. Raises CasemateError for both, or half of it."""
    given = [a is not None for a in (clean, adversarial, labels)]
    if not any(given):
        return said
    if not all(given) or said.tried:
        todo = "give clean, adversarial and labels, or the counts alone"
        raise CasemateError("record", "needs all three arrays and no counts beside them", todo)
    return counted(clean, adversarial, labels, target)


def _budget(**given: Any) -> dict[str, Any]:
    return {k: _plain(k, v) for k, v in given.items() if v is not None}


def _system(path: Path) -> System:
    fines, _ = catalog.fines()
    return from_file(path, {"fines": tuple(fines)}, {f.id: f.currency for f in fines.values()})


def _known(path: Path, found: System) -> frozenset[str]:
    """The ids of all threats, those in the folders of the system file too."""
    return frozenset(str(t.tree["id"]) for t in catalog.threats([path.parent / name for name in found.catalog]))


def _day(on: str | date) -> date:
    found = on if isinstance(on, date) else day(str(on))
    if found is None:
        raise CasemateError("record", f"on is {str(on)[:40]!r}", "write the day as 2026-10-02")
    return date(found.year, found.month, found.day)  # a moment is the day that it is of


def _plain(name: str, value: Any) -> Any:
    """A number of the budget as JSON has it: numpy's are none."""
    if isinstance(value, (bool, str)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not abs(number) <= saying.MOST:
        raise CasemateError("record", f"{name} is {str(value)[:40]!r}", "give a number")
    return int(number) if number.is_integer() else number
