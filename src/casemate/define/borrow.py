"""`from:` shares a component of another system file: what that file says of it holds here too.

The digest binds it to that file as somebody read it. When the file has changed since, nothing is taken from it: its
facts are unknown until somebody reads it again and writes the new digest (law 1). Kind and zone are said here as well,
so that the system stays whole without them. What names things or files of the other system is never taken: flows,
rights, who reaches it, its file. Nor is leave to attack it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from casemate.core.errors import CasemateError, Problems, Where, did_you_mean
from casemate.core.yamltree import Map
from casemate.define.places import size
from casemate.define.sources import Found, Sources
from casemate.define.vocabulary import Field, vocabulary

OWN = ("kind", "zone", "name", "means", "from")  # said here; the kind must be the same there
FILES = ("path", "recipe", "signature", "may be attacked")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
Place = Callable[[int], Where]


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A component that another system file describes too. `void`: that file is no longer the one that was read."""

    id: str
    file: str
    component: str
    digest: str
    """The sha256 of that file as it is, in hex."""
    void: bool

    @property
    def note(self) -> str:
        """What to do about it; empty while it holds."""
        if not self.void:
            return ""
        return (
            f"{self.file} has changed, so what it says of {self.component} counts as unknown for {self.id}; "
            f"read what changed, then write `digest: sha256:{self.digest}`"
        )


def borrow(tree: Map, sources: Sources, place: Place) -> tuple[Map, tuple[Borrowed, ...], list[CasemateError]]:
    """The tree with what its components take from other files, what that is, and the errors."""
    take = _Take(sources, place)
    components = tree.get("components")
    if not isinstance(components, Map):
        return tree, (), []
    for cid in [i for i, c in components.items() if _named(c)]:
        try:
            components[cid] = take(cid, components[cid])
        except Problems as e:
            take.errors += e.errors
        except CasemateError as e:
            take.errors.append(e)
    return tree, tuple(take.found), take.errors


def _named(c: object) -> bool:
    said = c.get("from") if isinstance(c, Map) else None
    return isinstance(said, Map) and bool(_word(said, "file"))


def _word(said: Map, key: str) -> str:
    """The text of a key; empty where there is none. What else may stand there the reader of fields complains of."""
    value = said.get(key)
    return value if isinstance(value, str) else ""


class _Take:
    """Reads each other file once, and notes what was taken."""

    def __init__(self, sources: Sources, place: Place) -> None:
        self.sources, self.place = sources, place
        self.found: list[Borrowed] = []
        self.errors: list[CasemateError] = []
        self._read: dict[str, Found | None] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        fields = vocabulary().component
        self._never = {n for n, f in fields.items() if n in (*OWN, *FILES) or _names_things(f)}

    def __call__(self, cid: str, c: Map) -> Map:
        said: Map = c["from"]
        name, here = said["file"], self.place(c.key_at("from"))
        file = self._file(name, self.place(said.value_at("file")))
        if file is None:
            return c  # what is wrong with that file is said once
        tree, digest = file
        wanted = _word(said, "component") or cid
        pinned = _DIGEST.fullmatch(_word(said, "digest"))
        if pinned is None:
            what = f"from does not say which {name[:80]} was read"
            raise CasemateError(here, what, f"read what it says of {wanted}, then write `digest: sha256:{digest}`")
        void = pinned[1] != digest
        self.found.append(Borrowed(cid, name, wanted, digest, void))
        if void:
            return c
        there = self._there(tree, wanted, name, said)
        if (name, wanted) not in self._sizes:
            self._sizes[name, wanted] = size(there)
        self.sources.count(self._sizes[name, wanted], here)  # what is shared is read once for each that shares it
        return self._filled(c, there, name)

    def _file(self, name: str, at: Where) -> Found | None:
        if name not in self._read:
            self._read[name] = None
            tree, digest = self.sources.other(name, at)
            if tree.get("include"):
                todo = f"name the part that holds the component, instead of {name[:80]}"
                raise CasemateError(at, f"{name[:80]} is written in several files", todo)
            self._read[name] = tree, digest
        return self._read[name]

    def _there(self, tree: Map, wanted: str, name: str, said: Map) -> Map:
        known = tree.get("components")
        found = known.get(wanted) if isinstance(known, Map) else None
        if isinstance(found, Map) and found.get("from") is None:
            return found
        at = self.place(said.value_at("component") if "component" in said else said.at)
        if isinstance(found, Map):
            what, todo = f"{wanted} of {name[:80]} is itself taken from another file", "name that one"
        else:
            what = f"{name[:80]} has no component {wanted[:60]!r}"
            todo = did_you_mean(wanted, known if isinstance(known, Map) else ())
        raise CasemateError(at, what, todo)

    def _filled(self, c: Map, there: Map, name: str) -> Map:
        kinds = c.get("kind"), there.get("kind")
        if None not in kinds and kinds[0] != kinds[1]:
            what = f"kind is {str(kinds[0])[:40]}, and {str(kinds[1])[:40]} in {name[:80]}"
            self.errors.append(CasemateError(self.place(c.value_at("kind")), what, "write the same kind in both"))
        out = Map(c)
        out.at, out.marks = c.at, array("q", c.marks)
        for i, (key, value) in enumerate(there.items()):
            if key in self._never or value is None:
                continue
            if key in c:
                what = f"{key} is said here, and taken from {name[:80]}"
                self.errors.append(CasemateError(self.place(c.key_at(key)), what, "leave it out here"))
                continue
            out[key] = value
            out.marks.extend(there.marks[2 * i : 2 * i + 2])
        return out


def _names_things(f: Field) -> bool:
    """Whether a field's values are ids of the file that it stands in."""
    return f.type in ("ref", "refs", "parties") and bool(f.to)
