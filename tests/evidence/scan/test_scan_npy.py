"""Known answers of npy and npz: what numpy writes is clean, objects are walked as the pickle that they are."""

import io
import pickle
import struct
import warnings
import zipfile

import numpy as np
import pytest

from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan


def saved(*arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    for array in arrays:
        np.save(file, array)
    return file.getvalue()


def scan(data: bytes) -> Scan:
    return scan_bytes(data, "")


def ids(data: bytes) -> list[str]:
    return [f.id for f in scan(data).findings]


def header(text: str, body: bytes = b"", version: int = 1) -> bytes:
    raw = text.encode("utf-8")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(raw)) + raw + body


NESTED = np.dtype({"names": ["a", "b"], "formats": ["i1", [("x", "<f8", (2, 3)), ("y", "U3")]], "offsets": [2, 8]})
KINDS = ["?", "b", "u2", ">i4", "e", "f4", "f8", "g", "c8", "S5", "U7", "V3", "M8[ns]", "m8[25s]", "M8", "S0", NESTED]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 1, 4)], ids=str)
def test_what_numpy_saves_is_clean(kind: object, shape: tuple[int, ...]) -> None:
    made = scan(saved(np.zeros(shape, kind, order="F")))
    assert (made.verdict, made.format, made.findings) == ("clean", "npz", ())


def test_titles_and_names_beyond_latin_are_read() -> None:
    kind = np.dtype([(("a title", "a"), "<i4"), ("größe", "<f8")])
    assert scan(saved(np.zeros(3, kind))).verdict == "clean"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert scan(saved(np.zeros(3, np.dtype([("数", "<f8")])))).verdict == "clean"


def test_a_header_of_python_2_is_read() -> None:
    assert scan(header("{'descr': '<i2', 'fortran_order': False, 'shape': (2L,), }\n", b"\0" * 4)).verdict == "clean"


def test_several_arrays_in_one_file_are_read() -> None:
    assert scan(saved(np.arange(3), np.arange(4.0))).verdict == "clean"


def test_harmless_objects_are_clean_and_a_builtin_is_not() -> None:
    assert scan(saved(np.array([{"a": 1}, "text"], dtype=object))).verdict == "clean"
    found = scan(saved(np.array([{"a": eval}], dtype=object)))
    assert found.verdict == "unsafe"
    assert found.findings[0].where == "array 1, the pickle of its objects"


def test_objects_in_a_field_of_a_structure_are_walked() -> None:
    kind = np.dtype([("n", "<i4"), ("in", [("any", "O")], (2,))])
    assert scan(saved(np.array([(1, [(eval,), (0,)])], kind))).verdict == "unsafe"


def test_an_array_of_objects_without_a_pickle_is_inconclusive() -> None:
    text = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    assert scan(header(text, b"\xff\xfe\xfd")).verdict == "inconclusive"


def test_a_pickle_inside_the_numbers_is_found() -> None:
    assert scan(saved(np.frombuffer(pickle.dumps(eval), "u1"))).verdict == "unsafe"


def test_bytes_behind_the_array_are_not_vouched_for() -> None:
    assert ids(saved(np.arange(3)) + b"more") == ["trailing-bytes"]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_shape_beyond_the_end_is_truncated(version: int) -> None:
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 9), }\n"
    assert ids(header(text, b"\0" * 64, version)) == ["truncated"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "(" * 5000,
        "-" * 60_000 + "1",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}",
        "{'descr': '<q8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a',)], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '\\d', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '\\Uffffffff', 'fortran_order': False, 'shape': (1,)}",
        "{[]: 1}",
    ],
)
def test_a_header_that_numpy_does_not_write_is_inconclusive(text: str) -> None:
    assert ids(header(text, b"\0" * 99)) == ["header"]


def test_a_version_that_is_not_known_is_inconclusive() -> None:
    assert ids(b"\x93NUMPY\x04\x00" + bytes(99)) == ["header"]


def test_a_header_of_many_bytes_is_inconclusive() -> None:
    assert ids(header(" " * 70_000, b"", 2)) == ["header"]


def npz(objects: object) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, a=np.arange(3), b=np.array([objects], dtype=object))
    return file.getvalue()


def test_an_npz_is_the_sum_of_its_arrays() -> None:
    assert (scan(npz("text")).verdict, scan(npz("text")).format) == ("clean", "npz")
    found = scan(npz(eval))
    assert (found.verdict, found.format) == ("unsafe", "npz")
    assert found.findings[0].where == "zip member b.npy > array 1, the pickle of its objects"


def test_an_npz_whose_part_is_a_bare_pickle_is_unsafe() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.npy", pickle.dumps(eval))
    assert scan(file.getvalue()).verdict == "unsafe"
