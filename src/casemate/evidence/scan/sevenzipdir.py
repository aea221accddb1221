"""The header of a 7z archive from its own bytes: packed streams, folders (what is packed together) and files.

Every count is held against what is left of the header before anything is made of it, so a short header makes little.
Checksums are left out: the bytes are read as they are, whatever they sum to.
Source: DOC/7zFormat.txt of the LZMA SDK.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from casemate.evidence.scan.budget import MAX_ENTRIES
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.unpack import Broken

END, HEADER, PROPERTIES, ADDITIONAL, STREAMS, FILES, PACKED, FOLDERS, PARTS = range(9)
SIZE, SUMS, FOLDER, UNPACKED, COUNTS, NO_STREAM = 9, 10, 11, 12, 13, 14
NAMES, ATTRIBUTES, PACKED_HEADER = 17, 21, 23
PASSED = (15, 16, 18, 19, 20, 24, 25)  # empty and anti files, times, places, filling
MOST_STEPS = 4
UNIX = 0x8000  # the upper half of the attributes is a mode of Unix


@dataclass(frozen=True, slots=True)
class Coder:
    """One step of packing: its method and its settings."""

    method: bytes
    settings: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """What was packed together: how many bytes lie in the archive, what they unpack to, and the sizes of its parts.

    coders: the steps, from the one that gives the content to the one that takes the packed bytes; None when they are
    no chain.
    """

    coders: tuple[Coder, ...] | None
    packed: int
    size: int
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """Folders in order, and where the first begins, counted from the end of the signature header."""

    begin: int
    folders: tuple[Folder, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A name, whether it has bytes in a folder, and its mode of Unix (0 where none is said)."""

    name: str
    stream: bool
    mode: int


class Reader:
    """A way through a header. Everything fails with Broken where the header says what cannot be."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def bytes(self, size: int) -> bytes:
        """The next bytes."""
        if size > len(self.raw) - self.at:
            raise Broken("has a header that is cut off")
        self.at += size
        return self.raw[self.at - size : self.at]

    def byte(self) -> int:
        """The next byte."""
        return self.bytes(1)[0]

    def number(self) -> int:
        """A number of one to nine bytes: the ones at the top of the first byte say how many more follow."""
        first, mask, value = self.byte(), 0x80, 0
        for i in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << 8 * i
            value |= self.byte() << 8 * i
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things of which each takes a byte of the header. Fails with Enough when there are too many."""
        found = self.number()
        if found > len(self.raw) - self.at + 1:
            raise Broken("says that it has more than its header can tell")
        if found > MAX_ENTRIES:
            raise Enough(f"has more than {MAX_ENTRIES:,} entries")
        return found

    def bits(self, count: int) -> list[bool]:
        """Whether, for each of so many."""
        raw = self.bytes((count + 7) // 8)
        return [bool(raw[i // 8] & 0x80 >> i % 8) for i in range(count)]

    def some(self, count: int) -> list[bool]:
        """The same, with a byte before it that may say: all."""
        return [True] * count if self.byte() else self.bits(count)

    def sums(self, count: int) -> list[bool]:
        """Pass checksums; which of so many there are."""
        found = self.some(count)
        self.bytes(4 * sum(found))
        return found

    def wanted(self, *ids: int) -> int:
        """The next id, one of these."""
        if (found := self.byte()) not in ids:
            raise Broken(f"has the property {found} in its header where 7z has none")
        return found

    def inside(self) -> None:
        """Fails with Broken where something is said to stand elsewhere."""
        if self.byte():
            raise Broken("has a part of its header in another stream, which we cannot read")

    def streams(self) -> Streams:
        """Packed streams, folders and the parts that these unpack to."""
        begin, sizes = 0, [0] * 0
        folders: list[_Packed] = []
        parts: list[tuple[int, ...]] | None = None
        while (kind := self.wanted(PACKED, FOLDERS, PARTS, END)) != END:
            if kind == PACKED:
                begin, sizes = self.packed()
            elif kind == FOLDERS:
                folders = self.folders()
            else:
                parts = self.parts(folders)
        if sum(f.taken for f in folders) != len(sizes):
            raise Broken("has other packed streams than its folders take")
        made, at = [], 0
        for f, each in zip(folders, parts or [(f.size,) for f in folders], strict=True):
            made.append(Folder(f.coders, sum(sizes[at : at + f.taken]), f.size, each))
            at += f.taken
        return Streams(begin, tuple(made))

    def packed(self) -> tuple[int, list[int]]:
        """Where the packed streams begin, and how long each is."""
        begin, count = self.number(), self.count()
        sizes = [0] * 0
        while (kind := self.wanted(SIZE, SUMS, END)) != END:
            if kind == SIZE:
                sizes = [self.number() for _ in range(count)]
            else:
                self.sums(count)
        if len(sizes) != count:
            raise Broken("does not say how long its packed streams are")
        return begin, sizes

    def folders(self) -> list[_Packed]:
        """How each folder is packed."""
        self.wanted(FOLDER)
        count = self.count()
        self.inside()
        found = [self.folder() for _ in range(count)]
        self.wanted(UNPACKED)
        sizes = [[self.number() for _ in range(gives)] for _, gives, _ in found]
        summed = [False] * count
        if self.wanted(SUMS, END) == SUMS:
            summed = self.sums(count)
            self.wanted(END)
        rows = zip(found, sizes, summed, strict=True)
        return [replace(f, size=size[last], summed=known) for (f, _, last), size, known in rows]

    def folder(self) -> tuple[_Packed, int, int]:
        """One folder without its size, how many streams its steps give, and which of these is the last."""
        count = self.number()
        if not 1 <= count <= MOST_STEPS:
            raise Broken(f"packs in {count:,} steps")
        coders = [self.coder() for _ in range(count)]
        takes, gives = sum(n for _, n, _ in coders), sum(n for _, _, n in coders)
        if gives > takes:
            raise Broken("has a folder that gives more than it takes")
        pairs = {self.number(): self.number() for _ in range(gives - 1)}
        taken = takes - (gives - 1)
        for _ in range(taken if taken > 1 else 0):
            self.number()
        last = [i for i in range(gives) if i not in pairs.values()]
        if len(last) != 1:
            raise Broken("has a folder without an end")
        simple = takes == gives == count
        return _Packed(_chain([c for c, _, _ in coders], pairs, last[0]) if simple else None, taken), gives, last[0]

    def coder(self) -> tuple[Coder, int, int]:
        """One step, how many streams it takes and how many it gives."""
        flags = self.byte()
        method = self.bytes(flags & 0xF)
        takes, gives = (self.number(), self.number()) if flags & 0x10 else (1, 1)
        if not 1 <= takes <= MOST_STEPS or not 1 <= gives <= MOST_STEPS or flags & 0xC0:
            raise Broken("has a step of packing that 7z does not write")
        return Coder(method, self.bytes(self.number()) if flags & 0x20 else b""), takes, gives

    def parts(self, folders: list[_Packed]) -> list[tuple[int, ...]]:
        """How long the parts of each folder are; the last of each is what is left of it."""
        counts, kind = [1] * len(folders), self.wanted(COUNTS, SIZE, SUMS, END)
        if kind == COUNTS:
            counts = [self.count() for _ in folders]
            kind = self.wanted(SIZE, SUMS, END)
        if sum(counts) > MAX_ENTRIES:
            raise Enough(f"has more than {MAX_ENTRIES:,} entries")
        found = []
        for count, f in zip(counts, folders, strict=True):
            each = [self.number() for _ in range(count - 1)] if kind == SIZE else []
            if len(each) != max(count - 1, 0) or sum(each) > f.size:
                raise Broken("has parts that are not as long as their folder")
            found.append((*each, f.size - sum(each)) if count else ())
        kind = self.wanted(SUMS, END) if kind == SIZE else kind
        if kind == SUMS:  # of those that have none yet
            self.sums(sum(n for n, f in zip(counts, folders, strict=True) if n != 1 or not f.summed))
            self.wanted(END)
        return found

    def files(self) -> list[File]:
        """Every file and folder, in the order of their bytes."""
        count = self.count()
        empty, modes, names = [False] * count, [0] * count, [""] * 0
        while (kind := self.number()) != END:
            below = Reader(self.bytes(self.number()))
            if kind == NO_STREAM:
                empty = below.bits(count)
            elif kind == NAMES:
                below.inside()
                names = below.raw[1:].decode("utf-16-le", "surrogatepass").split("\0")
            elif kind == ATTRIBUTES:
                known = below.some(count)
                below.inside()
                modes = [int.from_bytes(below.bytes(4), "little") if k else 0 for k in known]
            elif kind not in PASSED:
                raise Broken(f"has the property {kind} of files, which is not known")
        if len(names) != count + 1 or names[-1]:
            raise Broken("does not name all of its files")
        return [File(n, not e, m >> 16 if m & UNIX else 0) for n, e, m in zip(names, empty, modes, strict=False)]


@dataclass(frozen=True, slots=True)
class _Packed:
    """A folder on the way: its steps, how many packed streams it takes, its size, and whether it has a checksum."""

    coders: tuple[Coder, ...] | None
    taken: int
    size: int = 0
    summed: bool = False


def _chain(coders: list[Coder], pairs: dict[int, int], last: int) -> tuple[Coder, ...] | None:
    """The steps from the one that gives the content to the one that takes what lies in the archive."""
    found, at = [coders[last]], last
    while at in pairs:
        at = pairs[at]
        if at >= len(coders) or len(found) == len(coders):
            return None
        found.append(coders[at])
    return tuple(found) if len(found) == len(coders) else None


def header(raw: bytes) -> Streams | tuple[Streams, list[File]]:
    """What a header says: where the real one is packed, or the streams and the files. Fails with Broken or Enough."""
    reader = Reader(raw)
    try:
        if reader.wanted(HEADER, PACKED_HEADER) == PACKED_HEADER:
            return reader.streams()
        streams, files = Streams(0, ()), [File("", False, 0)] * 0
        while (kind := reader.wanted(STREAMS, FILES, END)) != END:
            if kind == STREAMS:
                streams = reader.streams()
            else:
                files = reader.files()
    except UnicodeDecodeError:
        raise Broken("has names that are no text") from None
    if reader.at < len(raw):
        raise Broken("has a header that goes on behind its end")
    if sum(f.stream for f in files) != sum(len(f.sizes) for f in streams.folders):
        raise Broken("has other parts than files")
    return streams, files
