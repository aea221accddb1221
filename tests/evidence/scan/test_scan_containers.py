"""Laws of containers: whatever is done to one, only a scan comes out, in bounded work, and what is inside is found."""

import gzip
import io
import pickle
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.scan.budget import FREE, RATIO, Budget
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import ORDER

relaxed = settings(deadline=None)  # the machine may be busy
GOOD, MARK = pickle.dumps([1, {"a": 2.5}]), pickle.dumps(eval)
CONTENTS = st.sampled_from([GOOD, MARK, b"", b"words", b"{}", b"\0\1", pickle.dumps(io.BytesIO)]) | st.binary(
    max_size=40
)
NAMES = st.sampled_from(["a", "b/c", "a/data.pkl", "a/data/0", "version", "../x", "pickle", "tensors", "storages"])
PARTS = st.lists(st.tuples(NAMES, CONTENTS), max_size=4)


def in_zip(parts: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in dict(parts).items():
            archive.writestr(name, content)
    return file.getvalue()


def in_tar(parts: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in parts:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


ARCHIVES = st.builds(in_zip, PARTS) | st.builds(in_tar, PARTS) | st.builds(gzip.compress, st.builds(in_tar, PARTS))


@relaxed
@given(ARCHIVES, st.data())
def test_a_changed_archive_gives_a_scan_and_no_failure(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 5))):
        at = draw.draw(st.integers(0, len(changed)))
        changed[at : at + draw.draw(st.integers(0, 4))] = draw.draw(st.binary(max_size=4) | st.just(b"PK\3\4"))
    scan = scan_bytes(bytes(changed), "")
    assert "failed" not in {f.id for f in scan.findings}
    assert 0 <= scan.coverage.walked <= scan.coverage.total


@relaxed
@given(PARTS)
def test_an_archive_is_as_bad_as_its_worst_part(parts: list[tuple[str, bytes]]) -> None:
    parts = [(str(i), content) for i, (_, content) in enumerate(parts)]
    order = ("clean", *ORDER[1:])
    for pack in (in_zip, in_tar):
        worst = max((order.index(scan_bytes(c, "").verdict) for _, c in parts if c.startswith(b"\x80")), default=0)
        assert order.index(scan_bytes(pack(parts), "").verdict) >= worst


@relaxed
@given(ARCHIVES, st.data())
def test_a_cut_archive_with_content_is_never_clean(data: bytes, draw: st.DataObject) -> None:
    if scan_bytes(data, "").verdict == "clean" and data.rstrip(b"\0") != b"":
        end = draw.draw(st.integers(0, len(data.rstrip(b"\0")) - 1))
        assert scan_bytes(data[:end], "").verdict != "clean"


@relaxed
@given(CONTENTS, st.integers(0, 3))
def test_coverage_adds_up(content: bytes, depth: int) -> None:
    data = MARK
    for _ in range(depth):
        data = gzip.compress(data)
    scan = scan_bytes(data, "")
    assert (scan.coverage.entered, scan.verdict, scan.coverage.full) == (depth, "unsafe", True)
    assert scan.coverage.total >= len(data) + (len(MARK) if depth else 0)


def test_the_budget_is_one_for_all_parts() -> None:
    budget = Budget(1_000)
    budget.unpack(FREE)
    budget.unpack(RATIO * 1_000)
    with pytest.raises(Enough):
        budget.unpack(1)


def test_parts_over_each_other_are_not_read_for_ever() -> None:
    budget = Budget(FREE)
    for _ in range(9):
        budget.look(FREE)
    with pytest.raises(Enough):
        budget.look(1)


def test_an_archive_that_was_cut_off_is_inconclusive_and_what_is_left_of_it_counts() -> None:
    cut = in_zip([("a", GOOD), ("b/c", GOOD), ("version", b"3\n")])[:-40]
    scan = scan_bytes(cut, "")
    assert (scan.verdict, "truncated" in {f.id for f in scan.findings}) == ("inconclusive", True)
    assert scan_bytes(in_zip([("a", MARK), ("version", b"3\n")])[:-40], "").verdict == "unsafe"


def test_archives_of_torch_end_to_end_are_each_a_file() -> None:
    good, bad = in_zip([("a/data.pkl", GOOD), ("a/version", b"3\n")]), in_zip([("a/data.pkl", MARK)])
    scan = scan_bytes(good + good + good, "")
    assert (scan.verdict, [f.message for f in scan.findings]) == ("clean", ["has 3 archives end to end"])
    for data in (bad + good + good, good + bad + good, good + good + bad):
        assert scan_bytes(data, "").verdict == "unsafe"
    for data in (b"junk" + good + good, good + b"junk" + good, good + good + b"junk", MARK + good + good):
        assert scan_bytes(data, "").verdict != "clean"
    other = scan_bytes(in_zip([("a", GOOD)]) + good, "")
    assert [f.message for f in other.findings] == ["has 2 archives end to end, of which loaders see one"]
    assert other.verdict == "suspicious"
