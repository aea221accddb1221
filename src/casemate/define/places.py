"""Where a thing stands in its file. Looked up in the tree when somebody asks, never stored for every value.

A system may be written in several files. A position's upper bits say in which: 0 is the system file itself, the others
count from 1 in the order in which they were read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from casemate.core.errors import Where
from casemate.core.yamltree import Map, Seq, where

FILE = 46  # a position is file << 46 | line << 20 | column; a file of 20 MB has fewer than 2^26 lines
_IN_FILE = (1 << FILE) - 1


def place(paths: Sequence[str], mark: int) -> Where:
    """The place that a packed position stands for. paths: the files, the system file first."""
    return where(paths[mark >> FILE], mark & _IN_FILE)


def stamp(tree: Map | Seq, number: int) -> int:
    """Give every position in a fresh tree the number of its file. Gives how many positions there are."""
    move = (number << FILE).__add__
    found = 0
    for node in _nodes(tree):
        node.at = move(node.at)
        node.marks = array("q", map(move, node.marks))
        found += len(node.marks)
    return found


def size(tree: Map | Seq) -> int:
    """How many positions there are in a tree."""
    return sum(len(node.marks) for node in _nodes(tree))


def _nodes(tree: Map | Seq) -> Iterator[Map | Seq]:
    """All mappings and sequences of a tree, without recursion."""
    todo: list[Map | Seq] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for v in node.values() if isinstance(node, Map) else node:
            if type(v) is not str and v is not None:
                todo.append(v)


class Places(Mapping[tuple[str, ...], int]):
    """Lines by keys, such as ("components", "scorer", "format"); a flow's by ("flows", its id).

    names: the other files, as they are written in the system file.
    """

    def __init__(self, tree: Map, flows: Mapping[str, int], names: Sequence[str] = ()) -> None:
        self._tree = tree
        self._flows = flows
        self.names = names

    @property
    def tree(self) -> Map:
        """The file as it was read."""
        return self._tree

    def mark(self, keys: tuple[str, ...]) -> int:
        """The packed position of the nearest thing that the keys name."""
        found = self._find(keys)
        while found is None:
            keys = keys[:-1]
            found = self._find(keys) if keys else self._tree.at
        return found

    def file(self, keys: tuple[str, ...]) -> str:
        """In which of the other files it stands, as the system file writes it; empty for the system file itself."""
        number = self.mark(keys) >> FILE
        return self.names[number - 1] if number else ""

    def _find(self, keys: tuple[str, ...]) -> int | None:
        if keys[:1] == ("flows",) and len(keys) > 1:
            return self._flows.get(keys[1])
        tree, mark = self._tree, self._tree.at
        for key in keys:
            if not isinstance(tree, Map) or key not in tree:
                return None
            tree, mark = tree[key], tree.key_at(key)
        return mark

    def __getitem__(self, keys: tuple[str, ...]) -> int:
        found = self._find(keys)
        if found is None:
            raise KeyError(keys)
        return (found & _IN_FILE) >> 20

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(())

    def __len__(self) -> int:
        return 0
