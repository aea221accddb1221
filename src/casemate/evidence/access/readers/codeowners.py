"""CODEOWNERS: who must approve a change under a path. The last line that fits decides.

Source: GitHub documentation, "About code owners". As in .gitignore, but without `!`, `[ ]` and `\\#`. Whoever may
approve decides what gets in, and counts as a writer; who may push without asking is not in this file, so that it is
never the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from casemate.evidence.access.export import Doc
from casemate.evidence.access.globs import LONGEST, matches
from casemate.evidence.access.right import Right, Rights, Target

UNKNOWN = ("!", "[", "\\")


@dataclass(frozen=True, slots=True)
class Line:
    """A pattern and its owners."""

    pattern: str
    owners: tuple[str, ...]
    at: str


def recognise(doc: Doc) -> bool:
    """Whether every line is a pattern with owners, and at least one has some."""
    kept = [words for line in doc.text.split("\n") if (words := _words(line))]
    owned = [w for words in kept for w in words[1:]]
    return bool(owned) and all("@" in w for w in owned) and not any(w[0].endswith((":", ",", "{")) for w in kept)


def _words(line: str) -> list[str]:
    return line.partition("#")[0].split()


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """The owners of the target's path. Of a folder also those of what has owners of its own in it."""
    doubts: list[str] = []
    rights: list[Right] = []
    given = [n for n in target.names if ":" not in n] or ([target.path] if target.path else [])
    names = [PurePosixPath(n).as_posix() for n in given]
    if not names:
        doubts.append(f"{docs[0].path}: the component has no path; say with `resource:` what is meant")
    for doc in docs:
        lines = _lines(doc, doubts)
        for name in names:
            deciding = _deciding(lines, name.strip("/"))
            found = [Right(who, "write", x.at, name, note="approves changes") for x in deciding for who in x.owners]
            rights += found
            if not found:
                doubts.append(f"{doc.path}: nobody owns {name}: whoever may push may change it")
    return Rights(tuple(rights), False, tuple(doubts), ("who may push or approve without being an owner",))


def _lines(doc: Doc, doubts: list[str]) -> list[Line]:
    out = []
    for number, text in enumerate(doc.text.split("\n"), 1):
        words = _words(text)
        if words and (words[0].startswith(UNKNOWN) or len(words[0]) > LONGEST):
            doubts.append(f"{doc.line(number)}: GitHub does not take the pattern {words[0][:60]!r}")
        elif words:
            out.append(Line(words[0], tuple(words[1:]), doc.line(number)))
    return out


def _deciding(lines: list[Line], path: str) -> list[Line]:
    """The last line that fits the path, and later ones that fit only something in it."""
    last = max((i for i, line in enumerate(lines) if fits(line.pattern, path)), default=None)
    later = lines if last is None else lines[last + 1 :]
    inside = [x for x in later if x.pattern.strip("/").startswith(f"{path}/")]
    return [*([] if last is None else [lines[last]]), *inside]


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern is about a path, or about a folder that it lies in."""
    steps = [p for p in pattern.split("/") if p]
    names = [n for n in path.split("/") if n]
    if "/" not in pattern.rstrip("/"):
        steps = ["**", *steps]
    # `docs/*` is about the files in docs alone; `docs/` and `docs` about all that is under it.
    shallow = len(steps) > 1 and steps[-1] == "*" and steps[0] != "**"
    return any(end == len(names) or not shallow for end in _reached(steps, names)) and bool(steps)


def _reached(steps: list[str], names: list[str]) -> set[int]:
    """After how many names all steps can have been taken. Linear in their product."""
    here = {0}
    for step in steps:
        if step == "**":
            here = set(range(min(here), len(names) + 1)) if here else here
        else:
            here = {i + 1 for i in here if i < len(names) and matches(step, names[i])}
    return here - {0}
