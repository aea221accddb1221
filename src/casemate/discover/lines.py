"""Programs in other languages than Python, read by their lines: which files those are, and where something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At

SUFFIXES = (
    "js",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "jsx",
    "java",
    "kt",
    "scala",
    "r",
    "rmd",
    "qmd",
    "go",
    "rs",
    "cs",
    "cpp",
    "cc",
)
LARGEST, MOST = 200_000, 20_000_000  # characters of one file, above which a machine made it; of all files
MADE = frozenset(("dist", "build", "out", ".next", ".nuxt", ".output", "vendor", "target", "obj", "third_party"))
"""Folders of what compilers make and of what others wrote."""
GENERAL = frozenset(("index", "main", "app", "server", "route", "api"))


def programs(repo: Repository) -> Iterator[tuple[File, str]]:
    """Each file of these languages with its text; tests, what compilers make and what is too large are left out."""
    room = MOST
    for f in repo.ending(*SUFFIXES):
        if f.size > LARGEST or f.name.endswith((".min.js", ".d.ts")) or re.search(r"[._](?:test|spec)\.", f.name):
            continue
        if not MADE.isdisjoint(f.folder.split("/")):
            continue
        room -= f.size
        text = repo.text(f.path) if room >= 0 else ""
        if isinstance(text, str) and text:
            yield f, text


def at(f: File, text: str, place: int) -> At:
    """The line of a place in a text."""
    return At(f.path, text.count("\n", 0, place) + 1)


def called(f: File) -> str:
    """The name of a file; its folder's where the file is called as all are."""
    stem = f.name.partition(".")[0]
    return stem if stem not in GENERAL else f.folder.rpartition("/")[2] or "api"
