"""A system file with all that belongs to it: its parts, and what its components share with other files.

This is where files are read. What is wrong with any of them is collected and raised at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from casemate.core.errors import Where
from casemate.core.yamltree import parse
from casemate.define.borrow import borrow
from casemate.define.build import from_tree, mapping
from casemate.define.include import joined, parts
from casemate.define.places import place
from casemate.define.sources import Sources
from casemate.define.system import System


def from_file(path: Path, words: Mapping[str, tuple[str, ...]], currencies: Mapping[str, str] | None = None) -> System:
    """The system that a file describes, with its parts and what it shares with other files. All errors of all files.

    words, currencies: as for `from_text`.
    """
    sources = Sources(path)
    tree = mapping(parse(sources.text, str(path)), str(path))

    def at(mark: int) -> Where:
        return place(sources.paths, mark)

    found, unread = parts(tree, sources, at)
    tree, wrong = joined(tree, found, at) if found else (tree, [])
    tree, borrowed, strange = borrow(tree, sources, at)
    wrong = [*unread, *wrong, *strange]
    return replace(from_tree(tree, sources, words, currencies, wrong, bool(unread)), borrowed=borrowed)
