def field(number: int, *content: bytes) -> bytes:
    whole = b"".join(content)
    assert len(whole) < 1 << 14
    return bytes([number << 3 | 2, len(whole) & 0x7F | 0x80, len(whole) >> 7]) + whole


def model(*operations: str) -> bytes:
    nodes = [field(1, field(1, f"node {op}".encode()), field(2, op.encode())) for op in operations]
    return b"\x08\x01" + field(2, field(1, field(5, b"2.21.0")), field(2, *nodes))


HARMLESS = model("Const", "MatMul", "SaveV2")
HOSTILE = model("Const", "EagerPyFunc")
FORMAT = "saved-model"
