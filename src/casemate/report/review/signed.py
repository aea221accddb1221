"""The record of sign-offs as it was checked: who stands for this assessment, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from casemate.report.view.paper import Paper
from casemate.report.view.words import joined, spelled
from casemate.validate.assessment import Assessment
from casemate.validate.signoff import Chain, Standing


@dataclass(frozen=True, slots=True)
class Checked:
    """roles: those that the policy requires, else those in which somebody signed. wrong: what breaks the record."""

    of: Assessment
    chain: Chain
    roles: tuple[Standing, ...]
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the record is whole and each of the roles stands for the assessment as it is."""
        return bool(self.roles) and not self.wrong and all(s.state == "signed" for s in self.roles)

    @property
    def several(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Who stands for several roles, and for which: one pair of eyes."""
        by: dict[str, tuple[str, ...]] = {}
        for s in self.roles:
            if s.entry is not None and s.state == "signed":
                by[s.entry.by] = (*by.get(s.entry.by, ()), s.role)
        return tuple((name, roles) for name, roles in sorted(by.items()) if len(roles) > 1)


def write(c: Checked, paper: Paper) -> None:
    """For a terminal of 80 columns."""
    paper.title(c.of.system.name, f"{spelled(len(c.chain.entries), 'sign-off')}, head {c.chain.head}")
    for text, tone in _lines(c):
        paper.prose(text, tone)


def _lines(c: Checked) -> Iterator[tuple[str, str]]:
    yield from ((f"✗ {line}", "fail") for line in c.wrong)
    for s in () if c.chain.broken else c.roles:
        good = s.state == "signed"
        yield (
            f"{'✓' if good else '✗'} {s.says}{'' if good or not s.todo else f'; {s.todo}'}",
            "pass" if good else "fail",
        )
        if s.entry is not None and good:
            yield f"  {s.entry.note}", "dim"
    if not c.roles:
        yield "✗ nobody has signed yet", "fail"
    yield from ((f"{by} stands for {joined(roles)}: one pair of eyes", "warn") for by, roles in c.several)


def as_json(c: Checked) -> str:
    """One JSON object, ending in a line break. The day makes it depend on the day of the assessment."""
    doc = {
        "version": 1, "system": c.of.system.name, "today": c.of.today.isoformat(), "holds": c.holds,
        "required": list(c.of.policy.sign_off), "separate roles": c.of.policy.separate_roles,
        "head": c.chain.head, "entries": len(c.chain.entries), "broken": list(c.wrong),
        "roles": [_role(s) for s in c.roles],
        "several roles": [{"by": by, "roles": list(roles)} for by, roles in c.several],
    }  # fmt: skip
    return json.dumps(doc, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _role(s: Standing) -> dict[str, Any]:
    e = s.entry
    said = {"role": s.role, "state": s.state, "says": s.says, "todo": s.todo or None, "changed": list(s.changed)}
    if e is None:
        return {**said, "by": None}
    return {
        **said, "by": e.by, "on": e.on.isoformat(), "note": e.note, "entry": e.number, "assessment": e.assessment,
        "key": e.key or None,
    }  # fmt: skip
