"""How the folders of a 7z archive are unpacked, as far as Python can by itself: LZMA, LZMA2, Deflate, BZip2, stored,
and the filters that lie over LZMA. In chunks, with a bounded dictionary, and never more than the folder says.

Left out: PPMd, BCJ2, ARM64, Zstandard and others; what is packed by those is not understood. So is what is encrypted.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.sevenzipdir import Coder, Folder
from casemate.evidence.scan.unpack import CHUNK, ERRORS, MEMORY, Broken

LZMA1, LZMA2, STORED, DEFLATE, BZIP2 = b"\3\1\1", b"\x21", b"\0", b"\4\1\x08", b"\4\2\2"
ENCRYPTED = b"\6\xf1\7\1"
DELTA = b"\3"
BRANCHES = {
    b"\3\3\1\3": lzma.FILTER_X86, b"\4": lzma.FILTER_X86, b"\3\3\2\5": lzma.FILTER_POWERPC,
    b"\5": lzma.FILTER_POWERPC, b"\3\3\4\1": lzma.FILTER_IA64, b"\6": lzma.FILTER_IA64,
    b"\3\3\5\1": lzma.FILTER_ARM, b"\7": lzma.FILTER_ARM, b"\3\3\7\1": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB, b"\3\3\x08\5": lzma.FILTER_SPARC, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
PLAIN: dict[bytes, Callable[[], Any]] = {DEFLATE: lambda: zlib.decompressobj(-15), BZIP2: bz2.BZ2Decompressor}
LARGEST = MEMORY  # bytes of a dictionary
LITTLE = 1 << 6  # bytes that may be handed to LZMA without its need: it does not say where its stream ends


class Folding:
    """The unpacked bytes of one folder, whose packed bytes begin at `at`; its parts are taken in order.

    Fails with Broken where we cannot unpack it, with Enough where it needs too much memory.
    """

    def __init__(self, data: Data, at: int, folder: Folder) -> None:
        self.data = data
        self.at = at
        self.end = at + folder.packed
        self.left = folder.size
        self.rest = b""  # unpacked, and not taken
        self.broken = False  # whoever unpacks a broken stream further gets errors of any kind
        self.ends = True  # whether the packed stream says where it ends
        self.unpacker = self.made(folder.coders)
        self.chunks = self.unpacked()

    def made(self, coders: tuple[Coder, ...] | None) -> Any:
        """What unpacks it; None for what is stored."""
        if coders is None:
            raise Broken("is packed in a way that we cannot read")
        method = coders[-1].method
        if len(coders) == 1 and method == STORED:
            return None
        if len(coders) == 1 and method in PLAIN:
            return PLAIN[method]()
        self.ends = method == LZMA2
        try:
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(c) for c in coders])
        except (lzma.LZMAError, ValueError):
            raise Broken("is packed with settings that 7z does not write") from None

    def take(self, size: int) -> Iterator[bytes]:
        """The next part. Fails with Broken where the stream ends before it does."""
        while size:
            chunk = self.rest or next(self.chunks, b"")
            if not chunk:
                raise Broken("ends inside the compressed stream")
            part, self.rest = chunk[:size], chunk[size:]
            size -= len(part)
            yield part

    def over(self) -> int:
        """How many packed bytes are left when every part was taken; none where it broke, which was told."""
        if self.broken:
            return 0
        if self.unpacker is None or not self.ends:
            return self.end - self.at
        try:  # the end mark may still be to come
            more = b"" if self.unpacker.eof else self.unpacker.decompress(self.given(), 1)
        except ERRORS:
            more = b"?"
        if more or not self.unpacker.eof:
            return max(self.end - self.at, 1)
        return self.end - self.at + len(self.unpacker.unused_data)

    def given(self) -> bytes:
        """The next packed bytes; of LZMA fewer and fewer, so that few are left when it ends."""
        most = CHUNK if self.ends else max(LITTLE, min(CHUNK, (self.end - self.at) // 2))
        most = most if self.unpacker else min(CHUNK, self.left)
        begin, self.at = self.at, min(self.at + most, self.end)
        keep_small(self.data, begin, self.at)
        return piece(self.data, begin, self.at)

    def unpacked(self) -> Iterator[bytes]:
        """All of it in chunks, as far as it goes. Fails with Broken."""
        fed = b""
        while self.left:
            if not fed and getattr(self.unpacker, "needs_input", True):
                fed = self.given()
            last = not fed and self.at >= self.end
            try:
                out = self.step(fed)
            except ERRORS as e:
                self.broken = True
                raise Broken(f"is a broken stream ({type(e).__name__})") from None
            fed = getattr(self.unpacker, "unconsumed_tail", b"")
            if not out and last:
                return
            self.left -= len(out)
            yield from filter(None, (out,))

    def step(self, fed: bytes) -> bytes:
        """What comes of some packed bytes, no more than a chunk and than is to come."""
        if self.unpacker is None:
            return fed[: self.left]
        return b"" if self.unpacker.eof else bytes(self.unpacker.decompress(fed, min(CHUNK << 2, self.left)))


def _filter(coder: Coder) -> dict[str, int]:
    """A step as the lzma module has it. Fails with Broken where it has none, with Enough at too large a dictionary."""
    how, settings = coder.method, coder.settings
    if how == LZMA1 and len(settings) == 5:
        low, high = settings[0] % 9, settings[0] // 9
        small = _bounded(int.from_bytes(settings[1:], "little"))
        return {"id": lzma.FILTER_LZMA1, "lc": low, "lp": high % 5, "pb": high // 5, "dict_size": max(small, 4096)}
    if how == LZMA2 and len(settings) == 1 and settings[0] <= 40:
        bits = settings[0]
        return {"id": lzma.FILTER_LZMA2, "dict_size": _bounded((2 | bits & 1) << bits // 2 + 11)}
    if how == DELTA and len(settings) == 1:
        return {"id": lzma.FILTER_DELTA, "dist": settings[0] + 1}
    if how in BRANCHES and not settings:
        return {"id": BRANCHES[how]}
    raise Broken("is encrypted" if how == ENCRYPTED else f"is packed by method {how.hex()}, which we cannot read")


def _bounded(size: int) -> int:
    if size > LARGEST:
        raise Enough(f"needs a dictionary of more than {LARGEST:,} bytes")
    return size
