"""Digests of what a passport names: of the bytes of files, never of what they mean. Nothing here can make us wait."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.passport.form import SIGN_OFFS, Thing
from casemate.evidence.sign import tree
from casemate.evidence.sign.tree import How, Unreadable, shown

MAX_SIGN_OFFS = 64_000_000  # bytes


def of_path(path: Path, name: str, kind: str = "") -> Thing:
    """The file or folder as it is now, under this name. Raises Unreadable.

    Equal to the digest that evidence binds to. A folder must hold files, or links to files, and nothing else.
    """
    found = tree.listing(path)
    if found.files == (".",):
        return Thing(name, tree.digests(path, (".",))["."], False, kind)
    lost = [n for n in found.links if not tree.leads_to_file(path, n)]
    if found.others or lost or not (found.files or found.links):
        odd = (*found.others, *lost)
        raise Unreadable(f"{shown(odd[0])}: it is neither a file nor a link to one" if odd else "it holds no file")
    names = sorted((*found.files, *found.links), key=tree.parts)
    return Thing(name, tree.identity(tree.digests(path, names, How(follow=True))), True, kind)


def of_evidence(folder: Path) -> tuple[Thing, ...]:
    """The files of evidence in a folder, by name; none where there is no folder. Raises Unreadable."""
    if files.kind(folder) is None:
        return ()
    try:
        found = sorted(p.name for p in folder.glob("*.jsonl"))
    except OSError as e:
        raise Unreadable(str(e.strerror)) from None
    return tuple(of_path(folder / name, name) for name in found)


def of_sign_offs(root: Path) -> tuple[str, ...]:
    """sha256 of each line of the sign-offs beside a system file; none where there are none. Raises Unreadable."""
    path = root / SIGN_OFFS
    if files.kind(path) is None:
        return ()
    try:
        data = files.read(path, MAX_SIGN_OFFS + 1)
    except CasemateError as e:
        raise Unreadable(e.what) from None
    if len(data) > MAX_SIGN_OFFS:
        raise Unreadable("it is larger than 64 MB")
    return tuple(hashlib.sha256(line).hexdigest() for line in data.splitlines(keepends=True))


def differing(root: Path, things: Iterable[Thing]) -> list[str]:
    """The names of those that are not as they were, in their order; what cannot be read is none of them."""
    return [t.name for t in things if not _same(root, t)]


def _same(root: Path, t: Thing) -> bool:
    try:
        return of_path(root / t.name, t.name, t.kind) == t
    except Unreadable:
        return False
