"""Going into a container: each part is inspected by its content, by every format, and nothing is forgotten on the way.

A reader gets a `Descend` and hands it the parts that it finds. Findings and imports of a part carry where it is, its
bytes count in the coverage, and its failure is its own: the reader goes on with the next part.

    descend(window(data, 10, 90), "zip member a.pkl")          a part that lies in the file as it is: nothing is copied
    descend.unpack(chunks, "gzip stream")                       a part that comes in chunks of bytes, in bounded memory
    descend(part, "tensor 3", RAW)                              bytes that are data by the container's own definition

Raw data may be anything and is understood; a pickle or an archive that hides there is walked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from types import ModuleType

from casemate.core import shelf
from casemate.evidence.scan import plain
from casemate.evidence.scan.budget import Budget
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.pad import Pad
from casemate.evidence.scan.report import Finding, Severity, Walk, shown
from casemate.evidence.scan.spool import spooled

MAX_OUTSIDE = 10_000  # files; the largest models that we know have some hundred
SHELF = "evidence/scan/formats"
LOCAL = b"PK\3\4"
KEPT = frozenset(("external-file", "failed", "limit"))  # what still counts when raw data reads as something
LOADS = frozenset(("extension-code", "frame"))  # what tells of imports that no walk can see


@dataclass(frozen=True, slots=True)
class Role:
    """What a container knows of a part.

    raw: it is data by definition. expected: ids of findings that the container accounts for. own: how the container
    itself reads the part; None from it: by the content.
    """

    raw: bool = False
    expected: frozenset[str] = frozenset()
    own: Callable[[Data, Descend], Walk | None] | None = None


PART = Role()
RAW = Role(raw=True)


@cache
def formats() -> Mapping[str, ModuleType]:
    """The readers by name."""
    return {name: import_module(dotted) for name, dotted in shelf.members(SHELF).items()}


@cache
def _asked(first: int) -> list[tuple[str, ModuleType]]:
    """The readers that may know what begins with this byte."""
    return [(n, member) for n, member in formats().items() if first in getattr(member, "FIRST", (first,))]


class Descend:
    """The way down from one place in the file."""

    def __init__(self, pad: Pad, where: str = "", depth: int = 0) -> None:
        self.pad = pad
        self.where = where
        self.depth = depth
        self.entered = False

    @classmethod
    def top(cls, data: Data, allowed: Allow = frozenset()) -> Descend:
        """The way down from a whole file; `allowed` as in lists.py."""
        return cls(Pad(Budget(len(data)), allowed, len(data)))

    def __call__(self, data: Data, where: str, role: Role = PART) -> str | None:
        """Inspect a part that lies in the bytes that the reader has. Gives its format; None when nobody knows it.

        where: what it is, in words; its name may hold anything.
        """
        return self._part(data, where, role)

    def unpack(self, chunks: Iterable[bytes], where: str, role: Role = PART) -> str | None:
        """Inspect a part that has to be unpacked. Whatever `chunks` raises comes through, after the part that came."""
        with spooled(chunks, self.pad.budget) as (data, failed):
            self.pad.total += len(data)
            found = self._part(data, where, role)
            if failed is not None:
                raise failed
            return found

    def outside(self, name: str, end: int) -> None:
        """Note that a file beside this one, or another part of the archive, is needed, up to a byte."""
        known = self.pad.inside.setdefault(self.where, {}) if self.depth else self.pad.outside
        if name in known or len(known) < MAX_OUTSIDE:
            known[name] = max(end, known.get(name, 0))

    def needed(self, where: str) -> dict[str, int]:
        """What a part that was inspected takes from other parts: names as it says them, and up to which byte."""
        return self.pad.inside.pop(self._below(where), {})

    def notes(self) -> Notes:
        """Notes for the part that is inspected here, counted with those of all others."""
        return Notes(self.pad.budget.work)

    def room(self, size: int) -> None:
        """Say how large something will be before unpacking it. Fails with Enough when that is too much."""
        self.pad.budget.room(size)

    def entries(self, count: int = 1) -> None:
        """Count entries of an archive. Fails with Enough when there are too many."""
        self.pad.budget.entry(count)

    def note(self, id: str, severity: Severity, message: str, where: str, at: int = 0) -> None:
        """A finding about a part: its name, its place, its state."""
        self.pad.add(Finding(id, severity, message, at, self._below(where)))

    def missed(self, where: str, id: str, message: str, size: int) -> None:
        """Note a part of `size` bytes that was not read, and why."""
        self.note(id, "inconclusive", message, where)
        self.pad.missing += size
        self.pad.unread += 1

    def _below(self, where: str) -> str:
        return " > ".join(filter(None, (self.where, shown(where))))

    def _part(self, data: Data, where: str, role: Role) -> str | None:
        place = self._below(where)
        self.pad.entered += not self.entered
        self.entered = True
        try:
            self.pad.budget.enter(self.depth + 1)
            self.pad.budget.look(len(data))
        except Enough as e:
            self.missed(where, "limit", f"{e}; the rest was not read", len(data))
            return None
        return inspect_part(Descend(self.pad, place, self.depth + 1), data, role)


def inspect_part(here: Descend, data: Data, role: Role = PART) -> str | None:
    """Every format's walk over the bytes at a place, and what nobody vouches for. Gives the format."""
    pad, size, raw = here.pad, len(data), role.raw
    walks = _walks(here, data, role)
    if raw and not walks:
        return None  # numbers, as nearly always
    if len(walks) == 1 and role is PART:
        ((name, walk),) = walks.items()  # nearly always as well
        pad.take(walk, here.where, doubted=False)
        pad.missing += size - walk.walked
        return walk.format or name
    whole = any(_whole(walk, size) for walk in walks.values())
    doubted = {n for n, walk in walks.items() if (raw and not walk.sure) or (whole and not _whole(walk, size))}
    for name, walk in walks.items():
        if role is not PART:
            kept = tuple(f for f in walk.findings if f.id not in role.expected and (not raw or _counts(f)))
            walk = Walk(walk.imports, kept, walk.walked)
        loads = name in doubted and not raw and _loads(here, name, walk, data)
        pad.take(_reached(walk) if loads else walk, here.where, name in doubted and not loads)
    names = [walk.format or name for name, walk in walks.items() if name not in doubted]
    sure = [walk.format or name for name, walk in walks.items() if name not in doubted and walk.sure]
    if len(sure) > 1 and not raw:
        said = f"reads as {' and as '.join(sure)}: loaders disagree on what it is"
        pad.add(Finding("polyglot", "suspicious", said, 0, here.where))
    if raw:
        return "+".join(sure) or None
    if not walks and here.depth and plain.understood(data, partial(_plain, here), here.where):
        return "text"
    if not walks:
        _unknown(here, data)
    pad.missing += size - max((w.walked for w in walks.values()), default=0)
    return "+".join(names) or None


def _counts(finding: Finding) -> bool:
    """Whether a finding in raw data still says something."""
    return finding.severity in ("suspicious", "unsafe") or finding.id in KEPT


def _whole(walk: Walk, size: int) -> bool:
    """Whether a walk vouches for all; where one does, another that does not has met a part of it."""
    return walk.sure and walk.walked == size


def _loads(here: Descend, name: str, walk: Walk, data: Data) -> bool:
    """Whether a pickle loads something, whatever else the bytes are: it comes to its end, and loaders ask for no more.

    joblib's ends behind its arrays, which are passed elsewhere.
    """
    from casemate.evidence.scan.stream import Stream  # most files are one thing

    if name != "pickle" or not (walk.imports or any(f.id in LOADS for f in walk.findings)):
        return False
    if bytes(data[:4]) == LOCAL:
        return False  # as opcodes this asks the loader for an object, and those that give any take it for a zip
    first = Stream(data, 0, here.notes())
    first.follow()
    return first.ended or walk.format == "joblib"


def _reached(walk: Walk) -> Walk:
    """A walk without the notes on what follows its end, which is the other format's."""
    return replace(walk, findings=tuple(f for f in walk.findings if f.id in LOADS))


def _walks(here: Descend, data: Data, role: Role) -> dict[str, Walk]:
    """By name: the container's own reading, else that of each format that recognises the bytes.

    Whatever breaks in a reader, the bytes were not read, and that is a finding.
    """
    try:
        own = role.own(data, here) if role.own else None
    except Exception as e:
        own = _failed("layout", e)
    if own is not None:
        return {own.format or "part": own}
    walks: dict[str, Walk] = {}
    for name, member in _asked(data[0]) if len(data) else ():
        try:
            if member.recognise(data):
                walks[name] = member.walk(data, here)
        except Exception as e:
            walks[name] = _failed(name, e)
    return walks


def _failed(name: str, e: Exception) -> Walk:
    said = f"made our {name} reader fail ({type(e).__name__}); report this"
    return Walk(findings=(Finding("failed", "inconclusive", said, 0),))


def _plain(here: Descend, id: str, severity: Severity, message: str) -> None:
    here.pad.add(Finding(id, severity, message, 0, here.where))


def _unknown(here: Descend, data: Data) -> None:
    what = "is of no format that we can read" if len(data) else "is empty"
    here.pad.add(Finding("unrecognised", "inconclusive", what, 0, here.where))
    here.pad.unread += 1 if here.depth else 0
