"""The record of sign-offs: what was edited, taken out or put in is named; two who sign at once lose nothing."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.digest import canonical, of_value
from casemate.core.errors import CasemateError
from casemate.evidence.sign import keys
from casemate.validate.signoff.chain import FIRST, Chain, append, chain_of, read
from casemate.validate.signoff.entry import PARTS, Entry, line

DAY = date(2026, 11, 23)


def entry(role="security", by="ann", note="looked at it", **more):
    parts = {name: hashlib.sha256(name.encode()).hexdigest() for name in PARTS}
    return Entry(1, FIRST, role, by, note, DAY, "casemate.yaml", of_value(parts), parts, **more)


@pytest.fixture
def record(tmp_path):
    """A record of four, as bytes."""
    path = tmp_path / "reviews" / "signoffs.jsonl"
    for by in ("ann", "bob", "cleo", "dan"):
        append(path, lambda _, by=by: entry(by=by))
    return path


def broken(data):
    return list(chain_of(data, "s.jsonl").broken)


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def test_each_entry_names_the_line_before_it(record):
    found = read(record)
    assert [(e.number, e.by) for e in found.entries] == [(1, "ann"), (2, "bob"), (3, "cleo"), (4, "dan")]
    digests = [hashlib.sha256(x.rstrip(b"\n")).hexdigest() for x in lines_of(record)]
    assert [e.previous for e in found.entries] == [FIRST, *digests[:3]]
    assert (found.head, found.broken) == (digests[3], ())


def test_where_there_is_no_record_it_is_empty(tmp_path):
    assert read(tmp_path / "none") == Chain((), (), FIRST)


RESTORE = "restore it from the repository's history"


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ([0], f"s.jsonl:1:1: follows entry 1, which is missing; {RESTORE}"),
        ([1], f"s.jsonl:2:1: follows entry 2, which is missing; {RESTORE}"),
        ([1, 2], f"s.jsonl:2:1: follows entries 2 to 3, which are missing; {RESTORE}"),
    ],
)
def test_a_missing_entry_is_named(record, taken, said):
    assert broken(b"".join(x for i, x in enumerate(lines_of(record)) if i not in taken)) == [said]


def test_an_edited_entry_is_named(record):
    said = "s.jsonl:2:1: was edited: it is not what its own digest says; restore the line from the repository's history"
    assert broken(record.read_bytes().replace(b'"bob"', b'"eve"')) == [said]


def test_one_that_was_edited_with_its_own_digest_breaks_the_link_behind_it(record):
    old = lines_of(record)
    doc = {**json.loads(old[1]), "by": "eve"}
    doc["sha256"] = of_value({k: v for k, v in doc.items() if k != "sha256"})
    old[1] = canonical(doc).encode() + b"\n"
    said = "follows another entry 2 than the line before it, which was edited or replaced"
    assert broken(b"".join(old)) == [f"s.jsonl:3:1: {said}; {RESTORE}"]


def test_entries_in_another_order_are_named(record):
    one, two, three, four = lines_of(record)
    assert broken(one + three + two + four) == [
        f"s.jsonl:2:1: follows entry 2, which is missing; {RESTORE}",
        f"s.jsonl:3:1: is entry 2, out of its order; {RESTORE}",
        f"s.jsonl:4:1: follows entry 3, which is missing; {RESTORE}",
    ]


def test_two_who_signed_apart_are_told_who_signs_again(tmp_path):
    """As after a merge that kept the lines of both branches."""
    path, fork = tmp_path / "a", tmp_path / "b"
    append(path, lambda _: entry())
    fork.write_bytes(path.read_bytes())
    append(path, lambda _: entry(by="bob"))
    append(fork, lambda _: entry(by="cleo"))
    both = path.read_bytes() + lines_of(fork)[-1]
    said = "follows the same entry as a line above: two signed apart; take this line out, and sign again"
    assert broken(both) == [f"s.jsonl:3:1: {said}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\n", "is no JSON"),
        (b"[]\n", "is no sign-off of this version"),
        (b"{}\n", "is no sign-off of this version"),
        (b"\xff\n", "is no JSON"),
        (b"[" * 60_000 + b"\n", "is no JSON"),
        (b"x" * 70_000 + b"\n", "is longer than any sign-off"),
        (b'{"payloadType": "x", "signatures": []}\n', "must have 1 to 16 signatures"),
    ],
)
def test_what_is_no_sign_off_is_told(text, said):
    assert broken(text) == [f"s.jsonl:1:1: {said}; restore the line from the repository's history"]


def test_an_unfinished_line_is_told_and_nobody_signs_on_top_of_it(record):
    record.write_bytes(record.read_bytes()[:-10])
    assert broken(record.read_bytes()) == ["s.jsonl:4:1: is cut off; take the unfinished line out, and sign again"]
    before = record.read_bytes()
    with pytest.raises(CasemateError, match="is broken, and nobody signs on top of that; casemate review verify"):
        append(record, lambda _: entry())
    assert record.read_bytes() == before


@given(st.data())
def test_every_flipped_bit_is_noticed(data):
    first = line(entry())
    second = line(Entry(**{**_slots(entry(by="bob")), "number": 2, "previous": hashlib.sha256(first[:-1]).hexdigest()}))
    whole = bytearray(first + second)
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    assert broken(bytes(whole))


def _slots(e):
    return {name: getattr(e, name) for name in Entry.__slots__}


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_told(data):
    found = chain_of(data, "s.jsonl")
    assert found.entries == ()
    assert bool(found.broken) == bool(data)


def test_a_key_signs_the_entry_and_its_bytes_count(tmp_path):
    keys.new_pair(tmp_path / "k", "ed25519", None)
    keys.new_pair(tmp_path / "other", "ed25519", None)
    private, public = keys.read_private(tmp_path / "k"), keys.read_public(tmp_path / "k.pub")
    path = tmp_path / "s.jsonl"
    append(path, lambda _: entry(), private)
    assert [e.key for e in read(path, [public]).entries] == [public.id]
    assert [e.key for e in read(path, [keys.read_public(tmp_path / "other.pub")]).entries] == ["unknown"]
    assert read(path).broken == ()
    doc = json.loads(path.read_text())
    sig = doc["signatures"][0]["sig"]
    doc["signatures"][0]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]
    text = json.dumps(doc, sort_keys=True).encode() + b"\n"
    said = "has a broken signature; restore the line from the repository's history"
    assert list(chain_of(text, "s.jsonl", [public]).broken) == [f"s.jsonl:1:1: {said}"]


def _sign(path, by):
    for _ in range(5):
        append(path, lambda _: entry(by=by))


def test_nothing_is_lost_when_several_sign_at_once(tmp_path):
    path = tmp_path / "reviews" / "signoffs.jsonl"
    with ThreadPoolExecutor(3) as people:  # each opens the file for itself, as processes do
        list(people.map(lambda by: _sign(path, by), ("ann", "bob", "cleo")))
    found = read(path)
    assert found.broken == ()
    assert [e.number for e in found.entries] == list(range(1, 16))
    assert sorted(e.by for e in found.entries) == ["ann"] * 5 + ["bob"] * 5 + ["cleo"] * 5


def test_a_folder_or_a_link_in_its_place_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("folder", "link"):
        with pytest.raises(CasemateError, match=r"; (move it away|check the folder and its rights)"):
            append(tmp_path / name, lambda _: entry())
    assert not (tmp_path / "elsewhere").exists()
