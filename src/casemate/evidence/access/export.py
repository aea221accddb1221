"""One file of an export, read with bounds: JSON, YAML of one document or several, or plain text.

What cannot be read is a doubt with its place, never a right that is not there. Nothing refers to another file, and
whatever refers to another entry of the same export is looked up once: there are no circles to follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from casemate.core import files, shelf
from casemate.core.errors import CasemateError, Where
from casemate.core.yamltree import Map, Seq, Tree, parse
from casemate.evidence.access.right import Rights, Target, put_together

SHELF = "evidence/access/readers"
MAX_BYTES = 8_000_000  # an account with 2,000 roles takes 4 MB
MAX_DOCUMENTS = 2_000
_LINE = 20  # as in core.yamltree: a position is line << 20 | column


@dataclass(frozen=True, slots=True)
class Doc:
    """One document. `tree` is None where it is plain text, or no YAML; `wrong` says why then."""

    path: str
    text: str
    tree: Tree = None
    before: int = 0
    """Lines of the file before this document."""
    wrong: str = ""

    def at(self, mark: int) -> str:
        """`iam.json:12` of a position in the tree."""
        return f"{self.path}:{(mark >> _LINE) + self.before}"

    def line(self, number: int) -> str:
        """The same of a line of the text."""
        return f"{self.path}:{number + self.before}"


def load(root: Path, names: Iterable[str]) -> tuple[list[Doc], list[str]]:
    """The documents of the files, and why what could not be read is missing."""
    docs: list[Doc] = []
    doubts: list[str] = []
    for name in dict.fromkeys(names):
        try:
            docs += documents(_text(root / name, name), name)
        except CasemateError as e:
            doubts.append(f"{e.at}: {e.what}")
    return docs, doubts


def _text(path: Path, name: str) -> str:
    try:
        data = files.read(path, MAX_BYTES + 1)
    except CasemateError as e:
        raise CasemateError(name, e.what, e.todo) from None
    if len(data) > MAX_BYTES:
        raise CasemateError(name, f"is larger than {MAX_BYTES // 1_000_000} MB", "export less at a time")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise CasemateError(Where(name, data.count(b"\n", 0, e.start) + 1, 1), "is not UTF-8") from None


def documents(text: str, name: str) -> list[Doc]:
    """The documents of a text: YAML divides them with `---` at the beginning of a line, which JSON never holds."""
    parts: list[tuple[int, list[str]]] = [(0, [])]
    for i, line in enumerate(text.split("\n")):
        if line.rstrip() == "---":
            parts.append((i, [""]))  # so that lines keep their numbers
        else:
            parts[-1][1].append(line)
    kept = [(before, "\n".join(lines)) for before, lines in parts if any(x.strip() for x in lines)]
    if len(kept) > MAX_DOCUMENTS:
        raise CasemateError(name, f"has more than {MAX_DOCUMENTS:,} documents", "export less at a time")
    return [_doc(name, part, before) for before, part in kept]


def _doc(name: str, text: str, before: int) -> Doc:
    try:
        tree = parse(text, name)
    except CasemateError as e:
        line = e.at.line + before
        return Doc(name, text, None, before, f"{name}:{line}: {e.what}" if e.at.line else str(e))
    return Doc(name, text, tree, before)


def read(docs: Iterable[Doc], target: Target) -> Rights:
    """What all the documents say of one thing. One that no reader recognises is a doubt."""
    left = list(docs)
    found = []
    known: set[int] = set()
    for name in shelf.names(SHELF):
        reader = shelf.member(SHELF, name)
        mine = tuple(d for d in left if reader.recognise(d))
        known.update(id(d) for d in mine)
        if mine:
            found.append(reader.read(mine, target))
    strange = [d.wrong or f"{d.line(1)}: is no export of rights that we know" for d in left if id(d) not in known]
    return put_together([*found, Rights(whole=True, doubts=tuple(strange))]) if left else Rights()


# ------------------------------------------------------------------------- looking into what strangers wrote


def text_of(tree: Any, key: str) -> str:
    """The text under a key; empty when there is none."""
    value = tree.get(key) if isinstance(tree, Map) else None
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """A text, or the texts of a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, Seq) else ()


def maps(value: Any) -> Iterator[Map]:
    """A mapping, or the mappings of a list."""
    if isinstance(value, Map):
        yield value
    elif isinstance(value, Seq):
        yield from (v for v in value if isinstance(v, Map))


def inner(doc: Doc, value: Any, mark: int) -> tuple[Doc, Any]:
    """A mapping, or the document that a text holds: AWS writes policies as JSON inside JSON, or percent-encoded."""
    if isinstance(value, Map) or not isinstance(value, str):
        return doc, value
    text = (unquote(value) if value[:3].upper() == "%7B" else value).replace("\n", " ")  # all of it is on one line
    line = (mark >> _LINE) + doc.before
    made = _doc(doc.path, text, line - 1)
    return made, made.tree
