"""Passports as a stranger may hand them in: every bit counts, and nothing in them ends in anything but a refusal."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.passport import form, key, read
from casemate.evidence.passport.form import Grounds, Passport, Thing
from casemate.evidence.passport.read import Refusal, from_bytes, parts
from casemate.evidence.sign import dsse, keys

A, B = "a" * 64, "b" * 64
PASSPORT = Passport(
    system="Scoring",
    subjects=(Thing("scorer", A, kind="model"), Thing("rows", B, folder=True)),
    system_digest=A,
    described=(Thing("casemate.yaml", A), Thing("threats", B, folder=True)),
    policy="ours",
    policy_digest=B,
    policy_file=A,
    evidence=(Thing("scan.jsonl", B),),
    grounds=(Grounds("0123456789ab", "scorer", "scan", A),),
    sign_offs=(A, B),
    assessment=B,
    verdict="the gate of ours passed",
    seed=0,
    issued=date(2026, 11, 23),
    until=date(2027, 2, 21),
    because="the scan of scorer ends",
    version="0.1.0",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    root = tmp_path_factory.mktemp("keys")
    keys.new_pair(root / "mine", "ed25519", None)
    return keys.read_private(root / "mine")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    root = tmp_path_factory.mktemp("keys")
    keys.new_pair(root / "other", "p256", None)
    return keys.read_private(root / "other")


def signed(doc, key, type=dsse.IN_TOTO):
    data = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
    return dsse.line(dsse.sign(data, key, type)).encode()


def refused(data, *trusted):
    with pytest.raises(Refusal) as e:
        from_bytes(data, trusted)
    return str(e.value)


def test_a_passport_comes_back_as_it_went_in(pair):
    data = signed(form.payload(PASSPORT), pair)
    assert from_bytes(data, [pair.public]) == PASSPORT
    assert parts(data, [pair.public]) == (PASSPORT, True)
    assert parts(data, ()) == (PASSPORT, False)
    built_in = PASSPORT._replace(policy_file=None, sign_offs=(), evidence=(), grounds=())
    assert from_bytes(signed(form.payload(built_in), pair), [pair.public]) == built_in


def test_every_single_bit_of_a_passport_counts(pair):
    data = bytearray(signed(form.payload(PASSPORT), pair))
    trusted, passed = [pair.public], []
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        try:
            from_bytes(bytes(data), trusted)
            passed.append(bit)
        except Refusal:
            pass
        data[bit // 8] ^= 1 << bit % 8
    assert passed == []
    assert from_bytes(bytes(data), trusted) == PASSPORT


def test_bytes_before_behind_and_between_are_refused_too(pair):
    data = signed(form.payload(PASSPORT), pair)
    edited = "is not spelled as it was written: somebody edited it"
    for other in (data + b"\n", data[:-1], data.replace(b'", "', b'","', 1), data.replace(b": [", b":[", 1)):
        assert refused(other, pair.public) == edited
    for other in (b" " + data, data + data, data.replace(b"}]", b"}, {}]"), data.replace(b"}]", b"}, []]")):
        assert refused(other, pair.public) == "is no passport as it was written"
    unpadded = data.replace(b'=="}]', b'"}]')
    assert unpadded != data
    assert refused(unpadded, pair.public) == "has a signature that is no base64"


def test_another_key_is_told_from_a_broken_signature(pair, other):
    data = signed(form.payload(PASSPORT), pair)
    assert refused(data, other.public) == "is not signed by any of the given keys"
    made = dsse.from_json(json.loads(data))
    edited = dsse.line(dsse.Envelope(made.payload + b" ", made.type, made.signatures)).encode()
    with pytest.raises(Refusal, match="is not signed by any of the given keys"):
        parts(edited, [pair.public])


def test_a_key_id_is_not_believed(pair, other):
    made = dsse.sign(form.payload(PASSPORT), pair)
    lied = dsse.Envelope(made.payload, made.type, (dsse.Signature(other.public.id, made.signatures[0].sig),))
    assert refused(dsse.line(lied).encode(), pair.public) == "names another key than the one that signed it"
    assert refused(dsse.line(lied).encode(), other.public) == "is not signed by any of the given keys"


def test_bytes_that_were_signed_as_something_else_are_no_passport(pair):
    text = form.payload(PASSPORT)
    assert (
        refused(signed(text, pair, "text/plain"), pair.public)
        == "holds 'text/plain', not 'application/vnd.in-toto+json'"
    )
    evidence = json.loads(text) | {"predicateType": "https://casemate.dev/evidence/v1"}
    assert refused(signed(evidence, pair), pair.public) == "is a signed statement of something else, and no passport"
    with pytest.raises(Refusal, match="holds 'text/plain'"):
        parts(signed(text, pair, "text/plain"), ())


def test_two_signatures_are_one_too_many(pair, other):
    made, more = (dsse.sign(form.payload(PASSPORT), k) for k in (pair, other))
    both = dsse.Envelope(made.payload, made.type, (*made.signatures, *more.signatures))
    assert refused(dsse.line(both).encode(), pair.public) == "is no passport as it was written"


def test_the_wrong_kind_of_key_signs_nothing(pair, other):
    ours = from_bytes(signed(form.payload(PASSPORT), other), [other.public])
    assert ours == PASSPORT
    made = dsse.sign(form.payload(PASSPORT), other)
    assert not pair.public.verifies(made.signatures[0].sig, dsse.pae(made.type, made.payload))
    named = dsse.Envelope(made.payload, made.type, (dsse.Signature(pair.public.id, made.signatures[0].sig),))
    assert refused(dsse.line(named).encode(), pair.public) == "is not signed by any of the given keys"


def test_whatever_is_missing_or_of_another_form_is_named(pair):
    doc = json.loads(form.payload(PASSPORT))
    for where, value, said in (
        (("predicate", "issued"), "2026-1-2", "'issued' of predicate is missing or of another form"),
        (("predicate", "casemate"), "\x1b[2J", "'casemate' of predicate is missing or of another form"),
        (("predicate", "assessment", "seed"), True, "'seed' of assessment is missing or of another form"),
        (
            ("predicate", "assessment", "digest"),
            {"sha1": "a" * 40},
            "'digest' of assessment is missing or of another form",
        ),
        (("predicate", "policy", "file"), {"sha256": A.upper()}, "'file' of policy is missing or of another form"),
        (("predicate", "sign-offs"), ["x"], "'digest' of sign-offs is missing or of another form"),
        (("predicate", "system"), [], "system is no object"),
        (("subject",), {}, "'subject' of it is missing or of another form"),
        (
            ("subject", 0, "annotations"),
            {"folder": "no"},
            "'annotations' of one of 'subject' is missing or of another form",
        ),
        (("subject", 0, "name"), "n" * 4097, "'name' of one of 'subject' is missing or of another form"),
    ):
        made = json.loads(json.dumps(doc))
        of = made
        for step in where[:-1]:
            of = of[step]
        of[where[-1]] = value
        found = refused(signed(made, pair), pair.public).removeprefix("says nothing that can be read: ")
        assert found in (said, "one of 'sign-offs' is no object", "digest is no object")
    twice = json.loads(json.dumps(doc))
    twice["subject"] *= 2
    assert refused(signed(twice, pair), pair.public) == "names one thing twice"


def test_hostile_json_is_refused_before_and_behind_a_signature(pair):
    deep = b"[" * 100_000
    for data in (b"", b"\xff", deep, b"{}", b"null", b"[1]", b'{"a":1,"a":2}', b'{"a":NaN}', b"9" * 100_000):
        assert refused(data, pair.public) == "is no passport as it was written"
        assert refused(signed(data, pair), pair.public) in (
            "is no JSON",
            "gives one key twice",
            "is a signed statement of something else, and no passport",
            "says nothing that can be read: it is no object",
        )


KEYS = st.sampled_from(["digest", "sha256", "name", "files", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


@given(st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(KEYS, x, max_size=3)))
def test_any_json_in_the_place_of_any_part_is_refused_or_read(pair, value):
    doc = json.loads(form.payload(PASSPORT))
    for name in doc["predicate"]:
        made = {**doc, "predicate": {**doc["predicate"], name: value}}
        try:
            found = from_bytes(signed(made, pair), [pair.public])
        except Refusal as e:
            assert str(e)  # noqa: PT017  either is fine, and nothing else is
        else:
            assert isinstance(found, Passport)


def test_a_file_that_is_too_large_or_none_is_not_read(tmp_path, pair, monkeypatch):
    with pytest.raises(Refusal, match=r"was not read: there is no such file"):
        read.read(tmp_path / "none", [pair.public])
    with pytest.raises(Refusal, match=r"was not read: is a directory"):
        read.read(tmp_path, [pair.public])
    monkeypatch.setattr(read, "MAX_BYTES", 1_000_000)
    (tmp_path / "p").write_bytes(b" " * 1_000_001)
    with pytest.raises(Refusal, match="is larger than 1 MB"):
        read.read(tmp_path / "p", [pair.public])


@pytest.mark.parametrize("kind", keys.KINDS)
def test_the_short_way_to_a_public_key_gives_the_same_as_the_long_one(tmp_path, kind, monkeypatch):
    keys.new_pair(tmp_path / "k", kind, None)
    long = keys.read_public(tmp_path / "k.pub")
    monkeypatch.setattr(keys, "read_public", None)  # the short way does without it
    short = key.read(tmp_path / "k.pub")
    assert (short, short.id, short.kind, short.pem) == (long, long.id, long.kind, long.pem)
    made = keys.read_private(tmp_path / "k").sign(b"message")
    assert short.verifies(made, b"message")
    assert not short.verifies(made, b"another")


def test_other_spellings_of_a_key_go_the_long_way_and_other_files_are_errors(tmp_path):
    keys.new_pair(tmp_path / "k", "p384", None)
    pem = (tmp_path / "k.pub").read_bytes()
    (tmp_path / "crlf.pub").write_bytes(b"# a comment\r\n" + pem.replace(b"\n", b"\r\n"))
    assert key.read(tmp_path / "crlf.pub").id == keys.read_public(tmp_path / "k.pub").id
    (tmp_path / "off.pub").write_bytes(b"".join([pem[:120], b"AAAA", pem[124:]]))
    for name, said in (
        ("k", "is a private key"),
        ("off.pub", "is no public key in PEM"),
        ("none", "there is no such file"),
    ):
        with pytest.raises(CasemateError, match=said):
            key.read(tmp_path / name)
