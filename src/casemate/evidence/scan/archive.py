"""What zip and tar archives have in common: names that lead astray, layouts, and parts handed on one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from importlib import import_module
from types import ModuleType

from casemate.core import shelf
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import PART, Descend, Role
from casemate.evidence.scan.notes import Enough
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


class Parts:
    """Hands the parts of one archive on. `kind` is zip or tar, `format` the layout that its names make."""

    def __init__(self, kind: str, names: Iterable[str], descend: Descend) -> None:
        self.kind = kind
        self.descend = descend
        known = frozenset(names)
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
        except Enough as e:
            self.missed(name, "limit", f"{e}; the rest was not read", size)
        except Broken as e:
            self.missed(name, "broken", str(e), size)
        except OSError as e:
            self.missed(name, "no-space", f"could not be unpacked here ({e.strerror})", size)

    def _role(self, name: str) -> Role:
        """What the layout says of a part."""
        if self.layout is None:
            return PART
        expected = self.layout.EXPECTED
        return Role(self.layout.is_data(name), expected, partial(self.layout.walk, name))
