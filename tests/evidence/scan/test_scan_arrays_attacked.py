"""Files that joblib or numpy read otherwise than they look: what they hide is found, or the scan says it cannot tell.

The marker is a reference to builtins eval; nothing calls it.
"""

import pickle
import struct

import pytest

from casemate.evidence.scan import budget, values
from casemate.evidence.scan.inspect import scan_bytes

MARKER = b"cbuiltins\neval\n"
CLASS = b"joblib.numpy_pickle\nNumpyArrayWrapper\n"
NEW = b"c" + CLASS + b")\x81"


def text(s: str) -> bytes:
    return b"X" + struct.pack("<I", len(s)) + s.encode()


def dtype(code: str, copied: bytes = b"\x89\x88") -> bytes:
    return b"cnumpy\ndtype\n" + text(code) + copied + b"\x87R"


def state(kind: bytes, shape: int) -> bytes:
    said = [text("shape") + b"K" + bytes([shape]) + b"\x85", text("order") + text("C"), text("dtype") + kind]
    said += [text("subclass") + b"cnumpy\nndarray\n", text("allow_mmap") + b"\x89"]
    return b"}(" + b"".join(said) + b"u"


def array(kind: bytes, raw: bytes, made: bytes = NEW) -> bytes:
    return made + state(kind, len(raw)) + b"b" + raw


def hidden() -> tuple[bytes, bytes]:
    """An array of five bytes for joblib; for those that read on, the head of a constant that holds what follows."""
    evil = b"0" + MARKER + b"."
    return b"B" + struct.pack("<I", len(evil)), evil


def verdict(data: bytes) -> str:
    return scan_bytes(b"\x80\x04" + data, "").verdict


WAYS = {
    "OBJ": b"(c" + CLASS + b"o",
    "INST": b"(i" + CLASS,
    "NEWOBJ_EX": b"c" + CLASS + b")}\x92",
    "_reconstructor": b"ccopyreg\n_reconstructor\nc" + CLASS + b"cbuiltins\nobject\nN\x87R",
    "a call": b"c" + CLASS + b")R",
    "handed through": b"cbuiltins\nmax\n" + NEW + b"\x85\x85R",
    "the class handed through": b"cbuiltins\nmax\nc" + CLASS + b"\x85\x85R)\x81",
    "doubled": NEW + b"2",
    "in a list": b"cbuiltins\nmax\n](" + NEW + b"e\x85R",
    "in a dict": b"cbuiltins\nmax\n}" + NEW + b"Ns\x85R",
    "in a set": b"cbuiltins\nmax\n\x8f(" + NEW + b"\x90\x85R",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_wrapper_made_or_handed_on_in_another_way_is_never_clean(way: str) -> None:
    head, evil = hidden()
    assert verdict(array(dtype("u1"), head, WAYS[way]) + evil + b".") != "clean"


def test_a_wrapper_as_joblib_writes_it_is_followed() -> None:
    head, evil = hidden()
    assert verdict(array(dtype("u1"), head) + evil + b".") == "unsafe"
    assert verdict(array(dtype("u1"), head) + b"0N.") == "clean"


def described(version: int, code: str, flag: int, size: int, inner: str = "O8") -> bytes:
    """A dtype of one field with its state."""
    fields = b"}" + text("a") + dtype(inner) + b"K\x00\x86s"
    parts = b"K" + bytes([version]) + text("|") + b"N" + text("a") + b"\x85" + fields
    return dtype(code) + b"(" + parts + b"J" + struct.pack("<i", size) + b"K\x01K" + bytes([flag]) + b"tb"


@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize(("flag", "inner"), [(0, "O8"), (1, "O8"), (2, "O8"), (1, "i8"), (2, "i8")])
def test_a_dtype_whose_flag_is_not_that_of_its_fields_is_never_clean(version: int, flag: int, inner: str) -> None:
    assert verdict(array(described(version, "V8", flag, 8, inner), b"") + b"0N.") != "clean"


def test_one_whose_flag_is_that_of_its_fields_is_followed() -> None:
    assert verdict(array(described(3, "V8", 0, 8, "i8"), b"") + b"0N.") == "clean"
    assert verdict(array(described(3, "V8", 27, 8), b"") + b"N.0N.") == "clean"
    assert verdict(array(described(3, "V8", 27, 8), b"") + MARKER + b".0N.") == "unsafe"


@pytest.mark.parametrize("code", ["S8", "U2", "V8"])
def test_a_width_that_is_left_out_is_unknown_where_numpy_takes_it(code: str) -> None:
    kind = dtype(code) + b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    assert verdict(array(kind, b"") + b"0N.") != "clean"


def test_a_shared_dtype_takes_no_state() -> None:
    assert verdict(array(dtype("V0", b"\x89\x89"), b"") + b"0N.") != "clean"


def test_an_object_field_behind_a_cleared_flag_is_never_clean_beside_an_array() -> None:
    assert verdict(array(dtype("u1"), b"a") + b"0" + described(3, "V8", 0, 8) + b"0N.") != "clean"


def test_a_field_set_after_the_dtype_took_the_dict_is_never_clean() -> None:
    fields = b"}" + text("a") + dtype("i8") + b"K\x00\x86s\x94"
    kind = dtype("V8") + b"(K\x03" + text("|") + b"N" + text("a") + b"\x85" + fields + b"K\x08K\x01K\x00tb"
    later = b"h\x00" + text("a") + dtype("O8") + b"K\x00\x86s0"
    assert verdict(array(kind, b"") + later + b"N.") != "clean"


def test_a_state_handed_through_a_function_and_changed_is_never_clean() -> None:
    changed = b"cbuiltins\nmax\nh\x00\x85\x85R" + text("shape") + b"K\x05\x85s0"
    data = NEW + state(dtype("u1"), 0) + b"\x94" + changed + b"b" + b"N0N0."
    assert verdict(data) != "clean"


@pytest.mark.parametrize("end", [b".", b"\xff"])
def test_an_import_that_plain_loaders_meet_in_an_array_is_kept(end: bytes) -> None:
    scan = scan_bytes(b"\x80\x02" + array(dtype("u1"), b"0(S'a'\nisome_module\nsome_name\n" + end) + b".", "")
    assert (scan.verdict, [(i.module, i.name) for i in scan.imports][-1]) == (
        "suspicious", ("some_module", "some_name"),
    )  # fmt: skip


def test_each_pickle_of_a_file_is_followed_for_its_own_arrays() -> None:
    head, evil = hidden()
    first = b"\x80\x04" + array(dtype("u1"), b"a") + b"."
    assert scan_bytes(first + b"\x80\x04" + array(dtype("u1"), head) + evil, "").verdict == "unsafe"


def test_operations_around_arrays_are_counted_over_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_FOLLOWED", 20_000)
    one = b"\x80\x04c" + CLASS + b"0N" + b"N0" * 3_000 + b"."
    assert scan_bytes(one, "").verdict == "clean"
    assert "limit" in {f.id for f in scan_bytes(one * 6, "").findings}


def test_what_says_nothing_is_remembered_in_little_and_the_rest_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_MEMO", 1_000)
    head = b"\x80\x04c" + CLASS + b"0"
    assert scan_bytes(head + b"]" + b"\x94" * 50_000 + b".", "").verdict == "clean"
    assert "limit" in {f.id for f in scan_bytes(head + b"K\x01" + b"\x94" * 50_000 + b".", "").findings}


def test_texts_that_are_remembered_and_taken_again_still_name_an_import() -> None:
    data = pickle.dumps(["builtins", "eval"], 4)[:-1] + b"c" + CLASS + b"0h\x01h\x02\x93."
    assert scan_bytes(data, "").verdict == "unsafe"
