"""A repository as a bounded listing: paths and sizes now, bytes when a source asks. Only regular files, opened anew.

Rules: no link is followed (what lies inside is met where it really is; one that leads outside or nowhere is told).
Folders of `LEFT_OUT`, and those that hold `pyvenv.cfg`, are left out, and the draft says which. Nothing waits: pipes
and devices are never opened. At most `MOST_FILES` files, `DEEPEST` folders deep.
"""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.discover.sighting import Unread

MOST_FILES = 50_000
DEEPEST = 64
HEAD = 4_096  # bytes that tell a form
MOST_TEXT = 1_000_000  # bytes; program text and configuration above that are made by machines
WHOLE = 8_000_000  # bytes; a larger file is mapped
TESTS = frozenset(("test", "tests", "testdata", "fixtures", "__tests__"))
LEFT_OUT = TESTS | {
    ".git", ".hg", ".svn", ".bzr", "venv", ".venv", "virtualenv", "node_modules", "bower_components", "site-packages",
    "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", ".eggs",
    ".terraform", ".idea", ".vscode", ".cache", ".hypothesis",
}  # fmt: skip
"""Names of folders that hold what others wrote, what is made anew, or what only tests use."""

Data = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: its path below the root with `/`, and its size in bytes."""

    path: str
    size: int

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path of the folder that it lies in; empty at the top."""
        return self.path.rpartition("/")[0]

    @property
    def suffix(self) -> str:
        """What follows the last dot of its name, in lower case. A hint and never proof."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""


@dataclass(frozen=True)
class Repository:
    """What may be seen of it. `opened` gives the first bytes of a file, all of them where `most` is None."""

    name: str
    files: Mapping[str, File]
    opened: Callable[[str, int | None], Data] = field(repr=False)
    left_out: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    _heads: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, contents: Mapping[str, bytes | str], name: str = "system") -> Repository:
        """One in memory."""
        raw = {p: c.encode() if isinstance(c, str) else c for p, c in sorted(contents.items())}
        return cls(name, {p: File(p, len(c)) for p, c in raw.items()}, lambda path, most: raw[path][:most])

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Paths by the last part."""
        return _grouped((f.name, f.path) for f in self.files.values())

    @cached_property
    def by_suffix(self) -> Mapping[str, tuple[str, ...]]:
        """Paths by what follows the last dot."""
        return _grouped((f.suffix, f.path) for f in self.files.values())

    def head(self, path: str) -> bytes:
        """Its first bytes; none when it cannot be read."""
        if path not in self._heads:
            self._heads[path] = b""
            with suppress(OSError, ValueError):
                self._heads[path] = bytes(self.opened(path, HEAD))
        return self._heads[path]

    def whole(self, path: str) -> Data | Unread:
        """All its bytes, mapped when there are many."""
        try:
            return self.opened(path, None)
        except (OSError, ValueError) as e:
            return Unread(path, f"cannot be read ({e.strerror if isinstance(e, OSError) else e})")

    def text(self, path: str) -> str | Unread:
        """Its text, lines ending in a line feed."""
        if self.files[path].size > MOST_TEXT:
            return Unread(path, f"is larger than {MOST_TEXT // 1_000_000} MB")
        try:
            return bytes(self.opened(path, MOST_TEXT)).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            return Unread(path, "is not UTF-8")
        except (OSError, ValueError) as e:
            return Unread(path, f"cannot be read ({e.strerror if isinstance(e, OSError) else e})")

    def named(self, *names: str) -> Iterator[File]:
        """Files of these names, in the order of their paths."""
        return (f for f in self.files.values() if f.name in names)

    def ending(self, *suffixes: str) -> Iterator[File]:
        """Files whose names end so, in the order of their paths."""
        return (f for f in self.files.values() if f.suffix in suffixes)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for key, path in pairs:
        out.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in out.items()}


def listed(root: Path) -> Repository:
    """The repository in a folder. Fails with CasemateError when there is none."""
    if files.kind(root) != "folder":
        raise CasemateError(str(root), "is no folder", "name the folder of a repository")
    walk = _Walk(str(root))
    walk.go()
    name = Path(os.path.realpath(root)).name or "system"
    found = {f.path: f for f in sorted(walk.files, key=lambda f: f.path)}
    return Repository(name, found, _opener(str(root)), tuple(sorted(walk.left_out)), tuple(sorted(walk.unread)))


def _opener(root: str) -> Callable[[str, int | None], Data]:
    def opened(path: str, most: int | None) -> Data:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(f"{root}/{path}", flags)
        with os.fdopen(handle, "rb", buffering=0) as f:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(0, "no regular file")
            if most is None and found.st_size > WHOLE:
                return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
            return _read(f.read, min(found.st_size, WHOLE) if most is None else most)

    return opened


def _read(read: Callable[[int], bytes | None], most: int) -> bytes:
    out = b""
    while len(out) < most and (more := read(most - len(out))):
        out += more
    return out


class _Walk:
    """Everything below a folder. A stack, not recursion: folders may nest deeper than calls."""

    def __init__(self, root: str) -> None:
        self.root, self.real = root, os.path.realpath(root)
        self.files: list[File] = []
        self.left_out: list[str] = []
        self.unread: list[Unread] = []
        self.todo: list[tuple[str, int]] = [("", 0)]

    def go(self) -> None:
        while self.todo:
            folder, depth = self.todo.pop()
            try:
                with os.scandir(f"{self.root}/{folder}") as found:
                    entries = sorted(found, key=lambda e: e.name)
            except OSError as e:
                self.unread.append(Unread(folder or ".", f"cannot be listed ({e.strerror})"))
                continue
            if folder and any(e.name == "pyvenv.cfg" for e in entries):
                self.left_out.append(folder)
                continue
            for entry in entries:
                if len(self.files) >= MOST_FILES:
                    self.unread.append(Unread(".", f"has more than {MOST_FILES:,} files; the rest was not read"))
                    return
                self.entry(entry, f"{folder}/{entry.name}" if folder else entry.name, depth)

    def entry(self, entry: os.DirEntry[str], path: str, depth: int) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError as e:
            self.unread.append(Unread(path, f"cannot be read ({e.strerror})"))
            return
        if stat.S_ISLNK(found.st_mode):
            self.link(path)
        elif stat.S_ISDIR(found.st_mode):
            self.folder(path, entry.name, depth + 1)
        elif stat.S_ISREG(found.st_mode):
            self.files.append(File(path, found.st_size))
        else:
            self.unread.append(Unread(path, "is no regular file"))

    def folder(self, path: str, name: str, depth: int) -> None:
        if name in LEFT_OUT:
            self.left_out.append(path)
        elif depth > DEEPEST:
            self.unread.append(Unread(path, f"lies deeper than {DEEPEST} folders"))
        else:
            self.todo.append((path, depth))

    def link(self, path: str) -> None:
        """A link within is nothing new. Nothing is opened to find out where it leads."""
        real = os.path.realpath(f"{self.root}/{path}")
        if not os.path.lexists(real) or os.path.islink(real):  # noqa: PTH114 (a str with half characters)
            self.unread.append(Unread(path, "is a link that leads nowhere"))
        elif real != self.real and not real.startswith(self.real.rstrip("/") + "/"):
            self.unread.append(Unread(path, "is a link that leads outside"))
