"""The headers of a tar archive: names, kinds and places, with the long names of GNU and pax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.evidence.scan.data import Data, piece

BLOCK = 512
LONGEST = 1 << 16  # bytes of a long name or of pax's records; paths end at 4096
ODD = b"?"  # the kind of an entry that tools read in different ways
_LENGTH = re.compile(rb"(\d{1,9}) ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `size` bytes from `begin` on; the next header is at `end`."""

    name: str
    kind: bytes
    link: str
    begin: int
    size: int

    @property
    def end(self) -> int:
        """Where the next header is."""
        return self.begin + -(-self.size // BLOCK) * BLOCK


def header(data: Data, at: int) -> Entry | None:
    """The entry whose header is at `at`; None when its checksum is wrong or there is none."""
    raw = piece(data, at, at + BLOCK)
    if len(raw) < BLOCK or not raw[0]:
        return None
    said, size = _number(raw[148:156]), _number(raw[124:136])
    if said is None or size is None or said != sum(raw) - sum(raw[148:156]) + 8 * 32:
        return None
    prefix = _text(raw[345:500]) if raw[257:263] == b"ustar\x00" else ""
    name = f"{prefix}/{_text(raw[:100])}" if prefix else _text(raw[:100])
    kind = raw[156:157]
    return Entry(name, kind, _text(raw[157:257]), at + BLOCK, 0 if kind in b"12345" and kind else size)


def headers(data: Data) -> Iterator[Entry]:
    """Every entry with its whole name, up to where no header follows. One that tools read differently is ODD."""
    at = 0
    always: dict[str, bytes] = {}  # by a record for all that follows
    said: dict[str, bytes] = {}
    while (entry := header(data, at)) is not None:
        at = entry.end
        if entry.kind in (b"L", b"K") and entry.size <= LONGEST:
            said["path" if entry.kind == b"L" else "linkpath"] = _content(data, entry).split(b"\0")[0]
        elif entry.kind in (b"x", b"g") and entry.size <= LONGEST:
            records = _records(_content(data, entry))
            if entry.kind == b"x":
                said |= records
            else:
                always |= records | ({"odd": b"1"} if "size" in records else {})
        else:
            entry = _renamed(entry, always | said)
            at, said = entry.end, {}
            yield entry


def _records(raw: bytes) -> dict[str, bytes]:
    """What records of pax say: each is `length key=value` and a line's end, of exactly that length.

    Sparse files and what is not written so gives `odd`: tools do not agree on what it means.
    """
    said: dict[str, bytes] = {}
    at = 0
    while at < len(raw):
        found = _LENGTH.match(raw, at)
        end = at + int(found[1]) if found else at
        key, equals, value = raw[found.end() : end - 1].partition(b"=") if found else (b"", b"", b"")
        if not equals or end > len(raw) or raw[end - 1 : end] != b"\n":
            return said | {"odd": b"1"}
        name = key.decode("utf-8", "surrogateescape")
        if name.startswith("GNU.sparse.") or (name == "size" and not (value.isdigit() and len(value) < 19)):
            said["odd"] = b"1"
        elif name in ("path", "linkpath", "size"):
            said[name] = value
        at = end
    return said


def _renamed(entry: Entry, said: dict[str, bytes]) -> Entry:
    """The entry with what the records before it say."""
    name = _text(said["path"]) if said.get("path") else entry.name
    link = _text(said["linkpath"]) if said.get("linkpath") else entry.link
    size = int(said["size"]) if "size" in said else entry.size
    odd = "odd" in said or (entry.size and size != entry.size)
    return Entry(name, ODD if odd else entry.kind, link, entry.begin, size)


def _content(data: Data, entry: Entry) -> bytes:
    return piece(data, entry.begin, entry.begin + entry.size)


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(raw: bytes) -> int | None:
    """A number in octal digits, or GNU's binary form; None when it is neither."""
    if raw[0] & 0x80:
        value = int.from_bytes(raw[1:], "big")
        return value if raw[0] == 0x80 else None
    digits = raw.split(b"\0")[0].strip()
    return int(digits or b"0", 8) if all(48 <= d < 56 for d in digits) else None
