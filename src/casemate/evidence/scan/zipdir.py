"""The entries of a zip archive from its own bytes: central directory, local headers, and what lies between.

Loaders disagree on zip: torch ignores checksums and flags and takes sizes from the directory, others trust the local
header, Python allows for bytes in front. So everything that anybody could read is an entry here, and where two places
say different things, that is noted. Checksums are left out: the bytes are read as they are, whatever they sum to.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from casemate.evidence.scan.data import Data, find, piece

END, END64, LOCATOR, CENTRAL, LOCAL, DESCRIPTOR = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4", b"PK\7\x08"
TAIL = 22 + 65535  # bytes; the end's record with the longest comment
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
FULL = 0xFFFFFFFF
UNICODE_PATH = 0x7075


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its header lies at `at`, its `packed` bytes from `begin` on. None is what its header does not say."""

    name: str
    method: int
    flags: int
    packed: int | None
    size: int | None
    at: int
    begin: int
    mode: int = 0

    @property
    def encrypted(self) -> bool:
        """Whether it says that it is."""
        return bool(self.flags & 0x41)


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory in [begin, end) of the file, with the end's record after it; offsets count from `shift`.

    also: where other loaders find theirs, because the ends contradict each other. Those entries count as well, so that
    there are more than the `count` that is said.
    """

    begin: int
    end: int
    close: int
    shift: int
    count: int
    also: tuple[int, ...] = ()


def directory(data: Data) -> Directory | None:
    """Where the last end record says that the directory is; None when there is none that holds together."""
    start = max(0, len(data) - TAIL)
    tail = data if isinstance(data, bytes) and not start else piece(data, start, len(data))
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        return None
    _, _, _, _, count, size, offset, comment = _END.unpack_from(tail, at)
    at += start
    close, small = min(at + 22 + comment, len(data)), _End(at, count, size, offset)
    ends = _end64(data, at)
    end = ends[0] if ends else small
    begin = end.at - end.size
    if begin < 0 or begin < end.offset or (end.size and bytes(data[begin : begin + 4]) != CENTRAL):
        return None
    found = Directory(begin, end.at, close, begin - end.offset, end.count)
    also = tuple(other.offset for other in _others(data, found, small, ends))
    fewest = min(end.count, *(sum(1 for _ in _listed(data, o, at, 0)) for o in also)) if also else end.count
    return replace(found, count=fewest, also=also)


@dataclass(frozen=True, slots=True)
class _End:
    """What one end record at `at` says of the directory."""

    at: int
    count: int
    size: int
    offset: int
    length: int = 0


def _end64(data: Data, at: int) -> list[_End]:
    """The larger end records: the one right before the locator of the end at `at`, then the one that it names."""
    if at < 76 or bytes(data[at - 20 : at - 16]) != LOCATOR:
        return []
    (said,) = struct.unpack_from("<Q", piece(data, at - 12, at - 4))
    found = []
    for place in dict.fromkeys((at - 76, said)):
        if 0 <= place <= at - 76 and bytes(data[place : place + 4]) == END64:
            fields = _END64.unpack(piece(data, place, place + 56))
            found.append(_End(place, fields[7], fields[8], fields[9], fields[1] + 12))
    return found


def _others(data: Data, found: Directory, small: _End, ends: list[_End]) -> list[_End]:
    """The ends that lead some loader elsewhere: Python reads before the locator, torch what the locator names.

    Either may fall back to the small end, whose numbers are to be the same where they fit.
    """
    if not ends:
        return []
    (said,) = struct.unpack_from("<Q", piece(data, small.at - 12, small.at - 4))
    near = ends[0]
    others = list(ends[1:])
    touches = near.at + near.length == small.at - 20
    if said + found.shift != near.at or not touches:
        others = others or [near]
    pairs = ((small.count, near.count, 0xFFFF), (small.size, near.size, FULL), (small.offset, near.offset, FULL))
    if any(a not in (b, full) for a, b, full in pairs):
        others.append(small)
    return others


def central(data: Data, where: Directory) -> Iterator[Entry]:
    """The entries of the directory and of those that others read, with `begin` still 0; ends where it breaks off."""
    yield from _listed(data, where.begin, where.end, where.shift)
    for begin in where.also:
        yield from _listed(data, begin, where.close, 0)


def _listed(data: Data, at: int, end: int, shift: int) -> Iterator[Entry]:
    """The entries of the directory in [at, end)."""
    while at + 46 <= end and bytes(data[at : at + 4]) == CENTRAL:
        head = _CENTRAL.unpack(piece(data, at, at + 46))
        made, flags, method, packed, size, offset, mode = (
            head[1],
            head[3],
            head[4],
            head[8],
            head[9],
            head[16],
            head[15],
        )
        middle = at + 46 + head[10]
        extra = piece(data, middle, middle + head[11])
        name, other = _names(piece(data, at + 46, middle), extra)
        name = f"{name} ({other})" if other else name
        size, packed, offset = _wide(extra, size, packed, offset)
        yield Entry(name, method, flags, packed, size, offset + shift, 0, mode >> 16 if made >> 8 == 3 else 0)
        at = middle + head[11] + head[12]


def local(data: Data, at: int) -> Entry | None:
    """The entry whose local header is at `at`; None when there is none. Sizes may be unknown."""
    if at < 0 or at + 30 > len(data) or bytes(data[at : at + 4]) != LOCAL:
        return None
    head = _LOCAL.unpack(piece(data, at, at + 30))
    flags, method, packed, size = head[2], head[3], head[7], head[8]
    middle = at + 30 + head[9]
    begin = middle + head[10]
    if begin > len(data):
        return None
    extra = piece(data, middle, begin)
    size, packed, _ = _wide(extra, size, packed, 0)
    late = flags & 8 and not packed
    name, other = _names(piece(data, at + 30, middle), extra)
    name = f"{other} instead of {name}" if other else name  # never what the directory says
    return Entry(name, method, flags, None if late else packed, None if late else size, at, begin)


def _name(raw: bytes) -> str:
    """A name as it is compared and shown; what is no UTF-8 stays tellable."""
    return raw.decode("utf-8", "surrogateescape")


def _names(raw: bytes, extra: bytes) -> tuple[str, str]:
    """A name, and the other one that the extra field for Unicode gives to what needs none: loaders take either.

    A name beyond ASCII is expected to stand there a second time, in another encoding.
    """
    for kind, content in _extras(extra):
        other = _name(content[5:])
        if kind == UNICODE_PATH and raw.isascii() and other != _name(raw):
            return _name(raw), other or "no name"
    return _name(raw), ""


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields: kind and content."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, taken from the larger field where they do not fit (APPNOTE 4.5.3)."""
    for kind, content in _extras(extra):
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{len(content) // 8}Q", content))
            size, packed, offset = (next(numbers, n) if n == FULL else n for n in (size, packed, offset))
            break
    return size, packed, offset


def descriptor(data: Data, at: int, entry: Entry) -> int:
    """How long the record is that may stand behind an entry's bytes and repeat its sizes; 0 when there is none."""
    mark = 4 if bytes(data[at : at + 4]) == DESCRIPTOR else 0
    for form, length in (("<2L", 12), ("<2Q", 20)):
        raw = piece(data, at + mark + 4, at + mark + length)
        if len(raw) == length - 4 and struct.unpack(form, raw) == (entry.packed, entry.size):
            return mark + length
    return 0


def beyond(data: Data, begin: int, end: int) -> int:
    """The next local header in [begin, end); -1 when there is none."""
    return find(data, LOCAL, begin, end)


def placed(entry: Entry, head: Entry) -> Entry:
    """An entry of the directory with the place that its local header gives."""
    return replace(entry, begin=head.begin)
