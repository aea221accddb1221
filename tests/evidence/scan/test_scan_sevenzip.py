"""Known answers of 7z: every file of every folder, or not clean."""

import bz2
import lzma
import pickle
import runpy
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.scan.inspect import inspect, scan_bytes
from casemate.evidence.scan.sevenzipdir import Reader

MADE = runpy.run_path(str(Path(__file__).parents[2] / "shelves/format_examples/sevenzip.py"))
archive, streams, named, whole, number = (MADE[n] for n in ("archive", "streams", "named", "whole", "number"))
GOOD, BAD = pickle.dumps({"a": 1}), pickle.dumps(eval)


def found(data: bytes) -> tuple[str, list[tuple[str, str]]]:
    scan = scan_bytes(data, "")
    return scan.verdict, [(f.id, f.where) for f in scan.findings]


def packed_by(coders: bytes, pack: Callable[[bytes], bytes], content: bytes = GOOD, extra: bytes = b"") -> bytes:
    body = pack(content) + extra
    return whole(body, b"\1\4" + streams(0, len(body), [len(content)], coders) + named(["a.pkl"]) + b"\0")


def raw(*filters: dict[str, int]) -> Callable[[bytes], bytes]:
    return lambda content: lzma.compress(content, lzma.FORMAT_RAW, filters=list(filters))


def deflated(content: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(content) + made.flush()


TWO = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}
ONE = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}
SETTINGS = b"\x23\3\1\1\5\x5d" + struct.pack("<I", 1 << 20)
WAYS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "stored": (b"\1\1\0", bytes),
    "lzma": (b"\1" + SETTINGS, raw(ONE)),
    "lzma2": (b"\1\x21\x21\1\x10", raw(TWO)),
    "deflate": (b"\1\3\4\1\x08", deflated),
    "bzip2": (b"\1\3\4\2\2", bz2.compress),
    "delta": (b"\2\x21\3\1\0\x21\x21\1\x10\0\1", raw({"id": lzma.FILTER_DELTA, "dist": 1}, TWO)),
    "x86": (b"\2\4\3\3\1\3\x21\x21\1\x10\0\1", raw({"id": lzma.FILTER_X86}, TWO)),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_packing_is_unpacked(way: str) -> None:
    coders, pack = WAYS[way]
    assert found(packed_by(coders, pack)) == ("clean", [])
    assert found(packed_by(coders, pack, BAD)) == ("unsafe", [("denied-import", "7z member a.pkl")])
    assert found(packed_by(coders, pack, bytes(1000) + GOOD * 900))[1] == [("unrecognised", "7z member a.pkl")]


@pytest.mark.parametrize("way", WAYS)
def test_packed_bytes_that_nobody_needs_are_not_vouched_for(way: str) -> None:
    coders, pack = WAYS[way]
    assert found(packed_by(coders, pack, extra=b"\x80\x04" * 2000))[0] == "inconclusive"


@pytest.mark.parametrize("way", ["lzma", "lzma2", "bzip2", "delta"])
def test_a_broken_stream_is_inconclusive_and_makes_nothing_fail(way: str) -> None:
    coders, pack = WAYS[way]
    body = pack(bytes(range(256)) * 40)
    body = body[: len(body) // 3] + b"\xff" * 9 + body[len(body) // 3 :]
    header = b"\1\4" + streams(0, len(body), [5120, 5120], coders) + named(["a", "b"]) + b"\0"
    verdict, ids = found(whole(body, header))
    assert verdict == "inconclusive"
    assert {("broken", "7z member a"), ("broken", "7z member b")} & set(ids)
    assert "failed" not in dict(ids)


@pytest.mark.parametrize(
    ("coders", "said"),
    [
        (b"\1\3\3\4\1", "is packed by method 030401, which we cannot read"),
        (b"\1\4\6\xf1\7\1", "is encrypted"),
        (b"\1\x21\x21\1\x29", "is packed by method 21, which we cannot read"),
        (b"\1\x21\x21\1\x28", "needs a dictionary of more than 80,000,000 bytes"),
        (b"\1\x23\3\1\1\5\xff\0\0\1\0", "is packed with settings that 7z does not write"),
        (b"\2\1\0\1\0\0\1", "is packed by method 00, which we cannot read"),
    ],
)
def test_what_cannot_be_unpacked_says_why(coders: bytes, said: str) -> None:
    scan = scan_bytes(packed_by(coders, bytes), "")
    assert (scan.verdict, [f.message for f in scan.findings]) == ("inconclusive", [said])
    assert scan.coverage.unread == 1


def test_files_that_are_packed_together_are_told_apart() -> None:
    files = {"a": GOOD, "b.pkl": BAD, "c.txt": b"text\n", "d": pickle.dumps(3)}
    assert found(archive(files)) == ("unsafe", [("denied-import", "7z member b.pkl")])
    assert found(archive({**files, "b.pkl": GOOD}, hidden=True)) == ("clean", [])


def test_names_and_links_that_lead_outside_are_found() -> None:
    assert found(archive({"../a.pkl": GOOD})) == ("suspicious", [("escapes", "7z member ../a.pkl")])
    mode = b"\x15\x06\1\0" + struct.pack("<I", 0x8000 | 0o120777 << 16)
    for to, verdict in (("b", "clean"), ("/etc/passwd", "suspicious"), ("a text " * 900, "suspicious")):
        header = b"\1\4" + streams(0, len(to), [len(to)], b"\1\1\0") + named(["l"], mode) + b"\0"
        assert found(whole(to.encode(), header)) == (verdict, [("link", "7z member l")])


def test_files_without_bytes_need_no_folder() -> None:
    assert found(whole(b"", b"\1" + named(["a", "b"], b"\x0e\1\xc0") + b"\0")) == ("clean", [])
    assert found(whole(b"", b"")) == ("clean", [])


def test_bytes_that_belong_to_nothing_are_not_vouched_for() -> None:
    body = bytes(7) + GOOD
    header = b"\1\4" + streams(7, len(GOOD), [len(GOOD)], b"\1\1\0") + named(["a"]) + b"\0"
    assert found(whole(body, header)) == ("inconclusive", [("gap", "")])
    over = b"\1\4" + streams(0, len(GOOD) + 4, [len(GOOD) + 4], b"\1\1\0") + named(["a"]) + b"\0"
    assert ("overlap", "") in found(whole(GOOD, over))[1]


def test_a_header_says_nothing_that_cannot_be() -> None:
    good = b"\1\4" + streams(0, len(GOOD), [len(GOOD)], b"\1\1\0") + named(["a"]) + b"\0"
    wrong = {
        "has the property 2 in its header where 7z has none": b"\2" + good[1:],
        "has a header that goes on behind its end": good + b"\0",
        "has other parts than files": b"\1" + named(["a"]) + b"\0",
        "has a header that is cut off": good[:-1],
        "says that it has more than its header can tell": b"\1\5" + number(1 << 60),
        "has packed bytes behind the end of the file": good.replace(b"\x09" + number(len(GOOD)), b"\x09" + number(500)),
        "packs in 9 steps": good.replace(b"\x0b\1\0\1", b"\x0b\1\0\x09"),
    }
    for said, header in wrong.items():
        assert [f.message for f in scan_bytes(whole(GOOD, header), "").findings] == [said]
    for to in (1 << 63, 1 << 40, 5000):
        data = whole(GOOD, good)
        assert found(data[:12] + struct.pack("<Q", to) + data[20:]) == ("inconclusive", [("broken", "")])


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    bomb = packed_by(b"\1\x21\x21\1\x10", raw(TWO), bytes(80_000_000))
    assert found(bomb) == ("inconclusive", [("limit", "7z member a.pkl")])


def test_headers_packed_in_each_other_come_to_an_end() -> None:
    small = MADE["packed"](header := b"\x17" + streams(0, 9, [9], parts=False))
    assert found(whole(small, b"\x17" + streams(0, len(small), [len(header)], parts=False)))[0] == "inconclusive"


@given(st.integers(0, 2**64 - 1))
def test_numbers_are_read_as_they_are_written(value: int) -> None:
    reader = Reader(number(value))
    assert (reader.number(), reader.at) == (value, len(number(value)))


def test_what_py7zr_writes_is_clean(tmp_path: Path) -> None:
    py7zr = pytest.importorskip("py7zr")
    for packed in (True, False):
        with py7zr.SevenZipFile(tmp_path / f"{packed}.7z", "w") as made:
            made.set_encoded_header_mode(packed)
            for name, content in {"d/a.pkl": GOOD, "notes.txt": b"text\n", "empty": b"", "b": GOOD * 9}.items():
                made.writestr(content, name)
    assert [inspect(path).verdict for path in sorted(tmp_path.iterdir())] == ["clean", "clean"]
