"""Why rows got no answer."""

from __future__ import annotations

from collections.abc import Mapping

from casemate.core.errors import CasemateError

MOST = 5


class RefusedRows(CasemateError):
    """Rows that no answer was given for. What the others used up of a quota stays used."""

    def __init__(self, why: Mapping[int, str]) -> None:
        self.why = dict(why)
        """By place of the row, from 0: the guard that refused it, or what is wrong with it."""
        some = "; ".join(f"row {i}: {w}" for i, w in list(self.why.items())[:MOST])
        more = f"; and {len(self.why) - MOST} more" if len(self.why) > MOST else ""
        super().__init__("rows", f"refused: {some}{more}", "leave them out, or ask with refuse='mask'")

    def __reduce__(self) -> tuple[type[RefusedRows], tuple[dict[int, str]]]:
        return RefusedRows, (self.why,)
