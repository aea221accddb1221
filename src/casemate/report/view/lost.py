"""Evidence that no longer counts, in a few lines: what it was, of what, why, what to do."""

from __future__ import annotations

from casemate.validate.assessment import Assessment
from casemate.validate.due import lost

HEADING = "Evidence that no longer counts"
MOST = 5


def lines(a: Assessment) -> tuple[str, ...]:
    """One for each kind of evidence of an element, and how many more there are; nothing where all counts."""
    found = [f"{x.kind} of {x.element}: {x.why}; {x.todo}" for x in lost(a)]
    more = len(found) - MOST
    told = found if more <= 0 else [*found[:MOST], f"… and {more} more; `casemate review` names them"]
    return tuple(told)
