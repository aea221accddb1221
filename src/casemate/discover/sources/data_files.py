"""Data files: tables and arrays, by their bytes where a format has a mark, else by name and content together.

Many of one form in a folder are one data set, the folder. The names of columns tell whether it is about people: that
is a reading of names, and the draft says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.repository import File, Repository
from casemate.discover.sighting import SAME, At, Found

TOGETHER = 8  # files of one form in a folder that are still data sets of their own
MARKS = {
    b"PAR1": "parquet", b"ARROW1": "other", b"\x93NUMPY": "npz", b"ORC": "other", b"Obj\x01": "other",
    b"SQLite format 3\0": "other",
}  # fmt: skip
STRONG = re.compile(
    r"(e-?mail|ssn|social_?sec\w*|iban|passport\w*|(first|last|full|sur|user|customer|client|patient)_?name|phone\w*"
    r"|mobile|(street_?)?address|birth_?\w*|date_of_birth|dob|patient_?id|national_?id|tax_?id|credit_?card\w*"
    r"|ip_?address|license_?plate|diagnos[ie]s)",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"(age|sex|gender|marital\w*|income|salary|wage|job\w*|occupation|education|race|ethnic\w*|religion|nationality"
    r"|zip(_?code)?|post(al)?_?code|household\w*|children|dependents|seniority|employment\w*|bmi|blood_?pressure)",
    re.IGNORECASE,
)


RECORDS = (b"in-toto.io/Statement", b"application/vnd.in-toto+json", b"eyJfdHlwZSI", b'{"assessment":"')
"""Evidence about data is no data, nor is who signed for it: statements, their envelopes (whose payload begins with
`{"_type"` in base64), and the first field of our sign-offs."""


def look(repo: Repository) -> Iterator[Found]:
    """The data files and folders of them."""
    groups: dict[tuple[str, str], list[File]] = {}
    for f in repo.files.values():
        if found := form(f, repo.head(f.path)):
            groups.setdefault((f.folder, found), []).append(f)
    for (folder, found), members in groups.items():
        if len(members) > TOGETHER and folder:
            yield from _folder(repo, folder, found, members)
        else:
            for f in members:
                yield from _file(repo, f, found)


def form(f: File, head: bytes) -> str | None:
    """The vocabulary's word for the form of a data file; None when it is none."""
    for mark, word in MARKS.items():
        if head.startswith(mark):
            return word
    if f.suffix in ("csv", "tsv"):
        return "csv" if columns(head) else None
    if f.suffix in ("jsonl", "ndjson"):
        if any(word in head for word in RECORDS):
            return None
        return "json" if head.lstrip()[:1] in (b"{", b"[") else None
    if f.suffix == "npz" and head.startswith(b"PK"):
        return "npz"
    if f.suffix in ("xlsx", "xls", "arff", "tfrecord", "sas7bdat", "dta"):
        return "other" if head else None
    return None


def columns(head: bytes) -> list[str]:
    """The names in the first line of a table; none when the lines do not look like one."""
    lines = head.decode("utf-8", "replace").splitlines()[:3]
    if not lines or len(lines[0]) > 3_000:
        return []
    sign = max(",;\t|", key=lines[0].count)
    if not lines[0].count(sign):
        return [lines[0].strip()] if len(lines) > 1 else []
    return [c.strip().strip("\"'") for c in lines[0].split(sign)]


def _file(repo: Repository, f: File, found: str) -> Iterator[Found]:
    here = At(f.path, 1 if found == "csv" else 0)
    yield from here.is_a(f.path, "dataset", _said(found), f.name.partition(".")[0])
    yield here.has(f.path, "path", f.path, "it lies there")
    yield here.has(f.path, "format", found, _said(found))
    yield from _about_people(f.path, here, repo.head(f.path), f.size)


def _folder(repo: Repository, folder: str, found: str, members: list[File]) -> Iterator[Found]:
    here = At(members[0].path)
    why = f"{len(members)} files: {_said(found)}"
    yield from here.is_a(folder, "dataset", why, folder.rpartition("/")[2])
    yield here.has(folder, "path", folder, "they lie there")
    yield here.has(folder, "format", found, why)
    yield from _about_people(folder, here, repo.head(members[0].path), members[0].size)
    for f in members:
        yield At(f.path).has(f.path, SAME, folder, "one of the files in that folder")


def _said(found: str) -> str:
    return {"csv": "a table", "json": "lines of JSON", "npz": "NumPy arrays"}.get(found, "begins as such a file does")


def _about_people(element: str, here: At, head: bytes, size: int) -> Iterator[Found]:
    """Whether one column names a person, or two describe one. Keys of JSON lines count as columns."""
    names = columns(head) if head[:1] != b"{" else re.findall(r'"(\w{1,40})"\s*:', head.decode("utf-8", "replace"))
    strong = [n for n in names if STRONG.fullmatch(n)]
    weak = [n for n in names if WEAK.fullmatch(n)]
    telling = list(dict.fromkeys(strong if strong else weak if len(weak) > 1 else []))[:4]
    if telling:
        why = f"columns named {', '.join(telling)}: about people, by their names"
        yield here.has(element, "sensitivity", "personal", why)
        yield here.has(element, "holds", "personal", why)
