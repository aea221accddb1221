"""Known answers of GGUF: counts before contents, tensors in their places, templates as text."""

import pickle
import struct

import pytest

from casemate.evidence.scan.gguf_types import BLOCKS
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan

ORDERS = ["<", ">"]


def text(said: str | bytes, order: str = "<") -> bytes:
    raw = said if isinstance(said, bytes) else said.encode()
    return struct.pack(order + "Q", len(raw)) + raw


def entry(key: str | bytes, kind: int, value: bytes, order: str = "<") -> bytes:
    return text(key, order) + struct.pack(order + "I", kind) + value


def tensor(name: str, shape: list[int], kind: int = 0, begin: int = 0, order: str = "<") -> bytes:
    sides = struct.pack(f"{order}I{len(shape)}Q", len(shape), *shape)
    return text(name, order) + sides + struct.pack(order + "IQ", kind, begin)


def model(
    entries: list[bytes], tensors: list[bytes] | None = None, body: bytes = b"", order: str = "<", align: int = 32
) -> bytes:
    counts = struct.pack(order + "IQQ", 3, len(tensors or []), len(entries))
    head = b"GGUF" + counts + b"".join([*entries, *(tensors or [])])
    return head + bytes(-len(head) % align) + body


def array(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + body


def scan(data: bytes) -> Scan:
    return scan_bytes(data, "")


def found(data: bytes) -> tuple[str, list[str]]:
    return scan(data).verdict, [f.id for f in scan(data).findings]


CLEAN = ("clean", [])
W = tensor("w", [8])


@pytest.mark.parametrize("order", ORDERS)
def test_every_plain_type_of_metadata_is_passed_in_both_byte_orders(order: str) -> None:
    widths = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
    entries = [entry(f"k{kind}", kind, bytes(width), order) for kind, width in widths.items()]
    made = scan(model([*entries, entry("t", 8, text("x", order), order)], order=order))
    assert (made.verdict, made.format, made.findings) == ("clean", "gguf", ())


def test_arrays_in_arrays_are_passed_to_a_bounded_depth() -> None:
    inner = array(9, 2, array(4, 3, bytes(12)) + array(8, 1, text("x")))
    assert found(model([entry("a", 9, inner)])) == CLEAN
    deep = array(4, 0, b"")
    for _ in range(9):
        deep = array(9, 1, deep)
    assert found(model([entry("a", 9, deep)])) == ("inconclusive", ["nested"])


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_type_of_tensor_has_its_length(kind: int) -> None:
    elements, width = BLOCKS[kind]
    body = bytes(width * 6)
    assert found(model([], [tensor("w", [elements * 2, 3], kind)], body)) == CLEAN
    assert found(model([], [tensor("w", [elements * 2, 3], kind)], body[:-1])) == ("inconclusive", ["truncated"])


def test_tensors_stand_behind_the_padding_of_the_one_before() -> None:
    both = [tensor("a", [3]), tensor("b", [2], begin=32)]
    assert found(model([], both, bytes(40))) == CLEAN
    assert found(model([], both, bytes(64))) == CLEAN
    assert found(model([], both, bytes(12) + b"x" * 20 + bytes(8)))[1] == ["padding"]
    assert found(model([], both, bytes(65))) == ("inconclusive", ["trailing-bytes"])


@pytest.mark.parametrize("begin", [0, 64, 1 << 60])
def test_a_tensor_out_of_its_place_is_suspicious(begin: int) -> None:
    assert found(model([], [tensor("a", [3]), tensor("b", [2], begin=begin)], bytes(999)))[0] == "suspicious"


def test_the_alignment_of_the_file_counts() -> None:
    align = entry("general.alignment", 4, struct.pack("<I", 64))
    both = [tensor("a", [3]), tensor("b", [2], begin=64)]
    assert found(model([align], both, bytes(72), align=64)) == CLEAN
    for odd in (0, 3, 1 << 31):
        assert found(model([entry("general.alignment", 4, struct.pack("<I", odd))]))[1] == ["alignment"]


def test_a_name_twice_is_suspicious() -> None:
    assert found(model([entry("k", 0, b"1")] * 2)) == ("suspicious", ["duplicate-key"])
    assert found(model([], [W, tensor("w", [8], begin=32)], bytes(64))) == ("suspicious", ["duplicate-name"])


HUGE = (1 << 64) - 1
TOO_MUCH = {
    "entries": b"GGUF" + struct.pack("<IQQ", 3, 0, HUGE),
    "tensors": b"GGUF" + struct.pack("<IQQ", 3, HUGE, 0),
    "a key": model([struct.pack("<Q", HUGE) + bytes(9)]),
    "a text": model([entry("k", 8, struct.pack("<Q", HUGE))]),
    "an array": model([entry("k", 9, struct.pack("<IQ", 4, HUGE))]),
    "texts": model([entry("k", 9, struct.pack("<IQ", 8, HUGE))]),
    "a text in an array": model([entry("k", 9, array(8, 1, struct.pack("<Q", HUGE)))]),
    "a tensor": model([], [tensor("w", [HUGE, HUGE, HUGE, HUGE])], bytes(99)),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_does_not_fit_into_the_file_is_truncated(what: str) -> None:
    assert found(TOO_MUCH[what]) == ("inconclusive", ["truncated"])


def test_more_entries_than_a_model_has_are_a_limit() -> None:
    assert found(model([entry(f"k{i}", 0, b"1") for i in range(100_001)])) == ("inconclusive", ["limit"])


ODD = {
    "version": b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
    "type": model([entry("k", 13, bytes(8))]),
    "name": model([entry(b"k" * 70_000, 0, b"1")]),
    "shape": model([], [tensor("w", [1] * 5)], bytes(99)),
}


@pytest.mark.parametrize("what", ODD)
def test_what_the_format_does_not_know_is_inconclusive(what: str) -> None:
    assert found(ODD[what]) == ("inconclusive", [what])


def test_a_type_of_tensor_that_is_not_known_is_inconclusive() -> None:
    assert found(model([], [tensor("w", [8], 99)], bytes(32))) == ("inconclusive", ["type"])


@pytest.mark.parametrize("key", ["tokenizer.chat_template", "tokenizer.chat_template.tool_use"])
def test_a_chat_template_is_judged(key: str) -> None:
    assert found(model([entry(key, 8, text("{{ x.__class__ }}"))])) == ("unsafe", ["template-dunder"])
    assert found(model([entry(key, 8, text("Write x.__class__ in {{ lang }}"))])) == CLEAN
    assert found(model([entry(key, 9, array(8, 1, text("{{ x|attr(y) }}")))]))[0] == "suspicious"


def test_another_text_is_not_a_template() -> None:
    assert found(model([entry("general.description", 8, text("{{ x.__class__ }}"))])) == CLEAN


def test_a_pickle_in_a_tensor_is_unsafe() -> None:
    hidden = pickle.dumps(eval)
    assert scan(model([], [tensor("w", [len(hidden)], 24)], hidden)).verdict == "unsafe"
