"""Inspect a folder that stands for one model: each file of it, with the digest that evidence of the folder binds to.

Which files are meant, how long one may take and where plain text is understood is as for `casemate scan FOLDER`. A link
that leads out of the folder of the system file is not followed: what lies there is inconclusive.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from casemate.core import files
from casemate.core.digest import of_file, of_value
from casemate.evidence.scan.lists import Allow
from casemate.evidence.scan.paths import Target, targets
from casemate.evidence.scan.pool import Limits, Orders, inspected, processors
from casemate.evidence.scan.record import Record
from casemate.evidence.scan.report import ORDER, Coverage, Finding, Verdict

BESIDE = frozenset({"text", "saved-variables"})
"""What lies beside a model and says nothing of its format: notes and configurations, the index of its variables."""
OUT = "is a link that leads out of the folder of the system file"


@dataclass(frozen=True, slots=True)
class Found:
    """What the files of a folder say together. sha256: of all names and digests; None when a file cannot be read.

    format: the one word that all files agree on, what lies beside a model apart; None when they do not.
    findings: those of all files, the worst first, each with the name of its file.
    """

    verdict: Verdict
    format: str | None
    sha256: str | None
    coverage: Coverage
    imports: int
    files: int
    findings: tuple[tuple[str, Finding], ...]


def inspect_folder(folder: Path, root: Path, allowed: Allow) -> Found | None:
    """The inspection of every file below a folder; None when there is none. root: links lead no further than here."""
    meant = [_kept_in(t, root) for t in targets((), [str(folder)])]
    if [t.path for t in meant] == [str(folder)]:
        return None
    with closing(inspected(meant, Orders(frozenset(allowed)), Limits(processors()))) as found:
        return _together(folder, list(found))


def _kept_in(t: Target, root: Path) -> Target:
    """A target that is not opened where a link leads out."""
    real = Path(os.path.realpath(t.path))
    return t if t.why or real.is_relative_to(os.path.realpath(root)) else replace(t, why=OUT)


def _together(folder: Path, records: list[Record]) -> Found:
    named = [(_name(folder, r), r) for r in records]
    # Clean and of no format: the numbers of a model beside it, which is how long they must be.
    formats = {r.format for r in records if r.format or r.verdict != "clean"} - BESIDE
    worst = max((r.verdict for r in records), key=lambda v: ORDER.index("info" if v == "clean" else v))
    return Found(
        worst,
        formats.pop() if len(formats) == 1 else None,
        _digest(folder, named),
        _sum(r.coverage for r in records),
        len({pair for r in records for pair in r.imports}),
        len(records),
        tuple(sorted(_findings(named), key=lambda f: -ORDER.index(f[1].severity))),
    )


def _name(folder: Path, r: Record) -> str:
    return Path(r.path).relative_to(folder).as_posix()


def _digest(folder: Path, named: list[tuple[str, Record]]) -> str | None:
    """As `digests.digest_of` makes it, of the very bytes that were inspected."""
    found = {name: r.sha256 or _of_file(folder / name) for name, r in named}
    return None if None in found.values() else of_value(found)


def _of_file(path: Path) -> str | None:
    return of_file(path) if files.kind(path) == "file" else None  # a pipe may never end


def _sum(parts: Iterable[Coverage]) -> Coverage:
    found = list(parts)
    return Coverage(sum(c.walked for c in found), sum(c.total for c in found))


def _findings(named: list[tuple[str, Record]]) -> Iterator[tuple[str, Finding]]:
    for name, r in named:
        if r.verdict != "clean" and all(f.severity == "info" for f in r.findings):
            yield name, Finding("unread", "inconclusive", "was not read to its end", r.coverage.walked)
        yield from ((name, f) for f in r.findings)
