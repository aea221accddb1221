"""Checks a statement against what is here now, and the statements of its inputs behind it.

bytes      every output and input is digested again; what is absent is not passed
signature  by one of the keys, when keys are given; nothing of an envelope is read before that
builder    one of those allowed; a name that no signature vouches for is not believed
roles      the required ones are there
chain      a base model needs a statement of its own, and so on; what any other input has is checked as well
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.lineage import check, reading
from casemate.evidence.lineage.prints import BAD, Known, State, Unseen, inside
from casemate.evidence.lineage.provenance import BASE, REQUIRED, SUFFIX, UNNAMED, Provenance
from casemate.evidence.lineage.report import Item, Link, Problem, Report, Verdict
from casemate.evidence.sign.bundle import there
from casemate.evidence.sign.keys import Public

MAX_CHAIN = 16  # tuned from tuned from ...; published models have up to five
MAX_LINKS = 200  # statements looked at in one check


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of a statement. builders: empty allows any; chain: whether a base model needs its own statement."""

    keys: tuple[Public, ...] = ()
    builders: tuple[str, ...] = ()
    required: tuple[str, ...] = REQUIRED
    chain: bool = True


@dataclass(slots=True)
class _Walk:
    """One check with all behind it: the statements that it has seen and may still open, and what it has digested."""

    top: Path
    seen: set[tuple[int, int] | str] = field(default_factory=set)
    left: int = MAX_LINKS
    known: Known = field(default_factory=dict)


def verify(statement: Path, root: Path, terms: Terms | None = None) -> Report:
    """The report on one statement. Raises CasemateError when nothing has that name."""
    walk = _Walk(Path(os.path.realpath(root)))
    walk.seen.add(_file(statement))
    terms = terms or Terms()
    try:
        read = reading.read(statement, terms.keys)
    except reading.Rejected as e:
        return Report(statement.name, (Problem(e.verdict, f"the statement: {e.why}"),))
    except CasemateError as e:
        if not there(statement):
            raise
        return Report(statement.name, (Problem(Verdict.UNREADABLE, f"the statement: it {e.what}"),))
    return _checked(statement.name, read, walk.top, terms, walk, 1)


def _file(path: Path) -> tuple[int, int] | str:
    """What tells a file from others: a hard link is another name of the same one."""
    try:
        s = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return s.st_dev, s.st_ino


def _checked(name: str, read: reading.Read, root: Path, terms: Terms, walk: _Walk, depth: int) -> Report:
    says = read.says
    made, inputs = (check.items(root, r, walk.known) for r in (says.made, says.inputs))
    chain = tuple(_chain(inputs, root, terms, walk, depth))
    problems = [
        *_of_bytes((*made, *inputs)),
        *_of_roles(inputs, terms),
        *_of_builder(says.builder, read.signer, terms),
        *_of_chain(chain, inputs, depth),
    ]
    if not says.watched:
        problems.append(Problem(Verdict.INCOMPLETE, "nobody watched the run: the digests were taken afterwards"))
    return Report(
        name, tuple(dict.fromkeys(problems)), made, inputs, says.builder, read.signer, read.signed, says.watched, chain
    )


def _of_bytes(items: tuple[Item, ...]) -> Iterator[Problem]:
    for i in items:
        if i.state is not State.MATCH:
            verdict = Verdict.CHANGED if i.state in BAD else Verdict.INCOMPLETE
            yield Problem(verdict, f"{i.name or 'an input without a name'}: {i.why}")


def _of_roles(inputs: tuple[Item, ...], terms: Terms) -> Iterator[Problem]:
    there = {i.role for i in inputs}
    for role in terms.required:
        if role not in there:
            yield Problem(Verdict.LACKS_ROLE, f"no input has the role {role}")


def _of_builder(builder: str, signer: str | None, terms: Terms) -> Iterator[Problem]:
    if not terms.builders:
        return
    if builder not in terms.builders:
        said = "nobody is named" if builder in ("", UNNAMED) else f"{builder} is named"
        yield Problem(Verdict.UNTRUSTED_BUILDER, f"the builder is not an allowed one: {said}")
    elif signer is None:
        yield Problem(Verdict.INCOMPLETE, "the builder's name is not vouched for: check the signature with a key")


def _of_chain(chain: tuple[Link, ...], inputs: tuple[Item, ...], depth: int) -> Iterator[Problem]:
    """A base model's way must be whole. Of another input's own statement only bad news counts."""
    bases = {i.name for i in inputs if i.role == BASE}
    for link in chain:
        if link.depth != depth + 1:
            continue  # it speaks for itself in the report of the one before it
        if link.verdict is None or link.verdict.exit_code == 3:
            if link.of in bases:
                yield Problem(Verdict.INCOMPLETE, f"base model {link.of}: {link.why}")
        elif link.verdict is not Verdict.COMPLETE:
            yield Problem(link.verdict, f"{link.of}, by its own statement: {link.why}")


def _chain(inputs: tuple[Item, ...], root: Path, terms: Terms, walk: _Walk, depth: int) -> Iterator[Link]:
    if not terms.chain:
        return
    for i in inputs:
        place = _own(root, i.name)
        if place is not None:
            yield from _link(i, place, root, terms, walk, depth + 1)
        elif i.role == BASE:
            yield Link(i.name, depth + 1, None, f"it has no statement of its own ({i.name}{SUFFIX})")


def _own(root: Path, name: str) -> Path | None:
    """The place of an input's own statement; None when nothing is there, or it is outside the root."""
    try:
        found = inside(root, name + SUFFIX)
    except Unseen:
        return None
    return found if files.kind(found) == "file" else None


def _link(i: Item, place: Path, root: Path, terms: Terms, walk: _Walk, depth: int) -> Iterator[Link]:
    name = i.name + SUFFIX
    if _file(place) in walk.seen:
        yield Link(i.name, depth, None, "the way leads back to a statement that was looked at before", name)
        return
    if depth > MAX_CHAIN or walk.left <= 0:
        yield Link(i.name, depth, None, f"the way is longer than {MAX_CHAIN} steps or {MAX_LINKS} statements", name)
        return
    walk.seen.add(_file(place))
    walk.left -= 1
    # A data set or a lock has no training of its own; and its builder is another one.
    behind = replace(terms, builders=(), required=terms.required if i.role == BASE else ())
    try:
        read = reading.read(place, terms.keys)
    except reading.Rejected as e:
        yield Link(i.name, depth, e.verdict, f"the statement: {e.why}", name)
        return
    except CasemateError as e:
        yield Link(i.name, depth, Verdict.UNREADABLE, e.what, name)
        return
    found = _checked(name, read, _root_of(i, read.says, root, walk.top), behind, walk, depth)
    if not _speaks_of(read.says, i):
        found = replace(found, problems=(Problem(Verdict.CHANGED, "it speaks of other bytes"), *found.problems))
    why = next((p.what for p in found.problems if p.verdict is found.verdict), "")
    yield Link(i.name, depth, found.verdict, why, name, found.signer, place.relative_to(walk.top).as_posix())
    yield from found.chain


def _root_of(i: Item, says: Provenance, root: Path, top: Path) -> Path:
    """Where the other statement's names start: a base model may lie in a project of its own below ours.

    Never outside of the first root, where a link may lead.
    """
    whole, own = i.name.split("/"), says.made[0].name.split("/")
    prefix = whole[: len(whole) - len(own)]
    below = root.joinpath(*prefix)
    fits = whole[len(prefix) :] == own and Path(os.path.realpath(below)).is_relative_to(top)
    return below if fits else root


def _speaks_of(says: Provenance, i: Item) -> bool:
    """Whether one of the outputs is what the input is now. Of an absent input nothing can be said."""
    return i.found is None or any(i.found.digest.items() <= r.digest.items() for r in says.made)
