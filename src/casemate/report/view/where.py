"""Places for machines: the file relative to the repository, and the line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import unquote

from casemate.core import sarif
from casemate.prioritize.risk import Risk
from casemate.report.view.rows import place_of
from casemate.validate.assessment import Assessment
from casemate.validate.gate import Reason


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file. `uri`: its address with forward slashes, without the folders of this machine."""

    uri: str
    line: int = 1

    @property
    def file(self) -> str:
        """The name of the file: an address that is not quoted."""
        return unquote(self.uri, errors="replace")


def of_risk(a: Assessment, r: Risk) -> Spot:
    """Where the threatened element stands."""
    return spot(place_of(a, r), a.system.path)


def of_element(a: Assessment, element: str) -> Spot:
    """Where a component, an actor, a zone or a flow stands."""
    section = next((s for s in ("components", "actors", "zones") if element in getattr(a.system, s)), "flows")
    return spot(a.system.line(section, element), a.system.path)


def of_reason(a: Assessment, r: Reason) -> Spot:
    """Where a reason of the gate that names no threat is to be mended: at the component, the decision, the file."""
    if r.element:
        return of_element(a, r.element)
    if r.rule == "baseline" and a.baseline:
        return Spot(address(a.baseline.baseline.path))
    decided = (str(x.decision.at) for x in a.rulings if x.decision.threat in r.what.split())
    return spot(next(decided, a.system.path), a.system.path)


def spot(shown: str, path: str) -> Spot:
    """The spot of `file`, `file:line` or `file:line:column`. path: the system file's, which may hold colons itself."""
    head = path if shown.startswith(path) else shown.partition(":")[0]
    number = shown.removeprefix(head).lstrip(":").partition(":")[0]
    line = int(number) if number.isascii() and number.isdecimal() else 1
    return Spot(address(head), max(1, line))


def address(path: str) -> str:
    """The address of a file: as it was named where that is relative, else its name alone."""
    return sarif.address(path, (), PurePath())
