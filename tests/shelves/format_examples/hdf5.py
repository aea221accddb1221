"""HDF5 by hand, as its specification says: a superblock, and a root group with texts as attributes.

`classic` has no names in its group and is of the form that the library writes by default; `hdf5` is of a newer form,
whose group can hold links.
"""

import struct

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


def file(root: int, header: bytes, more: bytes = b"", cached: bytes = b"") -> bytes:
    mark = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    places = struct.pack("<Q", 0) + UNDEFINED + struct.pack("<Q", 96 + len(header) + len(more)) + UNDEFINED
    entry = struct.pack("<QQI4x16s", 0, root, len(cached) > 0, cached)
    return mark + places + entry + header + more


def headed(*messages: bytes) -> bytes:
    body = b"".join(messages)
    return struct.pack("<BxHII4x", 1, len(messages), 1, len(body)) + body


def hdf5(*messages: bytes) -> bytes:
    return file(96, headed(message(2, b"\0\0" + UNDEFINED * 2), message(10, b"\0\0"), *messages))


def classic(*messages: bytes) -> bytes:
    size = len(headed(message(17, bytes(16)), *messages))
    tree, heap = 96 + size, 96 + size + 32
    stab = struct.pack("<QQ", tree, heap)
    nothing = b"TREE" + bytes(4) + UNDEFINED * 2 + bytes(8)
    words = b"HEAP" + bytes(4) + struct.pack("<QQQ", 8, 1, heap + 32) + bytes(8)
    return file(96, headed(message(17, stab), *messages), nothing + words, stab)


HARMLESS = classic(attribute("keras_version", b"3.15.1"), attribute("backend", b"jax"))
HOSTILE = classic(attribute("model_config", LAMBDA))
