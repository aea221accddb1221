"""What rules look at: one element with all that is known of it, said or derived. An absent fact is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = dict[str, Any]


class Thing:
    """An element, or a member of one of its lists.

    id        how it is called; None for a member of which only the existence is possible
    about     component, flow, system, reach, party or taint
    facts     by the names of the vocabulary; lists are tuples of Things
    measured  names of the facts that evidence measured
    asks      which (element, property) would settle a fact that is not known here; "" for the member itself
    doubted   names of the derived facts that rest on declarations alone, which evidence could settle
    path      ids on the way here, for members of lists
    """

    __slots__ = ("about", "asks", "doubted", "facts", "id", "kind", "measured", "path")

    def __init__(
        self,
        id: str | None,
        about: str,
        facts: Facts,
        kind: str = "",
        measured: Mapping[str, str] | None = None,
        asks: dict[str, tuple[str, str]] | None = None,
        path: Any = None,
        doubted: frozenset[str] = frozenset(),
    ) -> None:
        self.id = id
        self.about = about
        self.facts = facts
        self.kind = kind
        self.measured: Mapping[str, str] = measured or {}
        self.asks: dict[str, tuple[str, str]] = {} if asks is None else asks
        self.path = path
        self.doubted = doubted

    def __repr__(self) -> str:
        return f"Thing({self.about} {self.id})"

    def way(self) -> tuple[str, ...]:
        """The ids on the way to here, first to last. Paths are linked backwards so that they share their beginnings."""
        out = []
        link = self.path
        while link is not None:
            out.append(link[0])
            link = link[1]
        return tuple(reversed(out))
