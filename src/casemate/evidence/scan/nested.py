"""Pickles in the constants of a pickle: as bytes or text, raw, in hex or in base64. Loaders leave them alone, but the
code that a pickle belongs to may load them, as `joblib.load(io.BytesIO(x))` does.

Only a constant that begins with the mark of protocols 2 to 5 counts; the older ones have none. The fast way over the
opcodes stops before such a constant (opcodes.MARK), so all others cost next to nothing.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from casemate.evidence.scan.data import Data, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.opcodes import CODES, COUNTED, MARK, NAMES, decode
from casemate.evidence.scan.stream import Stream
from casemate.evidence.scan.unpack import CHUNK, Broken

MANY = 10_000  # constants that are looked into
SHORTEST = 12  # bytes; a pickle that imports something has more
MOST = 16_000_000  # bytes of a text that stands for bytes
LINES = frozenset((CODES["UNICODE"], CODES["STRING"]))  # of protocol 0
CONSTANTS = LINES | COUNTED.keys() - {CODES["LONG1"], CODES["LONG4"]}
BEGINS = re.compile(rb"['\"]?(?:\\x80|%s)" % MARK)
_SPACE = re.compile(rb"\s+")


class Watched(Stream):
    """A pickle whose constants are looked at on the way. `found`: opcode, begin and end of what may be a pickle."""

    def __init__(self, data: Data, start: int, notes: Notes) -> None:
        super().__init__(data, start, notes)
        self.found: list[tuple[int, int, int]] = []

    def end(self, at: int) -> int:
        """Where an opcode ends; keeps its constant when that begins like a pickle."""
        stop = super().end(at)
        code = self.data[at]
        if code in CONSTANTS and stop - at > SHORTEST:
            begin = at + 1 + COUNTED.get(code, 0)
            if BEGINS.match(self.data, begin, stop):
                self.notes.step()
                self.keep(code, begin, stop)
        return stop

    def keep(self, code: int, begin: int, end: int) -> None:
        """Keep a constant, up to a number."""
        if len(self.found) < MANY:
            self.found.append((code, begin, end))
        else:
            said = f"has more than {MANY:,} constants that may be pickles"
            self.notes.add("limit", "inconclusive", said, begin)


def inspect(stream: Watched, notes: Notes, descend: Descend) -> None:
    """Go into each constant that was kept, and say so where it is a pickle."""
    for code, begin, end in stream.found:
        try:
            found = _inspected(stream.data, code, begin, end, f"constant at {begin}", descend)
        except (Broken, OSError):
            continue  # it was no pickle in hex or base64
        except Enough as e:
            notes.add("limit", "inconclusive", f"{e}; the rest was not read", begin)
            continue
        if found is not None:
            notes.add("nested-pickle", "info", "holds a pickle in a constant", begin)


def _inspected(data: Data, code: int, begin: int, end: int, where: str, descend: Descend) -> str | None:
    if code not in LINES and data[begin] == 0x80:
        return descend(window(data, begin, end), where, RAW)
    if code in LINES or data[begin] == 0xC2:
        text = _characters(data, code, begin, end)
        return descend.unpack(_decoded([text]), where, RAW)
    chunks = (piece(data, at, min(at + CHUNK, end)) for at in range(begin, end, CHUNK))
    return descend.unpack(_decoded(chunks), where, RAW)


def _characters(data: Data, code: int, begin: int, end: int) -> bytes:
    """The characters of a text as bytes: protocols 0 to 2 write bytes as characters of Latin-1."""
    if end - begin > MOST:
        raise Enough(f"holds a text of more than {MOST:,} bytes")
    text = decode(NAMES[code] if code in LINES else "BINUNICODE", piece(data, begin, end))
    if text is None:
        raise Broken("is no text")
    return text.encode("latin-1", "replace")


def _decoded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What hex or base64 stands for, or the bytes as they are. Fails with Broken at the first chunk that is neither."""
    rest, kind = b"", None
    for chunk in chunks:
        kind = kind or chunk[:1]
        if kind == b"\x80":
            yield chunk
            continue
        rest += _SPACE.sub(b"", chunk)
        whole = len(rest) & (-4 if kind == b"g" else -2)
        part, rest = rest[:whole], rest[whole:]
        try:
            yield binascii.a2b_base64(part, strict_mode=True) if kind == b"g" else binascii.unhexlify(part)
        except ValueError:
            raise Broken("is neither hex nor base64") from None
