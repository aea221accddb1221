"""One line of a rule: a field, an operator and what is wanted, compiled to a three-valued test.

A key is `field`, or `field operator`; the operator is the last word, the field the longest match before it. There is no
arithmetic, no regular expression, no function and no likelihood: what needs more belongs into `decompose`.

    (none)    a word is one of those wanted; a list of words holds one of them; a flag is yes or no
    not       the word is none of them; the list of words holds none of them
    below, at least    for ordered words (trust, grade) and counts; the other side may be a field of the rule's element
    any, no, every     some, no or every member of a list fits the clauses inside
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from casemate.core.errors import CasemateError, did_you_mean
from casemate.core.tri import Tri, both, negate
from casemate.core.trust import WORDS as TRUST
from casemate.core.yamltree import Map, where
from casemate.decompose.sources import RANK as GRADE
from casemate.decompose.thing import Thing
from casemate.define.read import listed
from casemate.define.vocabulary import Field, vocabulary

Test = Callable[[Thing, Thing, bool], Tri]
"""(thing, the rule's element, sceptical) -> Tri. Sceptical: declared facts that evidence could settle are unknown."""

LISTS = ("any", "no", "every")
ORDERED = ("below", "at least")


@dataclass(frozen=True, slots=True)
class Clause:
    """One compiled line. `inner` holds the clauses of a list's members."""

    field: Field
    op: str
    want: Any
    test: Test
    inner: tuple[Clause, ...] = ()
    provable: bool = dataclasses.field(init=False, compare=False)
    """Whether evidence could settle it, here, inside, or in what was said of the way to a member."""

    def __post_init__(self) -> None:
        derived = self.field.of in ("reach", "taint") and bool(self.inner)
        found = derived or provable(self.field) or any(c.provable for c in self.inner)
        object.__setattr__(self, "provable", found)


def provable(f: Field) -> bool:
    """Whether a fact of this kind can be measured; only then is its declaration doubted.

    An event is not: nobody declares that nothing happened, and what happens tomorrow no measurement rules out.
    """
    return bool(f.measured_by) and not f.event and f.type in ("word", "words", "flag", "egress")


class Compiler:
    """Compiles the clauses of one file and collects its errors. `about` is what the rule speaks of."""

    def __init__(self, path: str, about: str) -> None:
        self.path = path
        self.about = about
        self.errors: list[CasemateError] = []

    def wrong(self, mark: int, what: str, todo: str) -> None:
        """Note an error at a packed position."""
        self.errors.append(CasemateError(where(self.path, mark), what, todo))

    def clauses(self, tree: Any, mark: int, about: str) -> tuple[Clause, ...]:
        """The clauses of a mapping; unreadable ones are left out (the error is noted)."""
        if not isinstance(tree, Map):
            self.wrong(mark, "is no mapping of clauses", "write `field: what is wanted`")
            return ()
        out = []
        for i, (key, want) in enumerate(tree.items()):
            made = self.clause(key, want, tree.marks[2 * i], tree.marks[2 * i + 1], about)
            if made:
                out.append(made)
        return tuple(out)

    def clause(self, key: str, want: Any, key_at: int, at: int, about: str) -> Clause | None:
        """One line; None when it is not readable (the error is noted)."""
        fields = vocabulary().about[about]
        name, op = _split(key, fields)
        f = fields.get(name)
        if f is None:
            self.wrong(key_at, f"a {about} has no {key!r}", did_you_mean(name, fields))
            return None
        if op not in _ops(f):
            self.wrong(key_at, f"{name} cannot be asked with {op or 'nothing'!r}", f"use {_said(_ops(f))}")
            return None
        if f.type == "several":
            inner = self.clauses(want if want is not None else _nothing(at), at, f.of)
            return Clause(f, op, None, _members(f, op, inner), inner)
        if op in ORDERED:
            return self.ordered(f, op, want, at)
        return self.words(f, op, want, at)

    def words(self, f: Field, op: str, want: Any, at: int) -> Clause | None:
        """A clause on a flag, a word or a list of words."""
        wanted = [(v, m) for v, m in listed(want, at)]
        if f.type == "flag":
            value = {"yes": True, "no": False}.get(want) if isinstance(want, str) else None
            if value is None:
                self.wrong(at, f"{f.name} is never {want!r}", "it is yes or no")
                return None
            return Clause(f, op, value, _scalar(f, lambda got: got is value))
        for word, mark in wanted:
            if f.words and word not in f.words:
                self.wrong(mark, f"{f.name} is never {word!r}", did_you_mean(str(word), f.words))
        words = frozenset(str(w) for w, _ in wanted)
        if f.type == "words":
            hit: Callable[[Any], bool] = lambda got: not words.isdisjoint(got)  # noqa: E731
        elif f.name == "trust" or f.words_from == "trust":
            levels = frozenset(TRUST[w] for w in words if w in TRUST)
            hit = levels.__contains__
        else:
            hit = words.__contains__
        return Clause(f, op, words, _scalar(f, hit if op == "" else lambda got: not hit(got)))

    def ordered(self, f: Field, op: str, want: Any, at: int) -> Clause | None:
        """A clause on an ordered word or a count, against a word or a field of the rule's element."""
        rank = _rank(f)
        below = op == "below"
        if isinstance(want, str) and (want in f.words or (f.type == "count" and want.isdigit())):
            limit = rank(want)
            fits: Callable[[Any], bool] = lambda got: (rank(got) < limit) is below  # noqa: E731
            return Clause(f, op, want, _scalar(f, fits))
        other = vocabulary().about[self.about].get(want) if isinstance(want, str) else None
        if other is None or not other.ordered or other.words_from != f.words_from:
            self.wrong(at, f"{f.name} is never {want!r}", f"give a word of its order, or a field of the {self.about}")
            return None
        name = other.name

        def test(x: Thing, top: Thing, _: bool) -> Tri:
            got, limit = x.facts.get(f.name), top.facts.get(name)
            return None if got is None or limit is None else (rank(got) < rank(limit)) is below

        return Clause(f, op, want, test)


def _split(key: str, fields: Mapping[str, Field]) -> tuple[str, str]:
    """The longest field, then the operator."""
    if key in fields:
        return key, ""
    for op in (*LISTS, *ORDERED, "not"):
        if key.endswith(" " + op):
            return key.removesuffix(" " + op), op
    return key, ""


def _ops(f: Field) -> tuple[str, ...]:
    if f.type == "several":
        return LISTS
    if f.type == "flag":
        return ("",)
    if f.type == "count":
        return ORDERED
    return ("", "not", *ORDERED) if f.ordered else ("", "not")


def _said(ops: tuple[str, ...]) -> str:
    return " or ".join("the field alone" if op == "" else f"`{op}`" for op in ops)


def _rank(f: Field) -> Callable[[Any], int]:
    if f.words_from == "trust":
        return lambda v: int(TRUST[v]) if isinstance(v, str) else int(v)
    if f.words_from == "grade":
        return lambda v: GRADE[v]
    return int


def all_fit(clauses: tuple[Clause, ...], x: Thing, top: Thing, sceptical: bool) -> Tri:
    """Whether all clauses hold of one thing."""
    out: Tri = True
    for c in clauses:  # `both`, written out: nothing is asked more often
        found = c.test(x, top, sceptical)
        if found is False:
            return False
        if found is None:
            out = None
    return out


def any_fits(clauses: tuple[Clause, ...], x: Thing, sceptical: bool) -> Tri:
    """Whether one of the clauses holds of an element."""
    out: Tri = False
    for c in clauses:
        found = c.test(x, x, sceptical)
        if found:
            return True
        if found is None:
            out = None
    return out


def _scalar(f: Field, fits: Callable[[Any], bool]) -> Test:
    name = f.name
    settled = provable(f)
    unseen = (False if f.type == "flag" else ()) if f.event else None  # that nobody watches is a threat of its own

    def test(x: Thing, _: Thing, sceptical: bool) -> Tri:
        got = x.facts.get(name, unseen)
        if got is None or (sceptical and (name in x.doubted or (settled and name not in x.measured))):
            return None
        return fits(got)

    return test


def in_doubt(x: Thing, f: Field) -> bool:
    """Whether a fact of this thing is only declared, and evidence could settle it."""
    return f.name in x.doubted or (provable(f) and f.name not in x.measured)


def _members(f: Field, op: str, inner: tuple[Clause, ...]) -> Test:
    name, unseen = f.name, () if f.event else None
    inner = tuple(sorted(inner, key=lambda c: c.field.type == "several"))  # what is cheap to ask is asked first

    def fits(y: Thing, top: Thing, sceptical: bool) -> Tri:
        found = all_fit(inner, y, top, sceptical)
        # That there is such a member at all is only possible, so it can never be more than possible.
        return None if found and y.id is None else found

    def some(x: Thing, top: Thing, sceptical: bool) -> Tri:
        members = x.facts.get(name, unseen)
        if members is None:
            return None
        out: Tri = False
        for y in members:  # `either`, written out
            found = all_fit(inner, y, top, sceptical)
            if found and y.id is not None:
                return True
            if found is not False:
                out = None
        return out

    def every(x: Thing, top: Thing, sceptical: bool) -> Tri:
        members = x.facts.get(name, unseen)
        return None if members is None else both(fits(y, top, sceptical) for y in members)

    if op == "any":
        return some
    return every if op == "every" else lambda x, top, sceptical: negate(some(x, top, sceptical))


def _nothing(at: int) -> Map:
    empty = Map()
    empty.at = at
    empty.marks = array("q")
    return empty
