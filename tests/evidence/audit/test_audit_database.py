"""The advisories on disk: three forms that say the same, their age, and what hostile ones come to."""

import gzip
import io
import json
import os
import zipfile
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_stock import DAY, flaw, zipped
from casemate.core.errors import CasemateError
from casemate.evidence.audit import database, pack
from casemate.evidence.audit.known import Named, age, known

YAML = """\
id: PYSEC-2026-9
modified: "2026-10-01T00:00:00Z"
published: 2026-09-01T00:00:00Z
summary: templates run code
affected:
- package: {ecosystem: PyPI, name: jinja2}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "0"}, {fixed: 3.1.7}]
"""
JINJA = [Named("jinja2", "3.1.6", "installed")]


def broken(path):
    with pytest.raises(CasemateError) as caught:
        database.load(path)
    return str(caught.value)


def test_all_forms_say_the_same(tmp_path):
    packed = tmp_path / "index.gz"
    archive = database.load(zipped(tmp_path / "all.zip", flaw()))
    pack.write(archive, packed)
    (tmp_path / "folder" / "vulns").mkdir(parents=True)
    (tmp_path / "folder" / "vulns" / "a.yaml").write_text(YAML)
    for found in (archive, database.load(packed), database.load(tmp_path / "folder")):
        told = known(found, JINJA, DAY)
        assert (told.state, found.newest, found.records) == ("evaluated", date(2026, 10, 1), 1)
        assert [str(f) for f in told.findings] == [
            "high known-flaw jinja2 3.1.6 (installed): PYSEC-2026-9: templates run code; mended in 3.1.7"
        ]


def test_packing_gives_the_same_bytes_and_keeps_every_answer(tmp_path):
    records = [flaw(), flaw("torch", "2.0", "PYSEC-2026-2", withdrawn="2026-01-01T00:00:00Z")]
    records[0]["affected"][0]["versions"] = ["3.0", "4.0"]
    a, b = (pack.pack(database.load(zipped(tmp_path / n, *r))) for n, r in (("a", records), ("b", records)))
    assert a == b
    (tmp_path / "i.gz").write_bytes(a)
    small = database.load(tmp_path / "i.gz")
    ((_, affected),) = small.by_name["jinja2"]
    assert affected.versions == {"4.0"}  # the range covers the other
    assert "torch" not in small.by_name


def test_flaws_of_one_alias_are_told_once(tmp_path):
    twins = flaw(id="GHSA-x", aliases=["CVE-2026-1"]), flaw(id="PYSEC-2026-9", aliases=["CVE-2026-1"])
    (found,) = known(database.load(zipped(tmp_path / "a", *twins)), JINJA, DAY).findings
    assert found.message == "GHSA-x (CVE-2026-1, PYSEC-2026-9): templates run code; mended in 3.1.7"


@pytest.mark.parametrize(
    ("days", "state", "why"),
    [(0, "evaluated", ()), (7, "evaluated", ()),
     (8, "not evaluated", ("the newest advisory is 8 days old, 7 are allowed",)),
     (-2, "not evaluated", ("the newest advisory is of 2026-10-01, after the day of the audit",))],
)  # fmt: skip
def test_an_old_copy_evaluates_nothing(tmp_path, days, state, why):
    found = database.load(zipped(tmp_path / "a", flaw("other")))
    told = known(found, JINJA, date(2026, 10, 1) + timedelta(days=days))
    assert (told.state, told.why) == (state, why)


def test_an_old_copy_still_tells_bad_news(tmp_path):
    told = known(database.load(zipped(tmp_path / "a", flaw())), JINJA, date(2027, 10, 1))
    assert told.state == "not evaluated"
    assert told.findings


def test_without_a_copy_nothing_is_evaluated():
    assert known(None, JINJA, DAY).state == "not evaluated"


def test_one_broken_record_makes_it_partial(tmp_path):
    found = database.load(zipped(tmp_path / "a", flaw("other"), broken='{"id": '))
    told = known(found, JINJA, DAY)
    assert (told.state, told.why) == ("partly evaluated", ("1 of 2 advisories could not be read",))


def test_a_package_without_a_version_makes_it_partial(tmp_path):
    told = known(database.load(zipped(tmp_path / "a", flaw("other"))), [Named("x", None, "l:1")], DAY)
    assert (told.state, told.why) == ("partly evaluated", ("x has no version that can be compared",))


def test_ages_are_read_in_short_and_in_words():
    assert [age(t) for t in ("7d", "2w", "7 days", "1 quarter", "soon", "-1d", "")] == [7, 14, 7, 91, None, None, None]


# What strangers may send.


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MAX_RECORD", 1000)
    monkeypatch.setattr(database, "MAX_TOTAL", 4000)
    zeros = {f"bomb{i}": " " * 1_000_000 for i in range(3)}
    assert database.load(zipped(tmp_path / "a", flaw("o"), **zeros)).unread == 3
    many = {f"r{i}": json.dumps(flaw(id=f"X-{i}")) for i in range(20)}
    assert "unpacks to more than" in broken(zipped(tmp_path / "b", **many))


def test_a_packed_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MAX_PACKED", 1000)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b" " * 1_000_000))
    assert "unpacks to more than 400 MB" in broken(tmp_path / "a.gz")


BROKEN = [
    b"",
    b"PK\x03\x04",
    b"\x1f\x8bxx",
    b"plain text",
    gzip.compress(b"[1]", mtime=0),
    gzip.compress(b"[" * 99999, mtime=0),
]


@pytest.mark.parametrize("data", BROKEN)
def test_what_is_no_copy_is_said_to_be_none(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert broken(tmp_path / "a")


@pytest.mark.parametrize("record", ["[" * 100_000, '{"id": "X", "modified": 1}', "{}]", "\udcff", "1" * 9000])
def test_deep_and_broken_records_are_counted_as_unread(tmp_path, record):
    data = record.encode("utf-8", "surrogateescape")
    assert database.load(zipped(tmp_path / "a", flaw("other"), bad=data)).unread == 1


def test_a_folder_of_pipes_loops_and_links_ends(tmp_path):
    folder = tmp_path / "f"
    (folder / "deep").mkdir(parents=True)
    os.mkfifo(folder / "pipe.json")
    (folder / "deep" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "link.json").symlink_to("/dev/zero")
    (folder / "good.json").write_text(json.dumps(flaw()))
    (folder / "notes.yaml").write_text("not: a record\n")
    found = database.load(folder)
    assert (found.records, found.unread) == (3, 2)


def _archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("a.json"), json.dumps(flaw()))
        z.writestr(zipfile.ZipInfo("b.json"), json.dumps(flaw("torch", id="X-1")))
    return out.getvalue()


ROWS = [["a", "2026-10-01", "", [], "high", "", [["jinja2", [], [[["introduced", "0"]]], False]]]]
INDEX = {"form": "casemate advisories 1", "records": 1, "unread": 0, "newest": "2026-10-01", "advisories": ROWS}
PACKED = gzip.compress(json.dumps(INDEX).encode())
KEYS = ["id", "modified", "affected", "package", "name", "ranges", "events", "versions", "ecosystem", "type", "fixed"]


@given(st.sampled_from([_archive(), PACKED]), st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_only_our_error_leaves_a_mutated_copy(tmp_path_factory, data, at, what):
    path = tmp_path_factory.mktemp("m") / "a"
    at %= len(data)
    path.write_bytes(data[:at] + what + data[at + len(what) :])
    try:
        found = database.load(path)
    except CasemateError:
        return
    known(found, JINJA, DAY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@given(json_values)
def test_any_packed_row_is_read_or_refused(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("m") / "a"
    path.write_bytes(gzip.compress(json.dumps(INDEX | {"advisories": value}).encode()))
    with suppress(CasemateError):
        database.load(path)
