"""7z archives as 7z writes them: one folder, LZMA2, a header that is packed or not."""

import lzma
import pickle
import struct

MARK = b"7z\xbc\xaf\x27\x1c\x00\x04"
LZMA2 = b"\x21\x21\x01\x10", [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]


def number(value: int) -> bytes:
    """As 7z writes numbers: the ones at the top of the first byte say how many more follow."""
    for more in range(8):
        if value < 1 << 7 * (more + 1):
            first = (0xFF00 >> more & 0xFF) | value >> 8 * more
            return bytes([first]) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")
    return b"\xff" + value.to_bytes(8, "little")


def packed(raw: bytes) -> bytes:
    return lzma.compress(raw, lzma.FORMAT_RAW, filters=LZMA2[1])


def streams(
    begin: int, size: int, sizes: list[int], coders: bytes = b"\x01" + LZMA2[0], *, parts: bool = True
) -> bytes:
    place = b"\x06" + number(begin) + number(1) + b"\x09" + number(size) + b"\x00"
    folder = b"\x07\x0b\x01\x00" + coders + b"\x0c" + number(sum(sizes)) * coders[0] + b"\x00"
    inside = b"\x08\x0d" + number(len(sizes)) + b"\x09" + b"".join(map(number, sizes[:-1])) + b"\x00"
    return place + folder + (inside if parts else b"") + b"\x00"


def named(names: list[str], more: bytes = b"") -> bytes:
    said = b"\x00" + b"".join(n.encode("utf-16-le") + b"\x00\x00" for n in names)
    return b"\x05" + number(len(names)) + b"\x11" + number(len(said)) + said + more + b"\x00"


def whole(body: bytes, header: bytes) -> bytes:
    return MARK + bytes(4) + struct.pack("<QQ", len(body), len(header)) + bytes(4) + body + header


def archive(files: dict[str, bytes], *, hidden: bool = False) -> bytes:
    """All in one folder. hidden: the header is packed too."""
    body = packed(b"".join(files.values()))
    header = b"\x01\x04" + streams(0, len(body), [len(raw) for raw in files.values()]) + named(list(files)) + b"\x00"
    if not hidden:
        return whole(body, header)
    small = packed(header)
    return whole(body + small, b"\x17" + streams(len(body), len(small), [len(header)], parts=False))


HARMLESS = archive({"a.pkl": pickle.dumps({"a": 1}), "sub/notes.txt": b"what it is\n"}, hidden=True)
HOSTILE = archive({"notes.txt": b"what it is\n", "a.pkl": pickle.dumps(eval)})
