"""What an export says: a right of a principal on a thing, where it stands, and whether it is sure.

read    may read what the thing holds     write   may change it     grant   may give rights on it, to themselves too

A right is unsure when it hangs on a condition that we cannot judge. Nothing is ever left out for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casemate.core.trust import Trust

MAY = ("read", "write", "grant")
ANYONE = "anyone"
"""The principal that an export calls `*`, `allUsers` or the like: nobody is asked who they are."""


@dataclass(frozen=True, slots=True)
class Right:
    """One principal may do one thing. `trust` is given only where the principal is a crowd, such as anyone at all."""

    who: str
    may: str
    at: str
    on: str = ""
    sure: bool = True
    note: str = ""
    trust: Trust | None = None
    mfa: bool = False
    """Whether the right is shown to need a second factor."""


@dataclass(frozen=True, slots=True)
class Rights:
    """All that some exports say of one thing."""

    rights: tuple[Right, ...] = ()
    whole: bool = False
    """Whether these exports would show everybody who has a right there."""
    doubts: tuple[str, ...] = ()
    """What could not be told, each with its place. While there is any, nobody knows that there is nobody else."""
    lacks: tuple[str, ...] = ()
    """Why they are not whole: what one would have to export too."""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What the rights are on: how exports call it, and its path beside the system file."""

    names: tuple[str, ...] = ()
    path: str | None = None

    def of(self, *prefixes: str) -> tuple[str, ...]:
        """Its names that begin with one of these."""
        return tuple(n for n in self.names if n.startswith(prefixes))


def put_together(parts: Iterable[Rights]) -> Rights:
    """The rights of several sources. They are whole only when each of them is."""
    found = list(parts)
    rights = dict.fromkeys(r for p in found for r in p.rights)
    facts = {k: v for p in found for k, v in p.facts.items()}
    return Rights(
        tuple(sorted(rights, key=_order)),
        bool(found) and all(p.whole for p in found),
        tuple(sorted({d for p in found for d in p.doubts})),
        tuple(sorted({x for p in found for x in p.lacks})),
        facts,
    )


def _order(r: Right) -> tuple[Any, ...]:
    return (r.who, MAY.index(r.may), not r.sure, r.at, r.on, r.note, r.mfa)
