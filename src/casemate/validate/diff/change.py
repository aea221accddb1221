"""One change of what went in: a fact, a flow, a piece of evidence, a rule, the policy. In words, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casemate.core.money import Interval
from casemate.define.borrow import Borrowed
from casemate.define.system import Allowance, Parties, Plan, Task

UNSAID = "not said"
LONGEST = 120  # characters of one value; a purpose may be a page
SECTIONS = (
    "components", "claims", "flows", "zones", "actors", "access", "harms", "attempts", "decisions", "system",
    "evidence", "threats", "controls", "policy",
)  # fmt: skip
"""Where a change can be, in the order in which changes are told."""

ONE = {
    "components": "component", "flows": "flow", "zones": "zone", "actors": "actor", "access": "the rights of",
    "harms": "harm", "threats": "threat", "controls": "control",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What is other than before. `before` and `after` are words; None where the thing itself is not there."""

    section: str
    element: str
    field: str = ""
    before: str | None = None
    after: str | None = None
    at: str = ""
    """`casemate.yaml:12`, in the new file; of what is gone in the old one."""

    @property
    def id(self) -> str:
        """`format@model-file`, `flows:a->b`: from what it is about, never from its position."""
        return f"{self.field}@{self.element}" if self.section == "components" and self.field else self._whole

    @property
    def _whole(self) -> str:
        return f"{self.section}:{self.element}{'/' if self.element and self.field else ''}{self.field}"

    @property
    def said(self) -> str:
        """One sentence without its end."""
        if self.before is None or self.after is None:
            what = self.before if self.after is None else self.after
            return f"{self._named} is {'gone' if self.after is None else 'new'}{f': {what}' if what else ''}"
        if self.section == "evidence" or not self.before + self.after:
            return f"{self._named}{f': {self.after}' if self.after else ' is another'}"
        return f"{self._named}: {self.before} → {self.after}"

    @property
    def _named(self) -> str:
        if self.section == "evidence":
            return f"{self.field} evidence of {self.element}"
        if self.section == "claims":
            return f"control {self.field} claimed at {self.element}"
        if self.section in ("attempts", "policy"):
            return f"{self.section}, {self.field}"
        if self.section in ("system", "decisions"):
            return f"{self.field} of the file" if self.section == "system" else f"decision on {self.element}"
        name = self.element if self.section == "components" and self.field else f"{ONE[self.section]} {self.element}"
        return f"{self.field} of {name}" if self.field else name


def told(value: Any) -> str:
    """A value as people say it, on one line."""
    text = _told(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _told(value: Any) -> str:
    if value is None:
        return UNSAID
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Parties):
        who = ", ".join(value.who)
        return (
            (f"{who} and nobody else" if who else "nobody") if value.complete else f"{who or 'nobody named'} at least"
        )
    if isinstance(value, Interval):
        return f"{value.low:g} to {value.high:g}" if value.low != value.high else f"{value.low:g}"
    if isinstance(value, Plan | Task | Allowance | Borrowed):
        return _entry(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_told(v)}".strip() for k, v in value.items()) or "nothing"
    if isinstance(value, tuple | list | frozenset):
        words = [_told(v) for v in value]
        return ", ".join(sorted(words) if isinstance(value, frozenset) else words) or "nothing"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(str(value).split())


def _entry(value: Plan | Task | Allowance | Borrowed) -> str:
    """An entry of a list of the file."""
    if isinstance(value, Plan):
        said = (("budget", value.budget), ("a day", value.cost_per_day))
        return ", ".join(f"{word} {v:g}" for word, v in said if v is not None) or UNSAID
    if isinstance(value, Task):
        return f"{value.kind} {_told(value.settings)}"
    if isinstance(value, Allowance):
        return f"{value.shown} until {value.until} by {value.by}"
    return f"{value.id} of {value.file} at {value.digest[:12]}{' (void)' if value.void else ''}"
