"""Signed records: laws 1 and 4. A signature makes a record count as measured only when the policy names its key."""

import json
from datetime import date

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.evidence import store
from casemate.evidence.bind import bind
from casemate.evidence.read import statements
from casemate.evidence.seal import seal
from casemate.evidence.sign import keys
from casemate.evidence.statement import Statement
from casemate.validate.policy import policy_of, read_policy

DAY = date(2026, 11, 23)
FILE = "casemate: 1\nname: x\nzones: {z: {trust: staff}}\ncomponents:\n  m: {kind: model, zone: z, path: m.bin}\n"


@pytest.fixture
def ours(tmp_path):
    return keys.read_private(keys.new_pair(tmp_path / "ci", "ed25519", None)[0])


@pytest.fixture
def stranger(tmp_path):
    return keys.read_private(keys.new_pair(tmp_path / "stranger", "p256", None)[0])


def system(tmp_path):
    (tmp_path / "m.bin").write_bytes(b"m")
    return from_text(FILE, "casemate.yaml", {})


def record(tmp_path, **more):
    digest = store.digest_of(tmp_path / "m.bin") or "0" * 64
    return Statement(**{"kind": "scan", "about": "m", "digest": digest, "tool": "t", "measured": DAY, **more})


def standing(tmp_path, keys_=(), fresh=()):
    s = system(tmp_path)
    records = bind(s, store.load(s, tmp_path, fresh, keys_), DAY)["m"]
    return [(r.state, r.standing) for r in records]


def test_a_record_in_an_envelope_is_the_same_record(tmp_path, ours):
    one = record(tmp_path, facts={"contents": "clean"}, findings=("ü",))
    (read,) = statements(seal(one, ours).sealed, "e", [ours.public])
    assert (read.id, read.facts, read.findings) == (one.id, one.facts, one.findings)
    assert (read.signed, one.signed) == (True, False)


def test_only_a_key_that_the_policy_names_makes_it_measured(tmp_path, ours, stranger):
    s = system(tmp_path)
    store.save(s, tmp_path, [seal(record(tmp_path), ours)])
    assert standing(tmp_path, [ours.public]) == [("valid", "measured")]
    assert standing(tmp_path, [stranger.public, ours.public]) == [("valid", "measured")]
    assert standing(tmp_path, [stranger.public]) == [("valid", "attested")]
    assert standing(tmp_path) == [("valid", "attested")]


def test_a_signature_binds_to_no_other_bytes(tmp_path, ours):
    system(tmp_path)
    other = seal(record(tmp_path, digest="f" * 64), ours)
    store.save(system(tmp_path), tmp_path, [other])
    assert standing(tmp_path, [ours.public]) == [("void", "measured")]


def test_a_broken_signature_is_an_error_and_the_record_is_never_used(tmp_path, ours, stranger):
    doc = json.loads(seal(record(tmp_path), ours).sealed)
    for broken in (
        {**doc, "payload": json.loads(seal(record(tmp_path, tool="other"), stranger).sealed)["payload"]},
        {**doc, "signatures": [{**doc["signatures"][0], "sig": "AAAA"}]},
    ):
        with pytest.raises(CasemateError) as caught:
            statements(json.dumps(broken), "evidence/scan.jsonl", [ours.public])
        assert str(caught.value) == (
            "evidence/scan.jsonl:1:1: has a broken signature; measure again with the signer's key"
        )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"payload": "!"}, "has a payload that is no base64"),
        ({"payloadType": "text/plain"}, "is an envelope around 'text/plain'"),
        ({"payload": "gA=="}, "is an envelope around no text"),
        ({"payload": "e30="}, "is no in-toto Statement v1"),
        ({"signatures": []}, "must have 1 to 16 signatures"),
    ],
)
def test_an_envelope_without_a_record_says_why(tmp_path, stranger, change, what):
    doc = {**json.loads(seal(record(tmp_path), stranger).sealed), **change}
    with pytest.raises(CasemateError) as caught:
        statements(json.dumps(doc), "e.jsonl")
    assert caught.value.what == what


def test_measuring_without_the_key_takes_no_proof_away(tmp_path, ours):
    s = system(tmp_path)
    store.save(s, tmp_path, [seal(record(tmp_path), ours)])
    before = (tmp_path / "evidence/scan.jsonl").read_text()
    store.save(s, tmp_path, [record(tmp_path, tool="newer")])
    assert before in (tmp_path / "evidence/scan.jsonl").read_text()
    assert sorted(standing(tmp_path, [ours.public])) == [("valid", "attested"), ("valid", "measured")]
    store.save(s, tmp_path, [seal(record(tmp_path, tool="newest"), ours)])
    assert standing(tmp_path, [ours.public]) == [("valid", "measured")]


def test_a_bare_copy_of_a_signed_record_takes_nothing_away(tmp_path, ours):
    s = system(tmp_path)
    one = record(tmp_path)
    store.save(s, tmp_path, [seal(one, ours)])
    path = tmp_path / "evidence/scan.jsonl"
    path.write_text(path.read_text() + store._line(one))
    assert standing(tmp_path, [ours.public]) == [("valid", "measured")]


def test_a_policy_names_signers_by_their_keys(tmp_path, ours):
    (tmp_path / "policy.yaml").write_text("name: p\nsigners: [{name: ci, public key: ci.pub}]\n")
    p = read_policy(tmp_path / "policy.yaml")
    assert [(s.name, s.key) for s in p.signers] == [("ci", ours.public)]
    assert p.keys == (ours.public,)


def test_another_key_under_the_same_name_is_another_policy(tmp_path, ours, stranger):
    text = "name: p\nsigners: [{name: ci, public key: key.pub}]\n"
    found = set()
    for key in (ours, stranger):
        (tmp_path / "key.pub").write_bytes(key.public.pem)
        found.add(policy_of(text, "p", tmp_path).digest)
    assert len(found) == 2


def test_a_signer_without_a_key_is_an_error_with_its_place(tmp_path, ours):
    for name, what in (
        ("none.pub", "the key of ci there is no such file; check the path"),
        ("ci", "the key of ci is a private key; name the public one; a private key stays with whoever signs"),
    ):
        with pytest.raises(CasemateError) as caught:
            policy_of(f"name: p\nsigners:\n  - {{name: ci, public key: {name}}}\n", "p.yaml", tmp_path)
        assert str(caught.value) == f"p.yaml:3:5: {what}"
