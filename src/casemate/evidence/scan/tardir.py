"""The headers of a tar archive: names, kinds and places, with the long names of GNU and pax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.evidence.scan.data import Data, piece

BLOCK = 512
LONGEST = 1 << 16  # bytes of a long name or of pax's records; paths end at 4096
_PAX = re.compile(rb"(\d{1,9}) (path|linkpath|size)=([^\n]*)\n")


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
    """Every entry with its whole name, up to where no header follows."""
    at = 0
    said: dict[str, bytes] = {}
    while (entry := header(data, at)) is not None:
        at = entry.end
        if entry.kind in (b"L", b"K") and entry.size <= LONGEST:
            said["path" if entry.kind == b"L" else "linkpath"] = _content(data, entry).split(b"\0")[0]
        elif entry.kind in (b"x", b"g") and entry.size <= LONGEST:
            said |= {key.decode(): value for _, key, value in _PAX.findall(_content(data, entry))}
        else:
            entry = _renamed(entry, said)
            at, said = entry.end, {}
            yield entry


def _renamed(entry: Entry, said: dict[str, bytes]) -> Entry:
    """The entry with what the records before it say."""
    name = _text(said["path"]) if "path" in said else entry.name
    link = _text(said["linkpath"]) if "linkpath" in said else entry.link
    size = int(said["size"]) if said.get("size", b"").isdigit() and len(said["size"]) < 19 else entry.size
    return Entry(name, entry.kind, link, entry.begin, size)


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
