"""Pickles of names that libraries write, used in ways in which they do not: memory as arrays, what never ends."""

import io
import pickle
import zoneinfo

import joblib
import pytest

from casemate.evidence.scan import attributes, lists
from casemate.evidence.scan.inspect import scan_bytes

PAD = b"X" + (100_000).to_bytes(4, "little") + bytes(100_000) + b"0"
NAME = "__array_interface__"


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def text(s: str) -> bytes:
    return b"X" + len(s).to_bytes(4, "little") + s.encode()


def ids(body: bytes) -> set[str]:
    """The findings of a pickle, the same when it is large; nothing but suspicious ones."""
    scans = [scan_bytes(b"\x80\x04" + pad + body + b".", "") for pad in (b"", PAD)]
    found = [{f.id for f in scan.findings} for scan in scans]
    assert found[0] == found[1]
    return found[0]


MEMORY = b"}(" + text("data") + b"J\0\0@\0\x89\x86" + text("typestr") + text("<i8") + text("shape") + b"K\x08\x85u"
MADE = named("types", "SimpleNamespace") + b")\x81"


def with_memory(name: bytes) -> bytes:
    """An object that names an address as its memory."""
    return MADE + b"}" + name + MEMORY + b"sb"


NDARRAY = named("numpy", "ndarray")
EMPTY = named("numpy._core.multiarray", "_reconstruct") + NDARRAY + b"K\x08\x85" + text("d") + b"\x87R"
NAMES = {
    "as text": text(NAME),
    "short": b"\x8c\x13" + NAME.encode(),
    "long": b"\x8d\x13" + bytes(7) + NAME.encode(),
    "in Python 2": b"U\x13" + NAME.encode(),
    "as a line": b"V" + NAME.encode() + b"\n",
    "in quotes": b"S'" + NAME.encode() + b"'\n",
    "escaped": b"V__array\\u005finterface__\n",
    "escaped in quotes": b"S'__\\x61rray\\137interface__'\n",
    "turned": named("_codecs", "encode") + text("__neenl_vagresnpr__") + text("rot13") + b"\x86R",
    "four bytes a letter": named("numpy._core.multiarray", "scalar") + named("numpy", "dtype") + text("U19")
    + b"\x89\x88\x87RB\x4c\0\0\0" + NAME.encode("utf-32-le") + b"\x86R",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_object_that_names_its_memory_is_suspicious_however_that_is_written(name: bytes) -> None:
    assert "array-memory" in ids(with_memory(name))


def test_the_name_is_found_in_what_joblib_writes() -> None:
    file = io.BytesIO()
    import numpy as np

    joblib.dump([np.arange(3.0), {NAME: ValueError()}], file)
    assert {f.id for f in scan_bytes(file.getvalue(), "").findings} == {"array-memory"}


def test_the_name_in_a_sentence_or_as_data_alone_is_clean() -> None:
    assert ids(MADE + b"}" + text(f"see {NAME} and its sentence") + b"K\x01sb") == set()
    assert scan_bytes(pickle.dumps([NAME]), "").verdict == "clean"


def test_the_name_is_found_across_the_pieces_that_are_looked_through() -> None:
    body = b"\x8c\x13" + NAME.encode()
    for before in range(attributes.STEP - 25, attributes.STEP + 2):
        data = b"N" * before + body + b"N" * 10
        assert attributes.first(data, 0, len(data)) == before + 2


OBJECT = MADE + b"}b"
MASKED = named("numpy.ma", "MaskedArray")
MISUSED = {
    "a call": MASKED + OBJECT + b"\x85R",
    "a new object with arguments": MASKED + OBJECT + b"\x85\x81",
    "four that stood for a class": MASKED + b"(" + text("module") + named("builtins", "object") + OBJECT + b"NtR",
    "behind a mark": b"(" + MASKED + OBJECT + b"o",
    "INST": b"(" + OBJECT + b"inumpy.ma\nMaskedArray\n",
    "arguments with names": named("types", "SimpleNamespace") + b")}" + text("a") + OBJECT + b"s\x92",
    "a masked array of another base": named("numpy.ma.core", "_mareconstruct") + b"(" + MASKED * 2 + OBJECT + b"tR",
    "another base": named("copyreg", "_reconstructor") + MASKED * 2 + OBJECT + b"\x87R",
    "a series": named("pandas", "Series") + OBJECT + b"\x85R",
    "a matrix": named("scipy.sparse._csr", "csr_matrix") + OBJECT + b"\x85R",
    "a polynomial": named("numpy.polynomial.polynomial", "Polynomial") + OBJECT + b"\x85R",
    "a scalar": named("numpy", "float64") + OBJECT + b"\x85R",
    "items of an array": EMPTY + b"K\x00K\x00s",
    "items of an array by number": EMPTY + b"(K\x00K\x00u",
    "a mapping as a dict": named("builtins", "dict") + OBJECT + b"\x85R",
    "a mapping in order": named("collections", "OrderedDict") + OBJECT + b"\x85R",
    "counted": named("collections", "Counter") + named("collections", "UserDict") + b")\x81\x85R",
}  # fmt: skip


@pytest.mark.parametrize("body", MISUSED.values(), ids=MISUSED)
def test_a_name_that_is_used_in_another_way_than_libraries_do_is_suspicious(body: bytes) -> None:
    assert ids(body) == {"calls-named"}


RANGE = named("builtins", "range") + b"\x8a\x06\0\0\0\0\0\1\x85R"
TAKERS = [("builtins", "set"), ("builtins", "frozenset"), ("builtins", "list"), ("collections", "deque")]
TAKERS += [("builtins", "tuple"), ("builtins", "bytearray"), ("torch", "Size"), ("collections", "Counter")]


@pytest.mark.parametrize(("module", "name"), TAKERS)
def test_what_goes_through_a_range_is_suspicious(module: str, name: str) -> None:
    assert ids(named(module, name) + RANGE + b"\x85R") == {"calls-named"}


def test_very_many_escaped_letters_are_no_pickler_s_work() -> None:
    data = b"V" * 60 + b"\\x5f" * (attributes.MANY + 1) + b"\n"
    assert attributes.first(data, 0, len(data)) is not None


def test_what_goes_through_a_list_beside_a_range_is_clean() -> None:
    assert ids(RANGE + named("builtins", "set") + b"](K\x01K\x02e\x85R\x86") == set()
    assert all(scan_bytes(pickle.dumps([range(3), {1}, frozenset([2])], p), "").verdict == "clean" for p in range(6))


@pytest.mark.parametrize("name", ["count", "repeat", "cycle"])
def test_an_iterator_without_an_end_is_on_no_list(name: str) -> None:
    assert ids(named("itertools", name)) == {"unknown-import"}


def test_a_class_that_is_made_empty_and_filled_is_clean() -> None:
    assert (
        ids(named("sklearn.linear_model._logistic", "LogisticRegression") + b")\x81}" + text("C") + b"K\x01sb") == set()
    )


def test_every_use_on_the_list_is_known() -> None:
    assert set().union(*lists.uses().values()) == {"new", "call", "fill"}
    assert lists.uses()[("numpy.ma", "MaskedArray")] == frozenset()
    assert lists.uses()[("collections", "OrderedDict")] == {"new", "call", "fill"}


@pytest.mark.parametrize("compress", [0, 3])
def test_a_time_zone_beside_an_array_is_clean(compress: int) -> None:
    import numpy as np

    for protocol in range(2, 6):
        file = io.BytesIO()
        joblib.dump({"z": zoneinfo.ZoneInfo("Europe/Paris"), "a": np.arange(9.0)}, file, compress, protocol)
        assert scan_bytes(file.getvalue(), "").findings == ()


def test_what_is_made_empty_is_clean_in_all_protocols() -> None:
    import random
    import types

    things = [random.Random(1), types.SimpleNamespace(a=1)]
    assert {scan_bytes(pickle.dumps(t, p), "").verdict for t in things for p in range(6)} == {"clean"}
