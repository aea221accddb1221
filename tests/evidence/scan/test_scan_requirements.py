"""What has got past scanners before, one vector each, made here. The mark of danger is a reference to `eval` that
nobody calls: loading it does nothing, and a vector that is not flagged means that the walk did not get there.

R01 to R22 are the requirements that published advisories and issues of other scanners lead to.
"""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from casemate.evidence.scan.inspect import scan_bytes

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
MARK = pickle.dumps(eval)
GOOD = pickle.dumps([1, "a", {"b": 2.5}])
RAW = bytes(range(256)) * 4
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
}


def zipped(*parts: tuple[str, bytes], method: int = zipfile.ZIP_STORED, **fields: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of two parts with one name
        for name, content in parts:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            for key, value in fields.items():
                setattr(entry, key, value)
            archive.writestr(entry, content)
    return file.getvalue()


def tarred(*parts: tuple[str, bytes], **fields: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in parts:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for key, value in fields.items():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def torch(pickled: bytes, *more: tuple[str, bytes], data: bytes = RAW) -> bytes:
    parts = [("a/data.pkl", pickled), ("a/version", b"3\n"), ("a/byteorder", b"little"), ("a/data/0", data), *more]
    return zipped(*parts)


class Stored(pickle.Pickler):
    """Writes bytearrays as torch writes storages: by a number from outside."""

    def persistent_id(self, thing: object) -> object:
        return ("storage", "0", len(thing)) if isinstance(thing, bytearray) else None


def stored(thing: object) -> bytes:
    file = io.BytesIO()
    Stored(file, 2).dump(thing)
    return file.getvalue()


def legacy(thing: bytes, keys: list[str], behind: bytes) -> bytes:
    heads = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    return b"".join(pickle.dumps(h, 2) for h in heads) + thing + pickle.dumps(keys, 2) + behind


def storage(count: int, width: int) -> bytes:
    return struct.pack("<q", count) + RAW[: count * width]


def patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Every header with this mark gets a value at an offset."""
    changed = bytearray(data)
    at = changed.find(mark)
    while at >= 0:
        changed[at + offset : at + offset + len(value)] = value
        at = changed.find(mark, at + 4)
    return bytes(changed)


ONE = zipped(("model.pkl", MARK))
UNSAFE = {
    **{f"R01 protocol {p}": pickle.dumps(eval, p) for p in PROTOCOLS},
    **{f"R03 zip member, protocol {p}": zipped(("a", GOOD), ("data/0", pickle.dumps(eval, p))) for p in PROTOCOLS},
    **{f"R03 zip member {n!r}": zipped((n, MARK)) for n in ("a.txt", "weights.nemo", "x.npz", "..", "é", "")},
    **{f"R03 hidden in the numbers of torch, protocol {p}": torch(GOOD, data=pickle.dumps(eval, p)) for p in PROTOCOLS},
    "R03 hidden before numbers": torch(GOOD, data=MARK + RAW),
    "R03 beside the pickle of torch": torch(GOOD, ("a/extra", MARK)),
    "R03 an archive in the numbers of torch": torch(GOOD, data=zipped(("x", MARK))),
    "R04 zip in zip": zipped(("a", zipped(("b", zipped(("c", MARK)))))),
    "R04 zip in tar in gzip": gzip.compress(tarred(("a/b", zipped(("c", MARK))))),
    "R04 tar": tarred(("a", GOOD), ("b", MARK)),
    "R04 tar with a long name": tarred(("n" * 300, MARK)),
    "R04 deflated": zipped(("a", MARK), method=zipfile.ZIP_DEFLATED),
    "R04 bzip2 in zip": zipped(("a", MARK), method=zipfile.ZIP_BZIP2),
    **{f"R05 {name}": pack(MARK) for name, pack in PACKERS.items()},
    **{f"R05 {name} twice": pack(pack(MARK)) for name, pack in PACKERS.items()},
    "R05 second gzip member": gzip.compress(GOOD[:5]) + gzip.compress(GOOD[5:] + MARK),
    "R06 junk before a zip": b"#!/bin/sh\n" + ONE,
    "R06 zip behind a pickle": GOOD + ONE,
    "R06 pickle with a good zip behind": MARK + zipped(("a", GOOD)),
    "R06 zip behind a zip": zipped(("a", GOOD)) + ONE,
    "R06 zip before a zip": ONE + zipped(("a", GOOD)),
    "R06 zip behind a tar": tarred(("a", GOOD)) + ONE,
    "R07 second pickle": GOOD + MARK,
    "R08 no end": MARK[:-1],
    "R08 broken behind": pickle.dumps([eval, 1])[:-2] + b"\xff\xff",
    "R08 a gzip stream that breaks off": gzip.compress(MARK + bytes(10_000))[:-12],
    "R08 a zip without its directory": ONE[: ONE.index(b"PK\1\2")],
    "R09 flag of encryption in the directory": patched(ONE, b"PK\1\2", 8, b"\1"),
    "R09 flag of encryption everywhere": patched(patched(ONE, b"PK\1\2", 8, b"\1"), b"PK\3\4", 6, b"\1"),
    "R09 every flag": patched(patched(ONE, b"PK\1\2", 8, b"\xff\xff"), b"PK\3\4", 6, b"\xff\xff"),
    "R10 checksum": patched(patched(ONE, b"PK\1\2", 16, b"abcd"), b"PK\3\4", 14, b"abcd"),
    "R10 another name in its own header": patched(ONE, b"PK\3\4", 30, b"x"),
    "R10 another size in its own header": patched(ONE, b"PK\3\4", 18, b"\1\0\0\0"),
    "R10 another method in its own header": patched(ONE, b"PK\3\4", 8, b"\x63"),
    "R12 the first of two of one name": zipped(("a", MARK), ("a", GOOD)),
    "R12 the second of two of one name": zipped(("a", GOOD), ("a", MARK)),
    "R14 behind much": pickle.dumps([list(range(300_000)), b"x" * 2_000_000, eval]),
    "R21 slip": zipped(("../../a", MARK)),
    "torch": torch(MARK),
    "torch before 1.6": legacy(MARK, ["0"], storage(3, 4)),
    "torch before 1.6, hidden in a storage": legacy(GOOD, ["0"], struct.pack("<q", len(MARK)) + MARK),
    "torch in a tar": tarred(("pickle", MARK), ("tensors", pickle.dumps(0)), ("storages", pickle.dumps(0))),
    "torch in a tar, in the storages": tarred(("pickle", GOOD), ("tensors", MARK), ("storages", pickle.dumps(0))),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_the_mark_is_found(name: str) -> None:
    assert scan_bytes(UNSAFE[name], "").verdict == "unsafe"


def test_the_place_of_what_is_found_is_told() -> None:
    (finding,) = scan_bytes(gzip.compress(zipped(("archive/data.pkl", MARK))), "").findings
    assert (finding.where, finding.offset) == ("gzip content > zip member archive/data.pkl", MARK.index(b"\x93"))


SUSPICIOUS = {
    "R06 polyglot": (GOOD + zipped(("a", GOOD)), "polyglot"),
    "R10 names that differ": (patched(zipped(("ab", GOOD)), b"PK\3\4", 30, b"xy"), "names-differ"),
    "R10 methods that differ": (patched(zipped(("ab", GOOD)), b"PK\3\4", 8, b"\x63"), "methods-differ"),
    "R10 sizes that differ": (patched(zipped(("ab", GOOD)), b"PK\3\4", 18, b"\1\0\0\0"), "sizes-differ"),
    "R06 an entry that nobody lists": (zipped(("a", GOOD)) + zipped(("b", GOOD)), "hidden-entry"),
    "R12 entries over each other": (
        patched(zipped(("a", zipped(("b", GOOD)) + GOOD), ("c", GOOD)), b"PK\1\2", 42, b"\0\0\0\0"), "names-differ",
    ),
    "R21 slip in zip": (zipped(("../a", GOOD)), "escapes"),
    "R21 slip with backslashes": (zipped(("a\\..\\..\\b", GOOD)), "escapes"),
    "R21 absolute in zip": (zipped(("/etc/a", GOOD)), "escapes"),
    "R21 drive": (zipped(("C:a", GOOD)), "escapes"),
    "R21 link in zip": (zipped(("a", b"/etc/passwd"), external_attr=0o120777 << 16, create_system=3), "link"),
    "R21 slip in tar": (tarred(("../a", GOOD)), "escapes"),
    "R21 link in tar": (tarred(("a", b""), type=tarfile.SYMTYPE, linkname="/etc/passwd"), "link"),
    "R21 hard link in tar": (tarred(("a", b""), type=tarfile.LNKTYPE, linkname="../../a"), "link"),
    "YAML that makes objects": (zipped(("a.yaml", b"x: !!python/object:a.B {}\n")), "yaml-object"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUSPICIOUS)
def test_what_leads_astray_is_suspicious(name: str) -> None:
    data, expected = SUSPICIOUS[name]
    scan = scan_bytes(data, "")
    assert scan.verdict == "suspicious"
    assert expected in {f.id for f in scan.findings}


BOMB = bytes(100_000_000)
INCONCLUSIVE = {
    "R22 ratio in gzip": gzip.compress(BOMB),
    "R22 ratio in zip": zipped(("a", BOMB), method=zipfile.ZIP_DEFLATED),
    "R22 depth": zipped(("a", b"")),
    "R09 really encrypted": patched(zipped(("a", b"\xfe\xffsecret"), flag_bits=1), b"PK\1\2", 8, b"\1"),
    "not understood": zipped(("a", b"\x00\x01\x02")),
    "a picture": zipped(("a.png", b"\x89PNG\r\n\x1a\n\0\0")),
    "program text": zipped(("a.py", b"import os\n")),
    "unknown method": patched(patched(zipped(("a", GOOD)), b"PK\1\2", 10, b"\x63"), b"PK\3\4", 8, b"\x63"),
    "bytes behind gzip": gzip.compress(GOOD) + b"more",
    "bytes behind zip": zipped(("a", GOOD)) + b"more",
    "bytes behind tar": tarred(("a", GOOD)) + b"more",
    "junk before zip": b"junk" + zipped(("a", GOOD)),
    "a device in tar": tarred(("a", b""), type=tarfile.CHRTYPE),
    "a storage too long": legacy(GOOD, ["0"], struct.pack("<q", 1 << 60)),
    "a storage too few": legacy(GOOD, ["0", "1"], storage(3, 4)),
    "Zstandard that is none": b"\x28\xb5\x2f\xfd" + bytes(99),
    "LZ4": b"\x04\x22\x4d\x18" + bytes(99),
}
for _ in range(12):
    INCONCLUSIVE["R22 depth"] = zipped(("a", INCONCLUSIVE["R22 depth"]))


@pytest.mark.parametrize("name", INCONCLUSIVE)
def test_what_cannot_be_known_is_inconclusive(name: str) -> None:
    assert scan_bytes(INCONCLUSIVE[name], "").verdict == "inconclusive"


def test_entries_without_end_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from casemate.evidence.scan import budget

    monkeypatch.setattr(budget, "MAX_ENTRIES", 10)
    scan = scan_bytes(zipped(*((str(i), GOOD) for i in range(20))), "")
    assert (scan.verdict, scan.findings[0].message) == (
        "inconclusive", "has more than 10 entries; the rest was not read",
    )  # fmt: skip


def test_one_bad_member_does_not_end_the_scan_of_the_others() -> None:
    data = bytearray(zipped(("a", b"a" * 500), ("b", GOOD), ("c", MARK), method=zipfile.ZIP_DEFLATED))
    data[31:35] = b"\xff\xff\xff\xff"
    scan = scan_bytes(bytes(data), "")
    assert {f.id for f in scan.findings} >= {"denied-import", "broken"}


CLEAN = {
    "torch": (torch(stored([bytearray(9), 1])), "torch"),
    "torch with numbers that read as a pickle": (torch(stored(bytearray(9)), data=b"N." * 50), "torch"),
    "torch with text as numbers": (torch(stored(bytearray(9)), data=b"(lp0\ncfoo\nbar\n." * 9), "torch"),
    "torch before 1.6": (legacy(stored(bytearray(9)), ["0", "1"], storage(3, 4) + storage(5, 8)), "torch"),
    "torch before 1.6 without storages": (legacy(stored(1), [], b""), "torch"),
    "torch in a tar": (
        tarred(
            ("sys_info", pickle.dumps({"a": 1})),
            ("pickle", stored(bytearray(9))),
            ("tensors", pickle.dumps(1, 2) + pickle.dumps((1, 2, 3), 2) + struct.pack("<iiqqq", 1, 0, 4, 1, 0)),
            ("storages", pickle.dumps(1, 2) + pickle.dumps((1, "cpu"), 2) + storage(4, 4) + pickle.dumps([], 2)),
        ),
        "torch",
    ),
    "zip with what lies beside a model": (
        zipped(("model.pkl", GOOD), ("config.json", b'{"a": "\xc3\xa9"}'), ("README", b"Words.\n"), ("empty", b"")),
        "zip",
    ),
    "zip with folders": (zipped(("a/", b""), ("a/b", GOOD)), "zip"),
    "an archive in a pickle's bytes": (pickle.dumps(zipped(("a", GOOD))), "pickle"),
    "tar with a zip at its end": (tarred(("a", GOOD), ("b", zipped(("c", GOOD)))), "tar"),
    "zip with a zip in it": (zipped(("a", zipped(("b", GOOD)))), "zip"),
    "tar with a link to a part": (tarred(("a/b", b""), type=tarfile.SYMTYPE, linkname="c"), "tar"),
}


@pytest.mark.parametrize("name", CLEAN)
def test_honest_files_are_clean(name: str) -> None:
    data, word = CLEAN[name]
    scan = scan_bytes(data, "")
    assert (scan.verdict, scan.format) == ("clean", word)
    assert {f.severity for f in scan.findings} <= {"info"}
    assert scan.coverage.full


def test_many_parts_of_one_kind_keep_the_record_small() -> None:
    data = zipped(*((str(i), b"\0\1") for i in range(3_000)))
    scan = scan_bytes(data, "")
    assert scan.verdict == "inconclusive"
    assert len(scan.findings) < 1_100
    assert scan.coverage.unread == 3_000
