"""HDF5 by hand, as its specification says: a superblock, and a root group with texts as attributes and with links."""

import struct
from importlib.util import find_spec

UNDEFINED = b"\xff" * 8
LAMBDA = b'{"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}}'


def eights(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % 8)


def message(kind: int, content: bytes) -> bytes:
    content = eights(content)
    return struct.pack("<HHB3x", kind, len(content), 0) + content


def attribute(name: str, text: bytes) -> bytes:
    label, form, space = name.encode() + b"\0", struct.pack("<B3xI", 0x13, len(text)), bytes([1]) + b"\0" * 7
    head = struct.pack("<BxHHH", 1, len(label), len(form), len(space))
    return message(12, head + eights(label) + form + space + text)


def external_link(name: str, file: str) -> bytes:
    to = b"\0" + file.encode() + b"\0/\0"
    return message(6, struct.pack("<BBBB", 1, 8, 64, len(name)) + name.encode() + struct.pack("<H", len(to)) + to)


def hdf5(*messages: bytes) -> bytes:
    body = b"".join((message(2, b"\0\0" + UNDEFINED * 2), message(10, b"\0\0"), *messages))
    header = struct.pack("<BxHII4x", 1, 2 + len(messages), 1, len(body)) + body
    mark = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    places = struct.pack("<Q", 0) + UNDEFINED + struct.pack("<Q", 96 + len(header)) + UNDEFINED
    return mark + places + struct.pack("<QQI4x16x", 0, 96, 0) + header


H5PY = find_spec("h5py") is not None
HARMLESS = hdf5(attribute("keras_version", b"3.15.1"), attribute("backend", b"jax")) if H5PY else None
HOSTILE = hdf5(attribute("model_config", LAMBDA))
HOSTILE_IS = "unsafe" if H5PY else "inconclusive"
