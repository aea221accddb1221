"""What the bits of a file or folder allow, its access control list included. Source: POSIX.1e draft 17, acl(5).

The owner may change the bits, and so grants. Who may write to a folder may replace what lies in it, unless its sticky
bit keeps that to the owners. Setgid decides whose group a new file gets, not who may do what. root is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from casemate.evidence.access.right import Right

READ, WRITE, ENTER = 4, 2, 1
OTHER = "other"
"""Everybody who has an account on the machine."""


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder. `named` holds the further entries of its list as (user or group, name, bits)."""

    path: str
    at: str
    owner: str
    group: str
    bits: tuple[int, int, int]
    folder: bool = False
    sticky: bool = False
    named: tuple[tuple[str, str, int], ...] = ()
    mask: int = 7
    """The most that anybody but the owner and the others gets."""


def rights(nodes: Iterable[Node]) -> Iterator[Right]:
    """The rights on all of them, once for each principal: the first place stands for all."""
    found = list(nodes)
    holding = {str(PurePosixPath(n.path).parent) for n in found}
    seen: set[tuple[str, str]] = set()
    for n in found:
        for who, bits in _classes(n):
            for may in _may(n, bits, n.path in holding):
                if (who, may) not in seen:
                    seen.add((who, may))
                    yield Right(
                        who,
                        may,
                        n.at,
                        n.path,
                        note="only new files: the sticky bit keeps the others" * _held(n, who, may),
                    )
        if (f"user:{n.owner}", "grant") not in seen:
            seen.add((f"user:{n.owner}", "grant"))
            yield Right(f"user:{n.owner}", "grant", n.at, n.path, note="owns it")


def _classes(n: Node) -> Iterator[tuple[str, int]]:
    yield f"user:{n.owner}", n.bits[0]
    yield f"group:{n.group}", n.bits[1] & n.mask
    for kind, name, bits in n.named:
        yield f"{kind}:{name}", bits & n.mask
    yield OTHER, n.bits[2]


def _may(n: Node, bits: int, shows: bool) -> Iterator[str]:
    """shows: what lies in the folder is listed itself, so that its own bits say who may read it."""
    if not n.folder:
        if bits & READ:
            yield "read"
        if bits & WRITE:
            yield "write"
        return
    if bits & READ and bits & ENTER and not shows:
        yield "read"
    if bits & WRITE and bits & ENTER:
        yield "write"


def _held(n: Node, who: str, may: str) -> bool:
    return n.folder and n.sticky and may == "write" and who != f"user:{n.owner}"
