"""Attributes of a classic HDF5 file (h5_classic.py): their types, spaces and texts, and the heap where texts lie.

Source: HDF5 File Format Specification 3.0, sections III.E (global heap) and IV.A.2.b, d and m (messages).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.h5_reader import VALUES, WANTED

UNDEFINED = (1 << 64) - 1
STEPS = 1_000_000  # things that are looked at in one file; the library takes more, in a process of its own
FIXED, OPAQUE, VARIABLE = 3, 5, 9  # classes of types
HEAD = {1: 8, 2: 8, 3: 9}  # bytes of the head of an attribute, by its version


class Beyond(Exception):
    """It is not as the library writes a file unless asked otherwise, so the library has to read it."""


def need(true: bool) -> None:
    """Leave the file to the library unless this holds."""
    if not true:
        raise Beyond


class Places:
    """The bytes of a file, so many of them as a bounded number of looks gives."""

    def __init__(self, data: Data) -> None:
        self.data, self.left = data, STEPS
        self.heaps: dict[int, dict[int, bytes]] = {}

    def look(self, many: int = 1) -> None:
        """Count what is looked at."""
        self.left -= many
        need(self.left >= 0)

    def at(self, place: int, size: int) -> bytes:
        """All of these bytes."""
        self.look(1 + size // 256)  # which bounds what is copied, too
        need(0 <= place <= place + size <= len(self.data))
        return piece(self.data, place, place + size)

    def heap_object(self, heap: int, index: int) -> bytes:
        """An object of a global heap."""
        if heap not in self.heaps:
            self.heaps[heap] = dict(self._objects(heap))
        need(index in self.heaps[heap])
        return self.heaps[heap][index]

    def _objects(self, heap: int) -> Iterator[tuple[int, bytes]]:
        mark, version, size = struct.unpack("<4sB3xQ", self.at(heap, 16))
        need(mark == b"GCOL" and version == 1)
        whole, at, seen = self.at(heap, size), 16, set()
        while at + 16 <= size:
            self.look()
            index, length = struct.unpack_from("<H6xQ", whole, at)
            if index == 0:  # the rest is free
                return
            need(index not in seen and at + 16 + length <= size)
            seen.add(index)
            yield index, whole[at + 16 : at + 16 + length]
            at += 16 + (length + 7) // 8 * 8


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute as its message has it: the name, the messages of its type and its space, and its raw value."""

    name: bytes
    kind: bytes
    space: bytes
    value: bytes


def attribute(raw: bytes) -> Attribute:
    """The parts of an attribute message; those of version 1 are padded to eight bytes."""
    need(len(raw) > 8 and raw[0] in HEAD and not (raw[0] > 1 and raw[1]))
    sizes, at, parts = struct.unpack_from("<HHH", raw, 2), HEAD[raw[0]], []
    for size in sizes:
        parts.append(raw[at : at + size])
        need(len(parts[-1]) == size)
        at += size if raw[0] > 1 else (size + 7) // 8 * 8
    need(parts[0].find(b"\0") == len(parts[0]) - 1 > 0)
    return Attribute(parts[0][:-1], parts[1], parts[2], raw[at:])


def texts(one: Attribute, places: Places) -> list[bytes]:
    """Its values as bytes, when they are texts or opaque; none when they are numbers or very many."""
    of, size, many = class_of(one.kind), size_of(one.kind), points(one.space)
    need(len(one.value) >= size * many)
    if of not in (FIXED, OPAQUE) and not (of == VARIABLE and one.kind[1] & 15 == 1):
        need(one.name not in WANTED)
        return []
    if many > VALUES:
        return []
    places.look(many)
    values = [one.value[i * size : (i + 1) * size] for i in range(many)]
    if of == VARIABLE:
        need(size == 16)
        return [_variable(v, places) for v in values]
    return [v.rstrip(b"\0") for v in values] if of == FIXED else values


def _variable(raw: bytes, places: Places) -> bytes:
    """A text of the global heap; the library would end it at a zero, others would not."""
    length, heap, index = struct.unpack("<IQI", raw)
    if heap in (0, UNDEFINED) or not length:
        return b""
    text = places.heap_object(heap, index)
    need(len(text) == length and b"\0" not in text)
    return text


def class_of(kind: bytes) -> int:
    """The class of a type."""
    need(len(kind) >= 8 and kind[0] >> 4 in (1, 2, 3) and kind[0] & 15 <= 10)
    return kind[0] & 15


def size_of(kind: bytes) -> int:
    """The bytes of one value of a type."""
    class_of(kind)
    size = int.from_bytes(kind[4:8], "little")
    need(size > 0)
    return size


def points(space: bytes) -> int:
    """How many values a space has: one without dimensions, none in an empty one."""
    need(len(space) >= 4 and space[0] in (1, 2) and not space[2] & ~1)
    rank, at = space[1], 8 if space[0] == 1 else 4
    if space[0] == 2:
        need(space[3] in (0, 1, 2) and (space[3] == 1 or not rank))
        if space[3] == 2:
            return 0
    need(len(space) >= at + 8 * rank * (1 + space[2]))
    many = 1
    for size in struct.unpack_from(f"<{rank}Q", space, at):
        many *= size
    need(many < 1 << 63)
    return many
