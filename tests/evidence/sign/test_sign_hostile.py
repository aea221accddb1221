"""Broken, hostile and unreadable input: a verdict with its reason, never a hang, never another error."""

import json
import os
import random

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.sign import bundle, check, dsse, manifest, tree
from casemate.evidence.sign.bundle import Unsupported
from casemate.evidence.sign.dsse import Broken
from casemate.evidence.sign.trust import Trust
from signing import THEIRS, TODAY

FINE = (THEIRS / "sha256.sig").read_bytes()
PAYLOAD = bundle.parse(FINE).envelope.payload
TRUST = Trust(key=THEIRS / "key.pub")


def of(data, tmp_path):
    (tmp_path / "x.sig").write_bytes(data)
    c = check.verify(THEIRS / "model", TRUST, TODAY, tmp_path / "x.sig")
    return c.verdict, c.reason


@pytest.mark.parametrize(
    ("data", "verdict", "reason"),
    [
        (b"", "bad-signature", "x.sig is no JSON"),
        (FINE[: len(FINE) // 2], "bad-signature", "x.sig is no JSON"),
        (b"[" * 100_000, "bad-signature", "x.sig is no JSON"),
        (b"\xff\xfe", "bad-signature", "x.sig is no JSON"),
        (b"[]", "bad-signature", "x.sig is no bundle"),
        (b"{}", "bad-signature", "x.sig is no Sigstore bundle"),
        (b'{"mediaType": NaN}', "bad-signature", "x.sig is no JSON"),
        (b'{"a": 1, "a": 2}', "bad-signature", "x.sig gives one key twice"),
        (b'{"a": [' + b"[]," * 60_000 + b"0]}", "bad-signature", "x.sig has more parts than a bundle can have"),
        (
            b'{"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1"}',
            "unsupported",
            "x.sig is a bundle of another version ('application/vnd.dev.sigstore.bundle+json;version=0.1');"
            " sign again with a current tool",
        ),
    ],
)
def test_what_is_no_bundle_says_why(tmp_path, data, verdict, reason):
    assert of(data, tmp_path) == (verdict, reason)


def changed(**parts):
    return json.dumps({**json.loads(FINE), **parts}).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed(verificationMaterial=None), "does not say who signed it"),
        (changed(verificationMaterial={}), "does not say who signed it"),
        (changed(verificationMaterial={"publicKey": {"hint": 7}}), "has a hint of a key that is none"),
        (changed(verificationMaterial={"x509CertificateChain": {}}), "must have 1 to 10 certificates"),
        (
            changed(verificationMaterial={"x509CertificateChain": {"certificates": [{}]}}),
            "has no certificate",
        ),
        (changed(dsseEnvelope=None), "is no DSSE envelope"),
    ],
)
def test_a_bundle_without_its_parts_is_bad(tmp_path, data, reason):
    assert of(data, tmp_path) == ("bad-signature", f"x.sig {reason}")


def test_a_chain_of_garbage_is_bad(tmp_path):
    material = {"x509CertificateChain": {"certificates": [{"rawBytes": "AAAA"}]}}
    (tmp_path / "x.sig").write_bytes(changed(verificationMaterial=material))
    c = check.verify(THEIRS / "model", Trust(ca=THEIRS / "root.pem", subject="x"), TODAY, tmp_path / "x.sig")
    assert (c.verdict, c.reason) == ("bad-signature", "a certificate in the signature cannot be read")


def test_a_signature_of_one_file_and_a_sigstore_bundle_without_the_extra_say_what_to_do(tmp_path):
    assert of(changed(messageSignature={}), tmp_path)[0] == "unsupported"
    (tmp_path / "x.sig").write_bytes(changed(verificationMaterial={"certificate": {"rawBytes": "AA=="}}))
    trust = Trust(identity="x", issuer="y", trusted_root=THEIRS / "root.pem")
    c = check.verify(THEIRS / "model", trust, TODAY, tmp_path / "x.sig")
    assert (c.verdict, c.reason) in (
        ("unsupported", "it is a sigstore bundle: pip install 'casemate[sigstore]' and check again"),
        ("unreadable", f"{THEIRS}/root.pem: is no trusted root of sigstore; name a trusted_root.json"),
    )


def test_mutations_of_a_bundle_are_never_valid_unless_nothing_that_counts_changed(tmp_path):
    """3,000 mutations: bits, cuts, doubled pieces. Only a verdict comes out, and it is good only for the same bytes."""
    rng, seen = random.Random(7), set()
    for _ in range(3000):
        data = bytearray(FINE)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            what = rng.randrange(4)
            if what == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                del data[at : at + rng.randint(1, 40)]
            elif what == 2:
                data[at:at] = data[at : at + rng.randint(1, 40)]
            else:
                data[at] = rng.randrange(256)
        try:
            b = bundle.parse(bytes(data))
        except (Broken, Unsupported) as e:
            seen.add(type(e))
            continue
        good = dsse.signer(b.envelope, [KEY]) is not None
        assert not good or b.envelope.payload == PAYLOAD
        seen.add(good)
    assert seen >= {Broken, True, False}


def _key():
    from casemate.evidence.sign.keys import read_public

    return read_public(THEIRS / "key.pub")


KEY = _key()


WEIRD = (None, True, -1, 0, 10**400, 1e300, 4096.5, "", "x", "\ud800", "\x1b[2J", [], {}, [[]], [{}], {"": 1}, "a" * 64)


def spots(doc):
    """Every place in a document: a container and a key."""
    for key in list(doc) if isinstance(doc, dict) else range(len(doc)):
        yield doc, key
        if isinstance(doc[key], dict | list):
            yield from spots(doc[key])


@pytest.mark.parametrize("how", ["sha256", "shards"])
def test_whatever_stands_anywhere_in_a_signed_list_there_is_a_verdict(bench, how):
    """Whoever has the key may sign nonsense."""
    doc = json.loads(bundle.parse((THEIRS / f"{how}.sig").read_bytes()).envelope.payload)
    doc["predicate"]["casemate"] = {"version": 1, "signed on": "2026-11-23"}
    seen, mine = set(), bench.key("mine")
    for at, key in list(spots(doc)):
        before = at[key]
        for value in WEIRD:
            at[key] = value
            envelope = dsse.sign(json.dumps(doc).encode(), mine)
            bench.sig.write_text(bundle.to_text(bundle.Bundle("key", envelope, mine.public.id)))
            c = check.verify(THEIRS / "model", bench.trust, TODAY, bench.sig)
            assert (c.reason + c.verdict).isprintable()
            seen.add(c.verdict)
        at[key] = before
    assert seen == {"valid", "bad-signature", "unsupported", "content-mismatch"}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda d: d.update(_type="x"), "holds no in-toto Statement v1"),
        (lambda d: d.update(predicate=[]), "lists no files"),
        (lambda d: d.update(subject=[]), "must have one subject with a sha256 digest"),
        (lambda d: d["predicate"].update(resources=[{"name": "a"}]), "lists a file without name or digest"),
        (lambda d: d["predicate"]["resources"].append(d["predicate"]["resources"][0]), "lists one file twice"),
        (lambda d: d["predicate"]["resources"].pop(), "contradicts itself: its root digest is not that of its files"),
        (lambda d: d["predicate"].update(serialization=None), "does not say how its files were read"),
        (lambda d: d.update(predicateType="https://model_signing/Digests/v0.1"), "was made before version 1.0"),
        (lambda d: d.update(predicateType="https://slsa.dev/provenance/v1"), "signs something else than a model"),
        (lambda d: d["predicate"]["serialization"].update(method="tar"), "reads files by 'tar', which we do not know"),
    ],
)
def test_a_signed_list_that_is_none_says_why(change, what):
    doc = json.loads(PAYLOAD)
    change(doc)
    with pytest.raises((Broken, Unsupported)) as caught:
        manifest.read(json.dumps(doc).encode())
    assert str(caught.value).startswith(what)


def test_a_huge_bundle_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BUNDLE", 100)
    assert of(FINE, tmp_path) == ("bad-signature", "x.sig is larger than 0 MB")


def test_pipes_folders_and_loops_in_the_place_of_files_do_not_hold_us(bench):
    bench.sign()
    for make in (os.mkfifo, os.mkdir, lambda p: p.symlink_to(p)):
        path = bench.root / "x.sig"
        make(path)
        c = check.verify(bench.model, bench.trust, TODAY, path)
        assert c.verdict == "unreadable"
        path.rmdir() if path.is_dir() else path.unlink()
    os.mkfifo(bench.root / "p")
    c = check.verify(bench.root / "p", bench.trust, TODAY, bench.sig)
    assert (c.verdict, c.reason) == ("unreadable", "the model was not read: it is neither a file nor a folder")
    (bench.root / "l").symlink_to("l")
    assert check.verify(bench.root / "l", bench.trust, TODAY, bench.sig).verdict == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_unreadable(bench):
    bench.sign()
    (bench.model / "a-b").chmod(0)
    c = bench.verify()
    assert (c.verdict, c.reason) == ("unreadable", "the model was not read: a-b: Permission denied")


def test_a_file_that_changes_while_it_is_read_is_unreadable(bench, monkeypatch):
    bench.sign()
    before = tree._read

    def slow(fd, name, size, how):
        out = before(fd, name, size, how)
        if name == "a-b":
            bench.put("a-b", b"longer")
        return out

    monkeypatch.setattr(tree, "_read", slow)
    c = bench.verify()
    assert (c.verdict, c.reason) == ("unreadable", "the model was not read: a-b: it changed while it was read")


def test_names_that_move_the_cursor_are_shown_escaped(bench):
    bench.sign()
    bench.put("\x1b[2J\u202eevil", b"")
    (bench.model / os.fsdecode(b"\xff")).write_bytes(b"")
    assert bench.verify().reason == "added: \\x1b[2J\\u202eevil, \\udcff"
    with pytest.raises(CasemateError, match="a name that is not UTF-8 cannot be written down"):
        bench.sign()


def test_folders_without_end_are_not_followed(bench, monkeypatch):
    bench.sign()
    bench.put("/".join("d" * 70) + "/x", b"")
    c = bench.verify()
    assert (c.verdict, c.reason) == ("unreadable", "the model was not read: it has folders more than 64 deep")
    monkeypatch.setattr(tree, "MAX_FILES", 3)
    assert bench.verify().reason == "the model was not read: it has more than 3 files"


def test_large_files_are_read_in_threads_and_give_the_same(bench, monkeypatch):
    for i in range(4):
        bench.put(f"large{i}", bytes([i]) * (2 << 20))
    made = bench.sign()
    assert bench.verify().verdict == "valid"
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert bench.sign().sha256 == made.sha256


def test_no_file_of_the_model_hides_behind_a_signature_that_links_to_it(bench):
    """A loader takes settings from it, and a bundle may hold further keys."""
    bench.sign()
    doc = json.loads(bench.sig.read_text()) | {"auto_map": {"AutoModel": "stranger--repo.Model"}}
    bench.put("adapter_config.json", json.dumps(doc).encode())
    bench.sig.unlink()
    bench.sig.symlink_to("m/adapter_config.json")
    found = bench.verify()
    assert (found.verdict, found.difference.extra) == ("content-mismatch", ("adapter_config.json",))


def test_a_signature_in_the_folder_may_itself_be_a_link(bench):
    bench.sign()
    bench.sig.rename(bench.root / "elsewhere")
    (bench.model / "model.sig").symlink_to("../elsewhere")
    assert bench.verify().verdict == "valid"
