"""The rows of a request: which are let through, how the application sees them, and where their scores belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from casemate.guards._guard import Guard, Passage, enter
from casemate.guards._schema import Coded, Column, Schema
from casemate.guards._spec import named
from casemate.guards.asgi.document import Unreadable
from casemate.guards.asgi.scores import scores

Refuse = Literal["all", "row"]
MOST_COLUMNS = 10_000
"""Without a schema."""


class RowsRefused(Exception):
    """No row is answered. why: by place of the row; waits: whether all of it is a quota's doing."""

    def __init__(self, why: Mapping[int, str], waits: bool) -> None:
        self.why, self.waits = dict(sorted(why.items())), waits
        super().__init__("refused")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as they came, and what became of them."""

    found: list[Any]
    one: bool
    """Whether it came as one row, not as a list of rows."""
    schema: Schema | None
    coded: Coded
    passage: Passage
    let: NDArray[np.intp]
    """The places of the rows that every guard let through, shape (k,)."""

    def shown(self) -> Any:
        """The rows that were let through, with the numbers that guards changed, in the form in which they came."""
        before, after = self.coded.rows[self.let], self.passage.rows
        differs = (after != before) & ~(np.isnan(after) & np.isnan(before))
        if self.schema is not None:
            differs[:, [c.words is not None for c in self.schema.columns]] = False
        out = [self.found[i] for i in self.let]
        for i in np.flatnonzero(differs.any(axis=1)):
            out[i] = self._with(out[i], {int(j): float(after[i, j]) for j in np.flatnonzero(differs[i])})
        return out[0] if self.one else out

    def _with(self, row: Any, changes: Mapping[int, float]) -> Any:
        other = row.copy()
        for j, value in changes.items():
            other[self.schema.names[j] if self.schema is not None and self.schema.named else j] = value
        return other

    def guarded(self, value: Any) -> Any:
        """The application's scores as the guards let them out, null for refused rows. Raises Unreadable."""
        before, write = scores(value, len(self.let), self.one)
        after = write(self.passage.out(before))
        if len(self.let) == len(self.found):
            return after
        out: list[Any] = [None] * len(self.found)
        for place, score in zip(self.let, after, strict=True):
            out[place] = score
        return out


def rows_of(value: Any, schema: Schema | None, most: int, guards: Sequence[Guard], client: str, refuse: Refuse) -> Rows:
    """Show the rows of a request to guards. Raises Unreadable for none or too many, RowsRefused."""
    one = not _is_many(value, named=schema is not None and schema.named)
    found = [value] if one else value
    if not 0 < len(found) <= most:
        raise Unreadable(f"give 1 to {most} rows")
    coded = _coded(found, schema)
    why = {i: w for i, w in enumerate(coded.wrong) if w}
    places = np.array([i for i in range(len(found)) if i not in why], dtype=np.intp)
    if why and (refuse == "all" or not len(places)):
        raise RowsRefused(why, waits=False)
    passage = enter(guards, coded.rows[places], client)
    by = passage.by[~passage.let]
    waits = not why and all(hasattr(guards[g], "renew") for g in by)
    why |= {int(p): named(guards[g]) for p, g in zip(places[~passage.let], by, strict=True)}
    if why and (refuse == "all" or not passage.let.any()):
        raise RowsRefused(why, waits)
    return Rows(found, one, schema, coded, passage, places[passage.let])


def _is_many(value: Any, named: bool) -> bool:
    """Whether there are many rows, or one: an object by name, or a list of values."""
    return isinstance(value, list) and (named or not value or isinstance(value[0], list))


def _coded(found: list[Any], schema: Schema | None) -> Coded:
    """Rows as guards see them. Without a schema, numbers of the length that the first row has."""
    width = min(len(found[0]), MOST_COLUMNS) if isinstance(found[0], list) else 0
    plain = Schema(tuple(Column(f"column {i + 1}") for i in range(width)), named=False)
    return (schema or plain).records(found)
