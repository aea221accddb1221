"""What zip and tar archives have in common: names that lead astray, layouts, and parts handed on one by one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from importlib import import_module
from types import ModuleType

from casemate.core import shelf
from casemate.evidence.scan import external
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import PART, Descend, Role
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Finding, Walk
from casemate.evidence.scan.unpack import Broken

LAYOUTS = "evidence/scan/layouts"
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


@cache
def layouts() -> Mapping[str, ModuleType]:
    """The layouts by name."""
    return {name: import_module(dotted) for name, dotted in shelf.members(LAYOUTS).items()}


def escapes(name: str) -> bool:
    """Whether unpacking under this name would write outside the folder."""
    return _ABSOLUTE.match(name) is not None or ".." in re.split(r"[/\\]", name)


def models_first(name: str) -> bool:
    """A key to sort parts by: a model says which of the others are its tensors."""
    return not name.endswith(".onnx")


class Parts:
    """Hands the parts of one archive on. `kind` is zip or tar, `format` the layout that its names make.

    A part that an ONNX model before it takes tensors from is data, if it is long enough.
    """

    def __init__(self, kind: str, names: Iterable[str], descend: Descend) -> None:
        self.kind = kind
        self.descend = descend
        self.known = known = frozenset(names)
        self.needed: dict[str, int] = {}  # parts with tensors, and up to which byte
        self.links: set[str] = set()
        self.layout = next((layout for layout in layouts().values() if layout.recognise(known)), None)
        self.format: str | None = getattr(self.layout, "FORMAT", None)

    def where(self, name: str) -> str:
        """A part in words."""
        return f"{self.kind} member {name}"

    def named(self, name: str, link: str | None = None) -> None:
        """Note a name or the target of a link that leads outside."""
        if escapes(name):
            self.descend.note("escapes", "suspicious", "would be unpacked outside the folder", self.where(name))
        if link is None:
            return
        self.links.add(posixpath.normpath(name))
        if escapes(link):
            self.descend.note("link", "suspicious", "is a link that leads outside the folder", self.where(name))
        else:
            self.descend.note("link", "info", "is a link to another part", self.where(name))

    def lies(self, name: str, data: Data) -> None:
        """A part that lies in the archive as it is."""
        self._checked(name, len(data), lambda how: self.descend(data, self.where(name), how))

    def packed(self, name: str, chunks: Iterable[bytes], size: int) -> None:
        """A part that has to be unpacked; `size` is its share of the archive."""
        self._checked(name, size, lambda how: self.descend.unpack(chunks, self.where(name), how))

    def missed(self, name: str, id: str, message: str, size: int) -> None:
        """A part that cannot be read."""
        self.descend.missed(self.where(name), id, message, size)

    def _checked(self, name: str, size: int, look: Callable[[Role], object]) -> None:
        """One part; what goes wrong with it is noted and is no reason to leave out the others."""
        try:
            look(self._role(name))
            self._needs(name)
        except Enough as e:
            self.missed(name, "limit", f"{e}; the rest was not read", size)
        except Broken as e:
            self.missed(name, "broken", str(e), size)
        except OSError as e:
            self.missed(name, "no-space", f"could not be unpacked here ({e.strerror})", size)

    def end(self) -> None:
        """Note parts that models need and that are not there."""
        there = {posixpath.normpath(name) for name in self.known}
        for path in self.needed:
            if path in self.links:
                said = "has tensors of a model and is a link"
                self.descend.note("external-file", "suspicious", said, self.where(path))
            elif path not in there:
                said = "has tensors of a model and is not there"
                self.descend.note("external-file", "inconclusive", said, self.where(path))

    def _needs(self, name: str) -> None:
        """Which parts a model takes tensors from; places that lead out were told before."""
        for said, end in self.descend.needed(self.where(name)).items():
            if said and not external.leads_out(said):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(name), said))
                self.needed[path] = max(end, self.needed.get(path, 0))

    def _role(self, name: str) -> Role:
        """What the layout says of a part, or a model."""
        end = self.needed.get(posixpath.normpath(name))
        if end is not None and self.layout is None:
            return Role(raw=True, own=partial(_long_enough, end))
        if self.layout is None:
            return PART
        expected = self.layout.EXPECTED
        return Role(self.layout.is_data(name), expected, partial(self.layout.walk, name))


def _long_enough(end: int, data: Data, descend: Descend) -> Walk | None:
    """None where a part has all bytes that a model takes from it: it is read as any data."""
    if len(data) >= end:
        return None
    said = f"has {len(data):,} bytes, of which a model takes {end:,}"
    return Walk(findings=(Finding("external-file", "inconclusive", said, 0),))
