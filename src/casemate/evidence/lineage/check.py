"""Whether one input or output is still what a statement says: match, changed, absent, or why it cannot be told.

Only sha256 and dirHash count. Other digests, such as the md5 of DVC and MLflow's digest of some rows, do not: two data
sets can be made that share them, or share them from the beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.lineage.prints import Known, Print, State, Unseen, dir_hash, inside, taken, unlisted
from casemate.evidence.lineage.provenance import MANIFEST, Resource
from casemate.evidence.lineage.report import Item
from casemate.evidence.sign.tree import shown

MAX_MANIFEST = 400_000_000  # bytes: a million names of 300 characters
SHOWN = 3  # names of files that a reason gives


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a statement gives beside the digest of a folder: all its files, or the manifest that lists them."""

    covers: frozenset[str] = frozenset()
    files: Mapping[str, str] | None = None
    manifest: str | None = None


def items(root: Path, things: Iterable[Resource], known: Known) -> tuple[Item, ...]:
    """All of them but those that a folder among them covers, in their order. known: what was digested before."""
    listed = tuple(things)
    inner = _inner(listed)
    covered = {(name, of) for of, found in inner.items() for name in found.covers}
    open_ = [r for r in listed if (r.name, r.within) not in covered]
    return tuple(_item(root, r, inner.get(r.name, _Listing()), known) for r in open_)


def _inner(things: tuple[Resource, ...]) -> dict[str, _Listing]:
    by_folder: dict[str, list[Resource]] = {r.name: [] for r in things if "dirHash" in r.digest}
    digests = {r.name: r.digest["dirHash"] for r in things if "dirHash" in r.digest}
    for r in things:
        if r.within in by_folder and r.name != r.within:
            by_folder[r.within].append(r)
    return {name: _listing(name, digests[name], found) for name, found in by_folder.items() if found}


def _listing(folder: str, digest: str, inside: list[Resource]) -> _Listing:
    """Only a listing that gives the folder's own digest speaks for it; what else is listed is checked by itself."""
    for r in inside:
        if r.role == MANIFEST and r.digest.get("sha256") == digest:
            return _Listing(frozenset({r.name}), None, r.name)
    found = {r.name.removeprefix(f"{folder}/"): r.digest.get("sha256", "") for r in inside}
    if dir_hash(found) != digest:
        return _Listing()
    return _Listing(frozenset(r.name for r in inside), found)


def _item(root: Path, r: Resource, listed: _Listing, known: Known) -> Item:
    state, why, found = _state(root, r, listed, known)
    if state is State.MATCH and r.changed:
        state, why = State.MEANWHILE, "what the run read is not on record"
    if state is State.MATCH and r.untouched:
        state, why = State.UNTOUCHED, "the run did not write it"
    return Item(r.role, r.name, state, why, found, r.origin, r.checked)


def _state(root: Path, r: Resource, listed: _Listing, known: Known) -> tuple[State, str, Print | None]:
    strong = {k: v for k, v in r.digest.items() if k in ("sha256", "dirHash")}
    if not strong:
        given = ", ".join(sorted(r.digest)[:SHOWN]) or "no digest"
        return State.WEAK, f"it has {given} and no sha256, so nothing shows that it is the same", None
    try:
        found = taken(root, r.name, known)
    except Unseen as e:
        return e.state, e.why, None
    same = [k for k, v in strong.items() if found.digest.get(k) == v]
    if len(same) == len(strong):
        return State.MATCH, "", found
    if not found.folder or "dirHash" not in strong:
        return State.CHANGED, "its bytes are others now", found
    then = _manifest(root, listed.manifest, strong["dirHash"]) if listed.manifest else listed.files
    return *_differs(found.files, then), found


def _manifest(root: Path, name: str, digest: str) -> Mapping[str, str] | None:
    """What a manifest lists. Its sha256 is the folder's dirHash; another one is not believed."""
    try:
        data = files.read(inside(root, name), MAX_MANIFEST)
    except (Unseen, CasemateError):
        return None
    return unlisted(data.decode("utf-8", "replace")) if hashlib.sha256(data).hexdigest() == digest else None


def _differs(now: Mapping[str, str], then: Mapping[str, str] | None) -> tuple[State, str]:
    """How a folder differs. Where all that is left is as it was, files are missing and none is wrong."""
    if then is None:
        return State.CHANGED, "its files are others now; which ones is not on record"
    gone = sorted(then.keys() - now.keys())
    new = sorted(now.keys() - then.keys())
    other = sorted(name for name in now.keys() & then.keys() if now[name] != then[name])
    said = [
        f"{len(names)} {word}: {_few(names)}"
        for word, names in (("changed", other), ("new", new), ("missing", gone))
        if names
    ]
    return (State.CHANGED if new or other else State.ABSENT), "; ".join(said)


def _few(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(shown(n) for n in names[:SHOWN]) + rest
