"""The files that one system is written in: each read once, all of them together no larger than one file may be.

A part lies below the folder of the system file. The file of a shared component lies in the same repository: below the
nearest folder around the system file that holds `.git`, or below the system file's own folder where there is none.
Links are followed before that is judged. Nothing is executed, and nothing but regular files is opened.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from casemate.core import files
from casemate.core.digest import of_text, of_value
from casemate.core.errors import CasemateError, Refused, Where
from casemate.core.yamltree import MAX_BYTES, MAX_NODES, Map, decode, parse, read_text
from casemate.define.places import stamp

MOST = 1000  # files; a system of 10,000 components in parts of 10 is one
_SHOWN = 80  # letters of a path in a message
Found = tuple[Map, str]
"""A file as a tree, and the digest of its text."""


class Sources:
    """Reads the files of one system and counts what they hold. `paths` names them in errors, `names` as written."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        self.text = read_text(path)
        self.paths = [str(path)]
        self.names: list[str] = []
        self.digests = {"": of_text(self.text)}
        self._seen = {_real(path): "the system file itself"}
        self._bytes = len(self.text.encode())
        self._nodes = 0

    @property
    def digest(self) -> str:
        """The sha256 of the system file; where there are others, of all digests by their names."""
        return of_value(self.digests) if self.names else self.digests[""]

    def part(self, name: str, at: Where) -> Map:
        """A part of the system file. Raises CasemateError: at the place that names it, or in the part itself."""
        path = self.folder / name
        if _leads_out(name) or ".." in PurePosixPath(name).parts or not _lies_in(path, self.folder):
            what = f"include names {name[:_SHOWN]!r}, which is not below the folder of this file"
            raise Refused(at, what, "name parts by paths such as parts/serving.yaml")
        real = _real(path)
        if real in self._seen:
            raise CasemateError(at, f"include names {name[:_SHOWN]!r}, which is {self._seen[real]}", "name it once")
        self._seen[real] = f"{name[:_SHOWN]!r} already"
        return self._read(path, name, at)[0]

    def other(self, name: str, at: Where) -> Found:
        """The system file of a shared component. Raises CasemateError: at the place that names it, or in that file."""
        path = self.folder / name
        if _leads_out(name) or not _lies_in(path, _repository(self.folder)):
            what = f"from names {name[:_SHOWN]!r}, which is not in the repository of this file"
            raise Refused(at, what, "name a system file of the same repository, such as ../platform/casemate.yaml")
        return self._read(path, name, at)

    def _read(self, path: Path, name: str, at: Where) -> Found:
        if files.kind(path) != "file":
            raise CasemateError(at, f"{name[:_SHOWN]!r} is no file that is there", "check the path")
        if len(self.names) >= MOST:
            raise Refused(at, f"makes this system one of more than {MOST:,} files", "let fewer files hold more")
        data = files.read(path, MAX_BYTES - self._bytes + 1)
        self._bytes += len(data)
        if self._bytes > MAX_BYTES:
            raise Refused(at, f"makes this system larger than {MAX_BYTES // 1_000_000} MB", "split it into several")
        text = decode(data, str(path))
        tree = parse(text, str(path))
        if not isinstance(tree, Map):
            raise CasemateError(str(path), "is empty" if tree is None else "is not a mapping", "write `components:`")
        self.paths.append(str(path))
        self.names.append(name)
        self.digests[name] = of_text(text)
        self.count(stamp(tree, len(self.names)), at)
        return tree, self.digests[name]

    def count(self, nodes: int, at: Where) -> None:
        """Note what is read more, and refuse more than one file may hold. at: what brings it."""
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise Refused(at, "makes this system too large: it has too many nodes", "split it into several")


def _leads_out(name: str) -> bool:
    return PurePosixPath(name).is_absolute() or bool(PureWindowsPath(name).drive) or "\0" in name or "\\" in name


def _real(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a loop of links
        return None


def _lies_in(path: Path, folder: Path) -> bool:
    real, around = _real(path), _real(folder)
    return real is not None and around is not None and real.is_relative_to(around)


def _repository(folder: Path) -> Path:
    """The nearest folder at or around this one that holds `.git`; the folder itself where none does."""
    real = _real(folder) or folder
    return next((f for f in (real, *real.parents) if files.kind(f / ".git") is not None), real)
