"""The text of `getfacl -R PATH`: owner, group and access control list of each file. Default lists are for new files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from casemate.evidence.access.export import Doc
from casemate.evidence.access.posix import Node, rights
from casemate.evidence.access.right import Rights, Target

MOST = 1000  # entries in one list; file systems take some dozens
BITS = {"r": 4, "w": 2, "x": 1, "-": 0}


def recognise(doc: Doc) -> bool:
    """Whether it begins as getfacl does."""
    return doc.text.lstrip().startswith("# file:")


def read(docs: tuple[Doc, ...], target: Target) -> Rights:
    """The rights on what lies under the target's path; on everything where it has none."""
    doubts: list[str] = []
    nodes = [n for d in docs for n in _nodes(d, doubts)]
    holding = {n.path.rpartition("/")[0] for n in nodes}
    nodes = [replace(n, folder=n.folder or n.path in holding) for n in nodes]
    top = (target.path or "").strip("/")
    mine = [n for n in nodes if not top or f"{n.path}/".startswith(f"{top}/")]
    if not mine:
        doubts.append(f"{docs[0].path}: does not speak of {top or 'any file'}")
    return Rights(tuple(rights(mine)), whole=True, doubts=tuple(doubts))


def _nodes(doc: Doc, doubts: list[str]) -> Iterator[Node]:
    node: Node | None = None
    for number, line in enumerate(doc.text.split("\n"), 1):
        said, _, _ = line.partition("\t#")
        said = said.strip()
        if said.startswith("# file:"):
            if node:
                yield node
            path = said.removeprefix("# file:").strip().strip("/")
            node = Node(path, doc.line(number), "", "", (0, 0, 0))
        elif node is not None and said and not said.startswith("default:"):
            after = _with(node, said)
            if after is None:
                doubts.append(f"{doc.line(number)}: is no entry of an access control list")
            node = after or node
    if node:
        yield node


def _with(n: Node, said: str) -> Node | None:
    """The node with one more line; None when the line means nothing."""
    if said.startswith("#"):
        key, _, value = said[1:].strip().partition(": ")
        known = {
            "owner": {"owner": value},
            "group": {"group": value},
            "flags": {"sticky": "t" in value, "folder": True},
        }
        return replace(n, **known.get(key, {}))  # type: ignore[arg-type]
    kind, _, rest = said.partition(":")
    name, _, word = rest.rpartition(":")
    if len(word) != 3 or any(c not in BITS for c in word):
        return None
    bits = sum(BITS[c] for c in word)
    if kind == "mask":
        return replace(n, mask=bits)
    if kind not in ("user", "group", "other"):
        return None
    if name and len(n.named) >= MOST:
        return None
    if name:
        return replace(n, named=(*n.named, (kind, name, bits)))
    at = ("user", "group", "other").index(kind)
    return replace(n, bits=(*n.bits[:at], bits, *n.bits[at + 1 :]))  # type: ignore[arg-type]
