"""HDF5 files as the library and Keras write them unless asked otherwise: superblock 0, headers 1, groups of symbols.

They are read here, without native code, in milliseconds. Only what is exactly as the library writes it is understood;
everything else, broken or merely newer, is `Beyond`, and h5py reads it in a process of its own (h5.py). So nothing has
to be judged here that a loader could see in another way: names are in order, neighbours know each other, what is cached
is what is there. The outline is the one that h5py gives. How numbers are packed, fill values, filters and the indexes
of chunks say nothing of it and are not looked at: a file that is broken there is called by what it holds.

Source: HDF5 File Format Specification 3.0, sections II.A (superblock), III.A.1 (B-trees), III.B to III.D (groups),
IV.A.1 (headers) and IV.A.2 (messages).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from casemate.evidence.scan.data import Data
from casemate.evidence.scan.h5_outline import Outline
from casemate.evidence.scan.h5_reader import OBJECTS, Told, below
from casemate.evidence.scan.h5_values import UNDEFINED, Places, attribute, need, points, size_of, texts

SUPERBLOCK = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0])
SPACE, KIND, LAYOUT, ATTRIBUTE, MORE, GROUP = 1, 3, 8, 12, 16, 17  # messages that are followed
PLAIN = frozenset((0, 4, 5, 11, 13, 14, 18))  # and that say nothing of the outline: fill values, filters, times
COMPACT, CONTIGUOUS, CHUNKED = 0, 1, 2
HARD, CACHED, SOFT = 0, 1, 2  # what a name leads to


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a group, and what it leads to: the kind, the place of a header, and what is remembered of it."""

    name: bytes
    kind: int
    header: int
    cached: bytes


def outline(data: Data) -> Outline:
    """What a file of this form holds. Fails with Beyond when it is of any other."""
    places, told = Places(data), Told()
    head = places.at(0, 96)
    base, free, end, driver = struct.unpack_from("<4Q", head, 24)
    need(head[:16] == SUPERBLOCK and not base and free == driver == UNDEFINED and end == len(data))
    _, root, kind, cached = _entry(head[56:])
    need(kind in (HARD, CACHED))
    _walk(Name(b"", kind, root, cached), places, told)
    need(not told.said["unread"])
    return Outline(**{k: tuple(map(tuple, v)) for k, v in told.said.items()})


def _walk(root: Name, places: Places, told: Told) -> None:
    """Every object that names lead to, each once, in the order of h5_reader.py."""
    todo, seen = [("/", root)], set()
    while todo:
        path, name = todo.pop()
        if name.header in seen:
            continue
        seen.add(name.header)
        need(len(seen) <= OBJECTS)
        found: dict[int, list[bytes]] = {}
        for kind, raw in _messages(name.header, places):
            found.setdefault(kind, []).append(raw)
        _attributes(path, found.get(ATTRIBUTE, []), places, told)
        if GROUP in found:
            todo.extend(_children(path, name, found, places))
        else:
            need(path != "/" and name.kind == HARD)
            _dataset(path, found, told)


def _messages(header: int, places: Places) -> Iterator[tuple[int, bytes]]:
    """The messages of an object header with all its continuations."""
    version, many, size = struct.unpack("<BxH4xI4x", places.at(header, 16))
    need(version == 1)
    blocks, seen = [(header + 16, size)], 0
    for at, length in blocks:  # grows on the way
        block, here = places.at(at, length), 0
        while here < length:
            need(here + 8 <= length and seen < many)
            kind, size, flags = struct.unpack_from("<HHB", block, here)
            raw = block[here + 8 : here + 8 + size]
            need(len(raw) == size and size % 8 == 0 and not flags & ~5)
            if kind == MORE:
                blocks.append(struct.unpack_from("<QQ", raw.ljust(16, b"\xff")))
            elif kind not in PLAIN:
                need(kind in (SPACE, KIND, LAYOUT, ATTRIBUTE, GROUP))
                yield kind, raw
            places.look()
            seen, here = seen + 1, here + 8 + size
    need(seen == many)


def _attributes(path: str, raw: list[bytes], places: Places, told: Told) -> None:
    """Keep the texts among them, by name."""
    all_ = sorted(map(attribute, raw), key=lambda a: a.name)
    need(all(a.name != b.name for a, b in pairwise(all_)))
    for one in all_:
        for text in texts(one, places):
            told.text(path, one.name, text)


def _dataset(path: str, found: dict[int, list[bytes]], told: Told) -> None:
    """Tell where its values lie, if at one place."""
    need(all(len(found.get(kind, ())) == 1 for kind in (SPACE, KIND, LAYOUT)))
    (space,), (kind,), (layout,) = found[SPACE], found[KIND], found[LAYOUT]
    size = points(space) * size_of(kind)
    need(len(layout) >= 2 and layout[0] == 3 and layout[1] in (COMPACT, CONTIGUOUS, CHUNKED))
    if layout[1] == CONTIGUOUS:
        need(len(layout) >= 18)
        at, length = struct.unpack_from("<QQ", layout, 2)
        need(length == size)
        if at != UNDEFINED:
            told.span(path, at, length)


def _children(path: str, name: Name, found: dict[int, list[bytes]], places: Places) -> list[tuple[str, Name]]:
    """What the names of a group lead to; soft links lead nowhere else than names do."""
    need(len(found[GROUP]) == 1 and not found.keys() & {SPACE, KIND, LAYOUT} and len(found[GROUP][0]) >= 16)
    stab = found[GROUP][0][:16]
    need(name.kind == HARD or name.cached == stab)
    tree, heap = struct.unpack("<QQ", stab)
    names = list(_names(tree, _words(heap, places), places))
    return [(below(path, n.name), n) for n in names if n.kind != SOFT]


def _words(heap: int, places: Places) -> bytes:
    """The names of a group, in its local heap."""
    mark, version, size, _, at = struct.unpack("<4sB3xQQQ", places.at(heap, 32))
    need(mark == b"HEAP" and version == 0)
    return places.at(at, size)


def _names(tree: int, words: bytes, places: Places) -> Iterator[Name]:
    """The names in order; each between the keys of its leaf, so that who searches finds what who lists does."""
    before = b""
    for place, low, high in _leaves(tree, words, places):
        mark, version, many = struct.unpack("<4sBxH", places.at(place, 8))
        need(mark == b"SNOD" and version == 1)
        raw = places.at(place + 8, many * 40)
        need(before == low)
        for i in range(many):
            places.look()
            at, header, kind, cached = _entry(raw[i * 40 : i * 40 + 40])
            word = _word(words, at)
            need(before < word <= high and b"/" not in word and word != b"." and kind in (HARD, CACHED, SOFT))
            need((kind == SOFT) == (header == UNDEFINED))
            yield Name(word, kind, header, cached)
            before = word
        need(before == high)


def _leaves(tree: int, words: bytes, places: Places) -> list[tuple[int, bytes, bytes]]:
    """The leaves of a tree of names, each with the last name before it and its own last one."""
    depth = places.at(tree, 24)[5]
    row = _nodes([tree], depth, words, places)
    ends = row[0][1] if row else b"", row[-1][2] if row else b""
    for level in reversed(range(depth)):
        keys = [(low, high) for _, low, high in row]
        row = _nodes([at for at, _, _ in row], level, words, places, keys)
    need(not row or ends == (row[0][1], row[-1][2]))
    return row


def _nodes(
    at: list[int], level: int, words: bytes, places: Places, keys: list[tuple[bytes, bytes]] | None = None
) -> list[tuple[int, bytes, bytes]]:
    """What the nodes of one level lead to, and between which names. keys: of the nodes, as their parents say."""
    found: list[tuple[int, bytes, bytes]] = []
    for i, place in enumerate(at):
        mark, kind, here, used, left, right = struct.unpack("<4sBBHQQ", places.at(place, 24))
        need(mark == b"TREE" and not kind and here == level)
        need((left, right) == ((UNDEFINED, *at)[i], (*at, UNDEFINED)[i + 1]))
        both = struct.unpack(f"<{2 * used + 1}Q", places.at(place + 24, 16 * used + 8))
        own = [_word(words, k) for k in both[::2]]
        places.look(used)
        need(keys is None or (own[0], own[-1]) == keys[i])
        found += zip(both[1::2], own, own[1:], strict=False)
    return found


def _word(words: bytes, at: int) -> bytes:
    end = words.find(b"\0", at)
    need(0 <= at <= end)
    return words[at:end]


def _entry(raw: bytes) -> tuple[int, int, int, bytes]:
    """The place of a name, the header that it leads to, the kind of what is cached, and that."""
    at, header, kind = struct.unpack_from("<QQI", raw)
    return at, header, kind, raw[24:40]
