"""What a file of ATLAS says before its references are checked, and the rules by which a name or an id is taken.

Upstream is dirty: relations stand in the wrong list, twice, or point nowhere. What can be taken is taken, the rest
becomes a fault with its line. Only a file that is no ATLAS at all is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from casemate.catalog.atlas.edition import MATURITY, Edition, Technique
from casemate.core.errors import CasemateError, Refused
from casemate.core.yamltree import Map, Seq, where

TACTIC = re.compile(r"AML\.TA[0-9]{4}")
TECHNIQUE = re.compile(r"AML\.T[0-9]{4}(?:\.[0-9]{3})?")
MITIGATION = re.compile(r"AML\.M[0-9]{4}")
CASE = re.compile(r"AML\.CS[0-9]{4}")
VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}")
MOST_FAULTS = 1000  # the dirtiest file that MITRE published has four
LONGEST_NAME = 160  # the longest name in 5.6.0 has 62 characters

Target = tuple[str, int]
"""An id that something points to, and where it says so."""


@dataclass(slots=True)
class Draft:
    """Filled while a file is read, in either format; `edition` checks it and gives what holds."""

    path: str
    version: str
    tactics: dict[str, str] = field(default_factory=dict)
    techniques: dict[str, tuple[Technique, int]] = field(default_factory=dict)
    achieves: dict[str, list[Target]] = field(default_factory=dict)
    parents: dict[str, Target] = field(default_factory=dict)
    mitigations: dict[str, str] = field(default_factory=dict)
    mitigates: dict[str, list[Target]] = field(default_factory=dict)
    cases: dict[str, list[Target]] = field(default_factory=dict)
    faults: list[CasemateError] = field(default_factory=list)

    def fault(self, mark: int, what: str, todo: str) -> None:
        """Note what could not be taken as it stands."""
        if len(self.faults) >= MOST_FAULTS:
            raise Refused(self.path, f"has more than {MOST_FAULTS} faults", "check that it is a file of MITRE ATLAS")
        self.faults.append(CasemateError(where(self.path, mark), what, todo))

    def entries(self, tree: Map, key: str) -> list[tuple[Any, int]]:
        """(value, position) of a list; nothing where there is none, and a fault where something else stands."""
        found = tree.get(key)
        if isinstance(found, Seq):
            return list(zip(found, found.marks, strict=True))
        if found is not None:
            self.fault(tree.value_at(key), f"{shown(key)} is {shown(found)} where a list is due", "left out")
        return []

    def nodes(self, tree: Map, key: str) -> list[tuple[Map, int]]:
        """The mappings of a list."""
        found = []
        for node, mark in self.entries(tree, key):
            if isinstance(node, Map):
                found.append((node, mark))
            else:
                self.fault(mark, f"{shown(key)} holds {shown(node)} where a mapping is due", "left out")
        return found

    def keyed(self, tree: Map, key: str) -> list[tuple[str, Map, int]]:
        """(key, mapping, position) of a mapping of mappings, as `nodes`."""
        found, above = [], tree.get(key)
        if above is not None and not isinstance(above, Map):
            self.fault(tree.value_at(key), f"{shown(key)} is {shown(above)} where a mapping is due", "left out")
        for name, node, mark in items(above) if isinstance(above, Map) else ():
            if isinstance(node, Map):
                found.append((name, node, mark))
            else:
                self.fault(mark, f"{shown(name)} is {shown(node)} where a mapping is due", "left out")
        return found

    def id(self, value: Any, form: re.Pattern[str], mark: int) -> str | None:
        """An id of this form, or None with a fault."""
        if isinstance(value, str) and form.fullmatch(value):
            return value
        self.fault(mark, f"the id is {shown(value)}", "left out")
        return None

    def name(self, value: Any, id: str, mark: int) -> str:
        """A printable name on one line; the id itself where there is none."""
        text = value if isinstance(value, str) else ""
        clean = "".join(c for c in " ".join(text.split()) if c.isprintable())[:LONGEST_NAME].strip()
        if not clean:
            self.fault(mark, f"{id} has no name", "its id stands for it")
        elif clean != text:
            self.fault(mark, f"the name of {id} holds characters that no name needs", "they are left out")
        return clean or id

    def maturity(self, value: Any, id: str, mark: int) -> str | None:
        """One of the three words, in any case."""
        word = value.lower() if isinstance(value, str) else None
        if word in MATURITY:
            return word
        self.fault(mark, f"the maturity of {id} is {shown(value)}", f"taken as unknown; it is {', '.join(MATURITY)}")
        return None

    def technique(self, id: str, name: str, maturity: str | None, mark: int) -> None:
        """Add a technique; the first of an id wins."""
        if id in self.techniques:
            self.fault(mark, f"{id} is described twice", "the first one is kept")
        else:
            self.techniques[id] = (Technique(id, name, (), maturity), mark)

    def edition(self) -> Edition:
        """What holds, once every reference was followed."""
        if not self.techniques:
            raise CasemateError(self.path, "holds no technique", "name a file of MITRE ATLAS, such as ATLAS.yaml")
        checked = {i: self._checked(t, mark) for i, (t, mark) in sorted(self.techniques.items())}
        techniques = {i: _completed(t, checked.get(t.parent or "")) for i, t in checked.items()}
        for i, t in techniques.items():
            if not t.tactics:
                self.fault(self.techniques[i][1], f"{i} belongs to no tactic", "it has no place in the matrix")
        return Edition(
            self.version, self.tactics, techniques, self.mitigations,
            {i: self._known(i, ids) for i, ids in self.mitigates.items()},
            {i: self._employed(ids) for i, ids in self.cases.items()},
            faults=tuple(sorted(self.faults, key=lambda e: e.at)),
        )  # fmt: skip

    def _checked(self, t: Technique, mark: int) -> Technique:
        tactics: list[str] = []
        for tactic, at in self.achieves.get(t.id, ()):
            if tactic not in self.tactics:
                self.fault(at, f"{t.id} achieves {tactic}, which is not there", "left out")
            elif tactic not in tactics:
                tactics.append(tactic)
        above = t.id[:9] if t.id.count(".") == 2 else None
        said, at = self.parents.get(t.id, (None, mark))
        if said != above:
            self.fault(at, f"the parent of {t.id} is {shown(said)}", f"taken as {above or 'none'}, as its id says")
        if above is not None and above not in self.techniques:
            self.fault(at, f"{t.id} is part of {above}, which is not there", "it stands alone")
            above = None
        return Technique(t.id, t.name, tuple(tactics), t.maturity, above)

    def _known(self, source: str, targets: list[Target]) -> tuple[str, ...]:
        """Techniques that exist, each once."""
        found: dict[str, None] = {}
        for i, at in targets:
            if i not in self.techniques:
                self.fault(at, f"{source} points to {i}, which is not there", "left out")
            elif i in found:
                self.fault(at, f"{source} points to {i} twice", "counted once")
            found[i] = None
        return tuple(i for i in found if i in self.techniques)

    def _employed(self, targets: list[Target]) -> tuple[str, ...]:
        """As `_known`, but a case may take a step again."""
        for i, at in targets:
            if i not in self.techniques:
                self.fault(at, f"a case study employs {i}, which is not there", "left out")
        return tuple(dict.fromkeys(i for i, _ in targets if i in self.techniques))


def _completed(t: Technique, parent: Technique | None) -> Technique:
    """A sub-technique carries its parent's name, and its tactics where it has none of its own."""
    if parent is None:
        return t
    return Technique(t.id, f"{parent.name}: {t.name}", t.tactics or parent.tactics, t.maturity, t.parent)


def shown(value: Any) -> str:
    """A value of a stranger's file in a message: short, quoted, printable."""
    if isinstance(value, str):
        return ascii(value[:40])
    return "missing" if value is None else "a list" if isinstance(value, Seq) else "a mapping"


def items(tree: Map) -> list[tuple[str, Any, int]]:
    """(key, value, position of the value) of a mapping."""
    return [(k, v, tree.marks[2 * i + 1]) for i, (k, v) in enumerate(tree.items())]
