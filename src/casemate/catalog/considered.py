"""Why a cell of STRIDE by kind holds no threat (`considered.yaml`): so that nothing is empty by oversight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from casemate.catalog.load import HERE, tree_of

Cell = tuple[str, str]
"""(word of STRIDE, kind of component, or `flow`, or `system`)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no threat. `gap`: there could be one, and it is not written yet."""

    because: str
    gap: bool


@cache
def considered() -> Mapping[Cell, Reason]:
    """The reason for every cell that somebody thought about; the first entry of a kind counts."""
    found: dict[Cell, Reason] = {}
    for word, entries in tree_of(HERE / "considered.yaml").items():
        for entry in entries:
            for kind in entry["kinds"]:
                found.setdefault((word, kind), Reason(entry["because"], entry.get("gap") == "yes"))
    return found
