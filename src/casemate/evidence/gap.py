"""A measurement that could not be taken. Not an error of the file: the thing stays unknown, and the report says so."""

from __future__ import annotations

from collections.abc import Iterable

from casemate.evidence.statement import Statement


class Gap(Exception):
    """Why nothing was measured, in one line; found: what was learned all the same."""

    def __init__(self, why: str, found: Iterable[Statement] = ()) -> None:
        super().__init__(why)
        self.found = tuple(found)
