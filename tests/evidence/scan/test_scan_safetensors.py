"""Known answers of safetensors: each rule of the format, one file that breaks it."""

import json
import pickle
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.scan.formats.safetensors import BITS, recognise
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan

relaxed = settings(deadline=None)  # the machine may be busy


def raw(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + body


def made(header: object, body: bytes = b"") -> bytes:
    return raw(json.dumps(header).encode(), body)


def tensor(begin: int, end: int, dtype: str = "U8", shape: list[int] | None = None) -> dict[str, object]:
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


def scan(data: bytes) -> Scan:
    return scan_bytes(data, "")


def found(data: bytes) -> tuple[str, list[str]]:
    return scan(data).verdict, [f.id for f in scan(data).findings]


CLEAN = ("clean", [])


@pytest.mark.parametrize("dtype", BITS)
def test_every_dtype_of_the_format_is_known(dtype: str) -> None:
    assert found(made({"w": tensor(0, BITS[dtype], dtype, [2, 4])}, bytes(BITS[dtype]))) == CLEAN


def test_no_tensor_at_all_is_clean() -> None:
    assert found(raw(b"{}")) == CLEAN
    assert found(made({"__metadata__": {}})) == CLEAN


def test_an_empty_tensor_and_one_without_sides_are_clean() -> None:
    assert found(made({"e": tensor(4, 4, "F32", [0, 7]), "s": tensor(0, 4, "F32", [])}, bytes(4))) == CLEAN


@relaxed
@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 9)), unique_by=lambda p: p[0]), st.booleans())
def test_tensors_in_any_order_with_any_names_are_clean(sizes: list[tuple[str, int]], ascii_only: bool) -> None:
    header, at = {}, 0
    for name, size in sizes:
        header["n" + name] = tensor(at, at + size)
        at += size
    turned = dict(reversed(header.items()))
    text = json.dumps(turned, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert found(raw(text + b"   ", bytes(at))) == CLEAN


BROKEN = {
    "hole": made({"a": tensor(0, 4), "b": tensor(8, 12)}, bytes(12)),
    "overlap": made({"a": tensor(0, 8), "b": tensor(4, 12)}, bytes(12)),
    "size": made({"a": tensor(0, 8, "F32", [3])}, bytes(8)),
    "trailing-bytes": made({"a": tensor(0, 4)}, bytes(5)),
    "duplicate-key": raw(
        b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
        b'"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        bytes(2),
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_broken_on_purpose_is_suspicious(rule: str) -> None:
    verdict, ids = found(BROKEN[rule])
    assert verdict == "suspicious"
    assert rule in ids


def test_a_backward_place_is_suspicious() -> None:
    verdict, ids = found(made({"a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 0]}}, bytes(4)))
    assert verdict == "suspicious"
    assert "size" in ids


def test_a_key_twice_in_the_metadata_is_suspicious() -> None:
    assert found(raw(b'{"__metadata__":{"a":"1","a":"2"}}')) == ("suspicious", ["duplicate-key"])


def test_a_header_above_the_limit_of_the_format_is_suspicious() -> None:
    verdict, ids = found(struct.pack("<Q", 100_000_001) + b'{"a"')
    assert verdict == "suspicious"
    assert ids == ["header-size"]


ODD = {
    "no text in the metadata": made({"__metadata__": {"a": 1}}),
    "a list as the metadata": made({"__metadata__": ["a"]}),
    "no tensor": made({"a": 1}),
    "no place": made({"a": {"dtype": "U8", "shape": [1]}}, b"1"),
    "a negative place": made({"a": {"dtype": "U8", "shape": [1], "data_offsets": [-1, 0]}}),
    "a fraction": raw(b'{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', b"1"),
    "a truth as a size": made({"a": {"dtype": "U8", "shape": [True], "data_offsets": [0, 1]}}, b"1"),
    "three offsets": made({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1, 2]}}, b"1"),
    "a key twice in an entry": raw(b'{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"1"),
    "no end": raw(b'{"a":'),
    "more behind it": raw(b"{}{}"),
    "a comma too many": raw(b'{"__metadata__":{},}'),
    "no UTF-8": raw(b'{"__metadata__":{"a":"\xff"}}'),
    "a broken escape": raw(b'{"__metadata__":{"\\x":"a"}}'),
    "digits without end": raw(b'{"a":{"dtype":"U8","shape":[' + b"9" * 4500 + b'],"data_offsets":[0,1]}}', b"1"),
}


@pytest.mark.parametrize("what", ODD)
def test_a_header_that_cannot_be_followed_is_inconclusive(what: str) -> None:
    assert found(ODD[what]) == ("inconclusive", ["header"])


def test_a_dtype_that_is_not_known_is_inconclusive() -> None:
    assert found(made({"a": tensor(0, 4, "F2")}, bytes(4))) == ("inconclusive", ["dtype"])


def test_a_key_that_is_not_known_is_inconclusive() -> None:
    assert found(made({"a": {**tensor(0, 4), "loader": "x"}}, bytes(4))) == ("inconclusive", ["unknown-key"])


def test_a_tensor_beyond_the_end_is_inconclusive() -> None:
    assert found(made({"a": tensor(0, 1 << 40)}, bytes(4))) == ("inconclusive", ["truncated"])


def test_more_tensors_than_a_model_has_are_a_limit() -> None:
    many = {f"t{i}": tensor(0, 0) for i in range(100_001)}
    assert found(made(many)) == ("inconclusive", ["limit"])


@pytest.mark.parametrize("place", ["tensor", "hole", "behind"])
def test_a_pickle_anywhere_in_it_is_unsafe(place: str) -> None:
    hidden = pickle.dumps(eval)
    header = {"a": tensor(0, 4), "b": tensor(4 + len(hidden) * (place != "behind"), 4 + len(hidden))}
    if place == "tensor":
        header["b"] = tensor(4, 4 + len(hidden))
    if place == "behind":
        header["b"] = tensor(4, 4)
    assert scan(made(header, bytes(4) + hidden)).verdict == "unsafe"


def test_json_alone_is_no_safetensors() -> None:
    assert not recognise(b'{"a": {"dtype": "F32"}}')
    assert not recognise(bytes(8) + b"{ not json")
