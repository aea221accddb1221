"""Where a thing stands in its file. Looked up in the tree when somebody asks, never stored for every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from casemate.core.yamltree import Map


class Places(Mapping[tuple[str, ...], int]):
    """Lines by keys, such as ("components", "scorer", "format"); a flow's by ("flows", its id)."""

    def __init__(self, tree: Map, flows: Mapping[str, int]) -> None:
        self._tree = tree
        self._flows = flows

    def mark(self, keys: tuple[str, ...]) -> int:
        """The packed position of the nearest thing that the keys name."""
        found = self._find(keys)
        while found is None:
            keys = keys[:-1]
            found = self._find(keys) if keys else self._tree.at
        return found

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
        return found >> 20

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(())

    def __len__(self) -> int:
        return 0
