"""The file while it is being built into a System: what was read, the ids so far, and every error so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casemate.core.errors import did_you_mean
from casemate.core.yamltree import Map
from casemate.define import system as s
from casemate.define.places import FILE, Places
from casemate.define.read import Reader
from casemate.define.sources import Sources
from casemate.define.vocabulary import vocabulary

SYSTEM = "system"
"""How rules call the system itself, as in `lineage-gap@system`; nothing else may have this id."""


class Draft:
    """tree: the file as it stands; doc: its values as read; ids: of what, and in which section, there was until now."""

    def __init__(
        self,
        tree: Map,
        path: str,
        words: Mapping[str, tuple[str, ...]],
        currencies: Mapping[str, str],
        sources: Sources | None = None,
    ) -> None:
        self.tree, self.currencies = tree, currencies
        self.alone = sources is None
        self.names = tuple(sources.names) if sources else ()
        self.read = Reader(path, words, sources.paths[1:] if sources else ())
        self.doc = self.read.fields(vocabulary().file, tree, "the file")
        self.ids: dict[str, str] = {}
        self.unread = {i for name in ("zones", "actors", "components") for i in self.left_out(name)}

    def left_out(self, section: str) -> Iterable[str]:
        """Ids whose entries could not be read; whoever refers to them does no second wrong."""
        written = self.tree.get(section)
        return written.keys() - self.doc.get(section, {}).keys() if isinstance(written, Map) else ()

    def wrong(self, mark: int, what: str, todo: str) -> None:
        """Note an error at a mark."""
        self.read.wrong(mark, what, todo)

    def mark(self, *keys: str) -> int:
        """Where something stands."""
        return Places(self.tree, {}).mark(keys)

    def once(self, ids: Iterable[str], section: str) -> None:
        """Take these ids as those of a section; each may be taken once."""
        for i in ids:
            if i in self.ids:
                mark = self.mark(section, i)
                what = f"{i!r} is the id of something in {self.ids[i]} already"
                what += self.elsewhere(self.mark(self.ids[i], i), mark)
                self.wrong(mark, what, "give every actor and component an id of its own")
            if i == SYSTEM:
                self.wrong(self.mark(section, i), f"{i!r} means the system itself", "choose another id")
            self.ids.setdefault(i, section)

    def elsewhere(self, first: int, second: int) -> str:
        """Where the first of two things is, when it stands in another file than the second."""
        return "" if first >> FILE == second >> FILE else f", at {self.read.at(first)}"

    def known(self, ref: str, among: Iterable[str], mark: int, of: str) -> bool:
        """Whether a name is of something that there is; notes the error when it is not."""
        among = among if isinstance(among, (dict, set, frozenset)) else set(among)
        if ref in among:
            return True
        if ref in self.unread:
            return False
        self.wrong(mark, f"{of} names {ref[:60]!r}, which does not exist", did_you_mean(ref, among))
        return False

    def claims(self, said: Mapping[str, Any], *keys: str) -> dict[str, s.Claim]:
        """Controls that the file says are there."""
        return {k: self.claim(k, v, self.mark(*keys, k)) for k, v in said.items()}

    def claim(self, id: str, said: Mapping[str, Any], mark: int) -> s.Claim:
        """One of them."""
        at = self.read.at(mark)
        return s.Claim(id, said.get("since"), said.get("by"), said.get("attested by"), said.get("attested on"), at)
