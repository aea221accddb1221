"""The records on which a passport rests, and what each of them says, whenever it was measured.

A record that is measured again, of the same bytes and with the same result, says the same; so a monitor that runs every
day and sees nothing voids no passport, and the first alarm does.
"""

from __future__ import annotations

from casemate.core.digest import of_value
from casemate.evidence.passport.form import Grounds
from casemate.evidence.statement import Statement
from casemate.validate.assessment import Assessment
from casemate.validate.signoff.binds import plain


def grounds(a: Assessment) -> tuple[Grounds, ...]:
    """The records that count today, by element, kind and id."""
    found = [
        Grounds(r.statement.id, r.element, r.statement.kind, says(r.statement))
        for of_element in a.risks.parts.records.values()
        for r in of_element
        if r.usable
    ]
    return tuple(sorted(found, key=lambda g: (g.element, g.kind, g.id)))


def says(s: Statement) -> str:
    """The sha256 in hex of what a record says of which bytes, without its day, its coverage and the tool's version."""
    tool = s.tool.rpartition(" ")[0]
    return of_value([s.kind, s.digest, tool, *(plain(x) for x in (s.facts, s.trials, s.controls))])
