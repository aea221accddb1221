"""Which Python file of the repository imports which other: read by lines, so that no file needs to be parsed for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(?:\(([^)]{0,2000})|([^\n#(]*))|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
MOST = 2_000  # of one file
IMPORTS = "imports"


def look(repo: Repository) -> Iterator[Found]:
    """A sighting `imports` for each file that another one imports."""
    for f in repo.ending("py"):
        text = repo.text(f.path)
        if isinstance(text, str):
            line, before = 1, 0
            for found in islice(IMPORT.finditer(text), MOST):
                line, before = line + text.count("\n", before, found.start()), found.start()
                for path in dict.fromkeys(_files(repo, f, found)):
                    if path != f.path:
                        yield At(f.path, line).has(f.path, IMPORTS, path, "imported there")


def _files(repo: Repository, f: File, found: re.Match[str]) -> Iterator[str]:
    source, listed, bare, plain = found.groups()
    names = listed or bare or ""
    if plain:
        dotted = [part.split()[0] for part in plain.split(",") if part.split()]
    else:
        last = [part.split()[0] for part in names.split(",") if part.split()]
        dotted = [source, *(f"{source}{'' if source.endswith('.') else '.'}{name}" for name in last[:50])]
    for one in dotted:
        if path := _file(repo, f, one):
            yield path


def _file(repo: Repository, f: File, dotted: str) -> str | None:
    """The file of a module, as Python would look for it from this file, from the folders above it or from src/."""
    level = len(dotted) - len(dotted.lstrip("."))
    parts = [p for p in dotted.split(".") if p]
    folder = f.folder.split("/") if f.folder else []
    if level:
        bases = [folder[: len(folder) - level + 1]] if level - 1 <= len(folder) else []
    else:
        bases = [folder[:n] for n in range(len(folder), -1, -1)] + [["src"]]
    for base in bases if parts else ():
        path = "/".join([*base, *parts])
        for tried in (f"{path}.py", f"{path}/__init__.py"):
            if tried in repo.files:
                return tried
    return None
