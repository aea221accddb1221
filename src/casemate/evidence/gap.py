"""A measurement that could not be taken. Not an error of the file: the thing stays unknown, and the report says so."""

from __future__ import annotations

from collections.abc import Iterable

from casemate.evidence.statement import Statement


class Gap(Exception):
    """Why nothing was measured, in one line; found: what was learned all the same."""

    def __init__(self, why: str, found: Iterable[Statement] = ()) -> None:
        super().__init__(why)
        self.found = tuple(found)


class Ended(Gap):
    """A person ended it; what was learned counts."""


class Interrupted(KeyboardInterrupt):
    """A person ended a run of measurements, and none is begun any more. found, gaps: what it had given until then."""

    def __init__(self, found: Iterable[Statement], gaps: Iterable[str]) -> None:
        super().__init__()
        self.found, self.gaps = list(found), list(gaps)
