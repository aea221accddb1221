"""Measured rights against declared ones. Pure: the same rights and the same file give the same words.

    more     a principal may do what the file does not say         unclear  we could not tell whether somebody does
    fewer    somebody declared was not found, and nobody else      equal    just those who are declared

More beats unclear: what was found stays found, whatever else could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from casemate.define.system import System
from casemate.evidence.access.aws import number_of
from casemate.evidence.access.match import SIDES, Declared, declared, names_of, seen
from casemate.evidence.access.right import Right, Rights

Word: TypeAlias = Literal["more", "unclear", "fewer", "equal"]
ORDER: tuple[Word, ...] = ("more", "unclear", "fewer", "equal")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has rights: by the name that a statement uses, the accounts behind it, and where that stands."""

    name: str
    accounts: tuple[str, ...]
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The actor's id; the account where the file knows none."""
        return self.name.partition(": ")[2] or self.name


@dataclass(frozen=True, slots=True)
class Side:
    """The writers or the readers of one component."""

    side: str
    word: Word
    declared: Declared
    found: tuple[Holder, ...] = ()
    extra: tuple[Holder, ...] = ()
    unsure: tuple[Holder, ...] = ()
    missing: tuple[str, ...] = ()
    all_found: bool = False
    """Whether nobody else can have the right: nothing is in doubt and the exports are whole."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the exports say of one component."""

    component: str
    sides: tuple[Side, ...]
    doubts: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> Word:
        """The first of ORDER that a side has."""
        return min((s.word for s in self.sides), key=ORDER.index)


def compare(system: System, component: str, rights: Rights) -> Comparison:
    """Who may write and read, against what the file says of it."""
    sides = tuple(_side(system, component, side, rights) for side in SIDES)
    facts = dict(rights.facts)
    writing = [r for r in rights.rights if r.may in SIDES["writers"]]
    if writing and sides[0].all_found and all(r.mfa for r in writing):
        facts["mfa"] = True
    doubts = tuple(seen(d) for d in rights.doubts)
    return Comparison(component, sides, doubts, () if rights.whole else rights.lacks, facts)


def _side(system: System, component: str, side: str, rights: Rights) -> Side:
    said = declared(system, component, side)
    mine = [r for r in rights.rights if r.may in SIDES[side]]
    short = len({number_of(r.who) for r in rights.rights if r.who.startswith("arn:")}) <= 1
    found = _holders(system, component, side, said, [r for r in mine if r.sure], short)
    perhaps = _holders(system, component, side, said, [r for r in mine if not r.sure], short)
    names = {h.name for h in found}
    extra = tuple(h for h in found if h.name not in said.who)
    unsure = tuple(h for h in perhaps if h.name not in names and h.name not in said.who)
    sure = rights.whole and not rights.doubts
    missing = tuple(n for n in said.who if n not in names | {h.name for h in perhaps}) if sure else ()
    all_found = sure and all(h.name in names for h in perhaps)
    word: Word = "more" if extra else "unclear" if unsure or not sure else "fewer" if missing else "equal"
    return Side(side, word, said, found, extra, unsure, missing, all_found)


def _holders(
    system: System, component: str, side: str, said: Declared, rights: Iterable[Right], short: bool
) -> tuple[Holder, ...]:
    """By name. An account that means two actors stands for both."""
    by_account: dict[tuple[Any, ...], list[Right]] = {}
    for r in rights:
        by_account.setdefault((r.who, r.trust), []).append(r)
    by_name: dict[str, list[Right]] = {}
    for of in by_account.values():
        for name in names_of(system, component, side, said.who, of[0], short):
            by_name.setdefault(name, []).extend(of)
    return tuple(_holder(name, of) for name, of in sorted(by_name.items()))


def _holder(name: str, of: list[Right]) -> Holder:
    return Holder(
        name,
        tuple(sorted({seen(r.who) for r in of})),
        tuple(sorted({seen(r.at) for r in of}, key=_by_line)),
        tuple(sorted({seen(r.note) for r in of if r.note})),
    )


def _by_line(place: str) -> tuple[str, int]:
    path, _, line = place.rpartition(":")
    return (path, int(line)) if line.isdigit() else (place, 0)
