"""GGUF, versions 2 and 3, either byte order: metadata, then where each tensor lies, then the tensors.

Every count and length is held against what is left of the file before anything is read. Tensors stand in order, each
right behind the padding of the one before, as llama.cpp demands; what lies otherwise is suspicious, because no
writer makes it. Chat templates are judged as text (template.py); other texts are passed, none is rendered.
Version 1, types that we do not know and bytes behind the last tensor are inconclusive.
"""

from __future__ import annotations

import math
import struct

from casemate.evidence.scan.data import Data, keep_small, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.gguf_types import BLOCKS, WIDTHS, Odd, Tensor
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Severity, Walk

MARK = b"GGUF"
FIRST = MARK[:1]
VERSIONS = (2, 3)
MAX_NAME = 65_535  # bytes of a key; a tensor's name has at most 64
MAX_SIDES = 4
MAX_NESTED = 4  # arrays in each other
MAX_ALIGNMENT = 1 << 16
BLOCK = 1 << 12  # texts between two looks at memory
TEXT, ARRAY, UINT32 = 8, 9, 4
ALIGNMENT = b"general.alignment"


def recognise(data: Data) -> bool:
    """Whether it begins with the mark and a version that could be one."""
    return bytes(data[:4]) == MARK and len(data) >= 8 and 0 in (data[4], data[7]) and any(data[4:8])


def walk(data: Data, descend: Descend) -> Walk:
    """Metadata, places, tensors; what is cut off or odd ends the walk."""
    model = _Model(data, descend)
    try:
        model.read()
    except Enough as e:
        model.notes.add("limit", "inconclusive", f"{e}; the rest was not read", model.at)
    except Odd as e:
        model.notes.add(e.id, "inconclusive", str(e), model.at)
    return model.notes.walk(min(model.at, len(data)))


class _Model:
    """A walk over one file. `at` is how far it is read."""

    def __init__(self, data: Data, descend: Descend) -> None:
        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.at = 4
        self.order = ">" if piece(data, 4, 6) == b"\0\0" else "<"
        self.alignment = 32

    def read(self) -> None:
        """The whole file."""
        version = self.number(4)
        if version not in VERSIONS:
            raise Odd("version", f"is of version {version}, which is not known")
        tensors, entries = self.number(8), self.number(8)
        self.fits(entries, 8 + 4 + 1, "entries of metadata")
        self.fits(tensors, 8 + 4 + 4 + 8, "tensors")
        self.descend.entries(entries + tensors)
        self.metadata(entries)
        found = self.tensors(tensors)
        self.at = self.padded(self.at, 0)
        self.places(found)

    def number(self, width: int) -> int:
        """The next whole number, without a sign."""
        raw = piece(self.data, self.at, self.at + width)
        if len(raw) < width:
            raise Odd("truncated", "ends inside its header")
        self.at += width
        return int.from_bytes(raw, "little" if self.order == "<" else "big")

    def fits(self, count: int, width: int, what: str) -> None:
        """Fails with Odd when there cannot be so many in what is left."""
        if count * width > len(self.data) - self.at:
            raise Odd("truncated", f"says that it has {count:,} {what}, more than fit into the file")

    def text(self) -> tuple[int, int]:
        """Pass a text; where it stands."""
        size = self.number(8)
        self.fits(size, 1, "bytes of a text")
        begin = self.at
        self.at += size
        return begin, self.at

    def name(self) -> bytes:
        """A name, not longer than one may be."""
        begin, end = self.text()
        if end - begin > MAX_NAME:
            raise Odd("name", f"has a name of {end - begin:,} bytes")
        return piece(self.data, begin, end)

    def metadata(self, count: int) -> None:
        """Every entry."""
        names: set[bytes] = set()
        for _ in range(count):
            self.notes.step()
            begin, key = self.at, self.name()
            if key in names:
                said = f"names {key[:100]!a} twice, and readers differ in which of them counts"
                self.notes.add("duplicate-key", "suspicious", said, begin)
            names.add(key)
            self.entry(key, self.number(4))
            keep_small(self.data, begin, self.at)

    def entry(self, key: bytes, kind: int) -> None:
        """One value."""
        if key == ALIGNMENT and kind == UINT32:
            self.alignment = self.number(4)
            if self.alignment & (self.alignment - 1) or not 1 <= self.alignment <= MAX_ALIGNMENT:
                raise Odd("alignment", f"is aligned to {self.alignment}, which is no alignment")
            return
        self.value(kind, 0, b"template" in key.lower())

    def value(self, kind: int, depth: int, judged: bool) -> None:
        """Pass a value; a chat template is judged on the way."""
        if kind in WIDTHS:
            self.fits(1, WIDTHS[kind], "values")
            self.at += WIDTHS[kind]
        elif kind == TEXT:
            begin, end = self.text()
            if judged:
                self.template(begin, end)
        elif kind == ARRAY:
            self.array(depth, judged)
        else:
            raise Odd("type", f"has metadata of the type {kind}, which is not known")

    def array(self, depth: int, judged: bool) -> None:
        """Pass many values of one type."""
        if depth >= MAX_NESTED:
            raise Odd("nested", f"has more than {MAX_NESTED} arrays in each other")
        kind, count = self.number(4), self.number(8)
        self.fits(count, WIDTHS.get(kind, 8), "values")
        if kind in WIDTHS:
            self.at += count * WIDTHS[kind]
        elif kind == TEXT and not judged:
            self.texts(count)
        else:
            for _ in range(count):
                self.notes.step()
                self.value(kind, depth + 1, judged)

    def texts(self, count: int) -> None:
        """Pass many texts: a vocabulary has a hundred thousand."""
        data, at = self.data, self.at
        length = struct.Struct(self.order + "Q").unpack_from
        self.notes.work.steps += count
        self.notes.step()
        try:
            for done in range(0, count, BLOCK):
                begin = at
                for _ in range(min(BLOCK, count - done)):
                    at += 8 + length(data, at)[0]
                keep_small(data, begin, min(at, len(data)))
        except (struct.error, OverflowError, IndexError):  # behind the end
            raise Odd("truncated", "ends inside its metadata") from None
        self.fits(at - self.at, 1, "bytes of texts")
        self.at = at

    def template(self, begin: int, end: int) -> None:
        """Judge a chat template."""
        from casemate.evidence.scan import template

        raw = piece(self.data, begin, min(end, begin + 4 * template.MAX_TEMPLATE + 1))

        def add(id: str, severity: Severity, message: str) -> None:
            self.notes.add(id, severity, message, begin)

        template.judge(raw.decode("utf-8", "replace"), add)

    def tensors(self, count: int) -> list[Tensor]:
        """Where each tensor lies."""
        found: list[Tensor] = []
        names: set[bytes] = set()
        for _ in range(count):
            self.notes.step()
            said, name, sides = self.at, self.name(), self.number(4)
            if sides > MAX_SIDES:
                raise Odd("shape", f"has a tensor with {sides:,} sides")
            if name in names:
                self.notes.add("duplicate-name", "suspicious", f"has the tensor {name[:100]!a} twice", said)
            names.add(name)
            shape = [self.number(8) for _ in range(sides)]
            size = self.size(self.number(4), shape, said)
            found.append(Tensor(name[:200].decode("utf-8", "replace"), self.number(8), size, said))
            keep_small(self.data, said, self.at)
        return found

    def size(self, kind: int, shape: list[int], said: int) -> int | None:
        """Bytes of a tensor; None when its type is not known."""
        if kind not in BLOCKS:
            self.notes.add("type", "inconclusive", f"has a tensor of the type {kind}, which is not known", said)
            return None
        elements, width = BLOCKS[kind]
        if (shape[0] if shape else 1) % elements:
            self.notes.add("shape", "suspicious", "has a tensor whose rows are no whole blocks", said)
        return math.prod(shape) // elements * width

    def places(self, tensors: list[Tensor]) -> None:
        """Hand every tensor on; they stand one behind the other."""
        start = self.at
        for tensor in tensors:
            begin = start + tensor.begin
            if begin != self.at and tensor.size is not None:
                said = f"has the tensor {tensor.name[:100]!a} out of its place: tensors stand in order, without gaps"
                self.notes.add("place", "suspicious", said, tensor.said)
                return
            if tensor.size is None:
                return
            end = begin + tensor.size
            if end > len(self.data):
                raise Odd("truncated", f"ends before the tensor {tensor.name[:100]!a} does")
            if tensor.size:
                self.descend(window(self.data, begin, end), f"tensor {tensor.name}", RAW)
            self.at = self.padded(end, start)
            keep_small(self.data, begin, self.at)
        if self.at < len(self.data):
            self.notes.add("trailing-bytes", "inconclusive", "goes on behind its last tensor", self.at)

    def padded(self, end: int, start: int) -> int:
        """Where the padding behind a tensor ends; it may be cut off at the end of the file."""
        stop = min(end + (start - end) % self.alignment, len(self.data))
        if any(piece(self.data, end, stop)):
            self.notes.add("padding", "suspicious", "has padding that is no zeros", end)
        return stop
