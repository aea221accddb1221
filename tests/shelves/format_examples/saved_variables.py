"""The index of a TensorFlow checkpoint, and one with bytes between its blocks, which TensorFlow never writes."""

MARK = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"


def varint(n: int) -> bytes:
    return bytes([n & 0x7F | 0x80]) + varint(n >> 7) if n > 0x7F else bytes([n])


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block without shared keys, and its trailer."""
    body = b"".join(b"\0" + varint(len(k)) + varint(len(v)) + k + v for k, v in entries)
    return body + bytes(4) + (1).to_bytes(4, "little") + b"\0" + b"csum"


def table(entries: list[tuple[bytes, bytes]], gap: bytes = b"") -> bytes:
    data, about = block(entries) + gap, block([])
    index = block([(entries[-1][0], varint(0) + varint(len(data) - len(gap) - 5))])
    places = (len(data), len(about) - 5, len(data) + len(about), len(index) - 5)
    return data + about + index + b"".join(map(varint, places)).ljust(40, b"\0") + MARK


def entry(begin: int, size: int, shard: int = 0) -> bytes:
    """A BundleEntryProto of floats."""
    shape = b"\x12\x04\x12\x02\x08" + varint(size // 4)
    return (
        b"\x08\x01" + shape + b"\x18" + varint(shard) + b"\x20" + varint(begin) + b"\x28" + varint(size) + b"\x35csum"
    )


HEADER = (b"", b"\x08\x01\x1a\x02\x08\x01")
HARMLESS = table([HEADER, (b"a/kernel", entry(0, 16)), (b"b/bias", entry(16, 8))])
HOSTILE = table([HEADER, (b"a/kernel", entry(0, 16))], b"cbuiltins\neval\n.")
HOSTILE_IS = "inconclusive"
