"""Sign, change something, verify: each verdict with the sentence that a person reads."""

import json
import os
import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.sign import check, holes, keys, make, verdict
from casemate.evidence.sign.limits import limits
from casemate.evidence.sign.manifest import Manifest
from casemate.evidence.sign.sigstore import logged
from casemate.evidence.sign.tree import How
from casemate.evidence.sign.trust import Trust
from casemate.evidence.sign.verdict import Difference
from casemate.evidence.store import digest_of
from signing import THEIRS, TODAY, Bench


def is_(c):
    return c.verdict, c.reason


def test_what_was_signed_is_valid_and_says_what_it_did_not_look_at(bench):
    made = bench.sign(version=3)
    c = bench.verify()
    assert is_(c) == ("valid", "signed by whom the policy names, and every file is as it was signed")
    assert (c.sha256, c.files, c.version, c.signed_on, c.findings) == (made.sha256, 4, 3, TODAY, ())
    assert c.checked[1] == "4 files, byte for byte, and that there is no other"
    assert c.unchecked == (
        "whether the key is still safe",
        "when it was signed; no clock that we trust has put its time to it",
        "that no later version replaced this one: neither a digest nor a version is asked for",
        "file modes and empty folders",
        "that whatever loads the model checks it too: this was one look",
    )


def test_the_digest_is_the_one_that_evidence_binds_to(bench):
    assert bench.sign().sha256 == digest_of(bench.model)
    one = bench.put("weights.bin", b"alone")
    assert make.sign(bench.order(path=one)).sha256 == digest_of(one)


def test_every_difference_is_named(bench):
    bench.sign()
    bench.put("weights.bin", b"\x00" * 4999 + b"\x01")
    bench.put("a/new.py", b"")
    (bench.model / "a-b").rename(bench.model / "a-c")
    c = bench.verify()
    assert is_(c) == ("content-mismatch", "changed: weights.bin; missing: a-b; added: a/new.py, a-c")
    assert c.difference == Difference(("a-b",), ("a/new.py", "a-c"), ("weights.bin",))


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=6
)
TREES = st.dictionaries(
    st.lists(NAMES.filter(lambda n: n not in (".", "..")), min_size=1, max_size=3).map("/".join),
    st.binary(max_size=12),
    min_size=1,
    max_size=6,
).filter(lambda t: not any(a != b and b.startswith(f"{a}/") for a in t for b in t))


def planted(bench, tree):
    shutil.rmtree(bench.model)
    for name, data in tree.items():
        if name.split("/")[0] in make.GIT:
            continue
        try:
            bench.put(name, data)
        except OSError:  # a name that this file system does not take
            return False
    return bench.model.is_dir()


@given(TREES, st.data())
def test_in_any_tree_one_changed_byte_and_one_added_removed_or_renamed_file_is_found(tmp_path_factory, tree, data):
    bench = Bench(tmp_path_factory.mktemp("b"))
    if not planted(bench, tree):
        return
    bench.sign()
    assert bench.verify().verdict == "valid"
    files = sorted(p for p in bench.model.rglob("*") if p.is_file())
    victim = data.draw(st.sampled_from(files))
    name, before = victim.relative_to(bench.model).as_posix(), victim.read_bytes()

    victim.write_bytes(before + b"x" if not before else bytes([before[0] ^ 1]) + before[1:])
    assert bench.verify().difference == Difference((), (), (name,))
    victim.unlink()
    assert bench.verify().difference == Difference((name,), (), ())
    other = victim.with_name("renamed")
    if not other.exists():
        other.write_bytes(before)
        new = other.relative_to(bench.model).as_posix()
        assert bench.verify().difference == Difference((name,), (new,), ())
        other.unlink()
    victim.write_bytes(before)
    assert bench.verify().verdict == "valid"


def test_two_models_that_differ_in_names_alone_have_one_root_and_two_digests(bench):
    bench.sign()
    one = bench.verify()
    (bench.model / "weights.bin").rename(bench.model / "weights.bin2")
    bench.sign()
    two = bench.verify()
    assert one.root == two.root
    assert one.sha256 != two.sha256


def test_nothing_signed_somebody_elses_and_a_broken_one_are_told_apart(bench):
    assert is_(bench.verify()) == ("unsigned", "there is no m.sig")
    bench.sign()
    assert is_(bench.verify(key=bench.root / "other.pub")) == (
        "untrusted-signer",
        "another key than other.pub signed it",
    )
    doc = json.loads(bench.sig.read_text())
    payload = doc["dsseEnvelope"]["payload"]
    doc["dsseEnvelope"]["payload"] = payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]
    bench.sig.write_text(json.dumps(doc))
    assert is_(bench.verify()) == ("bad-signature", "the signature was not made over this by mine.pub")


def test_somebody_elses_signature_with_our_hint_is_bad(bench):
    bench.sign(key=bench.key("other"))
    doc = json.loads(bench.sig.read_text())
    doc["verificationMaterial"]["publicKey"]["hint"] = bench.key("mine").public.id
    bench.sig.write_text(json.dumps(doc))
    assert is_(bench.verify()) == ("bad-signature", "the signature was not made over this by mine.pub")
    doc["verificationMaterial"]["publicKey"]["hint"] = ""
    bench.sig.write_text(json.dumps(doc))
    assert bench.verify().verdict == "bad-signature"


def test_files_that_the_signer_left_out_and_that_can_hold_code_make_it_partial(bench):
    bench.put("notes/README.md", b"read me")
    made = bench.sign(ignored=("notes", "plugin"))
    assert made.code == ()
    c = bench.verify()
    assert (c.verdict, c.ignored) == ("valid", ("notes/README.md",))
    assert [f.message for f in c.findings] == ["the signer left out files that nothing loads: notes/README.md"]
    bench.put("plugin/evil.py", b"")
    bench.put(".git/hooks/x.so", b"")
    c = bench.verify()
    assert is_(c) == (
        "partial",
        "the signer left out files that can hold code or settings: .git/hooks/x.so, plugin/evil.py",
    )
    assert "3 files that the signer left out" in c.unchecked


@pytest.mark.parametrize("ignored", [".", "", "./"])
def test_a_signature_that_ignores_everything_covers_nothing(bench, ignored, monkeypatch):
    with pytest.raises(CasemateError, match="there is no file to sign"):
        bench.sign(ignored=(ignored,))


def test_git_itself_is_no_code(bench):
    bench.put(".git/objects/ab/cdef", b"")
    bench.put(".gitattributes", b"")
    bench.sign()
    assert bench.verify().verdict == "valid"
    assert bench.verify().ignored == (".git/objects/ab/cdef", ".gitattributes")


def test_a_link_or_a_pipe_where_a_file_was_signed_is_a_change(bench):
    bench.sign()
    (bench.model / "a-b").unlink()
    (bench.model / "a-b").symlink_to("config.json")
    (bench.model / "loop").symlink_to("loop")
    os.mkfifo(bench.model / "pipe")
    assert is_(bench.verify()) == ("content-mismatch", "changed: a-b; added: loop, pipe")


def test_links_are_signed_only_when_asked_to_and_only_to_files(bench):
    (bench.model / "link").symlink_to("config.json")
    with pytest.raises(CasemateError) as caught:
        bench.sign()
    assert str(caught.value) == (
        f"{bench.model}: was not signed: link: only files and folders can be signed"
        " (--allow-symlinks signs what links to files lead to); mend that and sign again"
    )
    bench.sign(follow=True)
    c = bench.verify()
    assert (c.verdict, [f.id for f in c.findings]) == ("valid", ["links"])
    bench.put("config.json", b"[]")
    assert bench.verify().difference.changed == ("config.json", "link")
    bench.put("config.json", b"{}")
    (bench.model / "more").symlink_to("a")
    assert is_(bench.verify()) == ("partial", "links lead to what no digest covers: more")
    with pytest.raises(CasemateError, match="more: a link that does not lead to a file cannot be covered"):
        bench.sign(follow=True)


def test_an_old_model_is_not_put_back(bench):
    bench.sign(version=2)
    assert bench.mine(version=2).verdict == "valid"
    assert is_(bench.mine(version=3)) == ("expired", "it is version 2, and 3 or later was asked for")
    bench.sign()
    assert is_(bench.mine(version=1)) == ("expired", "the signature gives no version, and 1 or later was asked for")
    own = bench.verify().sha256
    assert bench.mine(digest=f"sha256:{own}").checked[-1] == "the digest that was asked for"
    assert is_(bench.mine(digest="ab" * 32)) == (
        "content-mismatch",
        f"its digest is {own}, and {'ab' * 32} was asked for",
    )


def test_a_signature_is_too_old_from_the_day_after_its_last(bench):
    bench.sign(today=TODAY - timedelta(days=30))
    assert bench.mine(max_age=30).verdict == "valid"
    assert is_(bench.mine(max_age=29)) == (
        "expired",
        "it was signed on 2026-10-24, and at most 29 days before 2026-11-23 was asked for",
    )
    bench.sign(today=TODAY + timedelta(days=1))
    assert bench.mine(max_age=30).verdict == "expired"  # a date to come would never be too old
    theirs = check.verify(THEIRS / "model", Trust(key=THEIRS / "key.pub", max_age=9), TODAY, THEIRS / "sha256.sig")
    assert is_(theirs) == ("expired", "the signature gives no day, and at most 9 days of age were asked for")


def test_a_change_outweighs_age_and_age_outweighs_a_gap(bench):
    bench.put(".git/x.py", b"")
    bench.sign(version=1)
    assert bench.verify().verdict == "partial"
    assert bench.mine(version=2).verdict == "expired"
    bench.put("a-b", b"+")
    assert bench.mine(version=2).verdict == "content-mismatch"


def test_another_model_of_the_same_signer_does_not_stand_in_for_this_one(bench):
    own = bench.sign().sha256
    bench.model.rename(bench.root / "n")

    def verify(**more):
        c = check.verify(bench.root / "n", Trust(key=bench.root / "mine.pub", **more), TODAY, bench.sig)
        return c.verdict, [f.message for f in c.findings]

    assert verify() == ("content-mismatch", ["it was signed as 'm', and is 'n' here"])
    assert verify(name="m") == ("valid", [])
    assert verify(name="o") == ("content-mismatch", ["it was signed as 'm', and 'o' was asked for"])
    assert verify(digest=own) == ("valid", ["it was signed as 'm' and is 'n' here"])
    assert verify(digest=own, name="n")[0] == "content-mismatch"
    (bench.root / "current").symlink_to("n")
    (bench.root / "n").rename(bench.root / "m")
    (bench.root / "current").unlink()
    (bench.root / "current").symlink_to("m")
    assert check.verify(bench.root / "current", bench.trust, TODAY, bench.sig).verdict == "valid"


def test_a_signature_without_a_name_says_that_no_name_was_checked(bench, monkeypatch):
    monkeypatch.setattr(make, "_manifest", lambda o, of=make._manifest: (replace(of(o)[0], name=""), ()))
    bench.sign()
    c = bench.verify()
    assert (c.verdict, c.unchecked[2]) == (
        "valid",
        "that it is this model and no other of the same signer: it was signed without a name",
    )
    assert bench.mine(name="m").verdict == "content-mismatch"


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("vocab.txt", True), ("merges.txt", True), ("prompts/system.md", True), ("Modelfile", True), ("a.py", True),
        (".git/x.sh", True), (".git/HEAD", False), (".gitignore", False), ("docs/a.png", False),
        ("README.md", False), ("LICENSE", False), ("LICENSE.txt", False),
    ],
)  # fmt: skip
def test_what_a_loader_may_take_code_or_settings_from(name, holds):
    assert holes.can_hold_code(name) is holds


def test_a_signature_inside_the_folder_is_found_and_not_part_of_the_model(bench):
    bench.sign(output=bench.model / "model.sig")
    assert bench.verify().verdict == "valid"
    bench.sign(output=bench.model / "model.sig")
    assert bench.verify().difference == Difference()


def test_an_ed25519_key_signs_no_models(bench):
    private, _ = keys.new_pair(bench.root / "ed", "ed25519", None)
    with pytest.raises(CasemateError, match=r"cannot be signed with an Ed25519 key; use one of p256, p384, p521"):
        bench.sign(key=keys.read_private(private))


def test_the_same_files_key_and_day_give_the_same_bytes(bench):
    one, two = bench.sign(), bench.sign()
    assert not keys.deterministic() or one == two


@pytest.mark.parametrize("how", ["sha256", "blake2", "shards"])
def test_signatures_of_model_signing_are_verified(how, tmp_path):
    shutil.copytree(THEIRS / "model", tmp_path / "model")
    trust, at = Trust(key=THEIRS / "key.pub"), THEIRS / f"{how}.sig"
    good = check.verify(tmp_path / "model", trust, TODAY, at)
    assert (good.verdict, good.files) == ("valid", 5)
    assert good.sha256 == digest_of(THEIRS / "model")
    (tmp_path / "model/weights.bin").write_bytes(b"")
    (tmp_path / "model/a.b").unlink()
    (tmp_path / "model/c").write_bytes(b"c")
    assert is_(check.verify(tmp_path / "model", trust, TODAY, at)) == (
        "content-mismatch",
        "changed: weights.bin; missing: a.b; added: c",
    )


def test_a_signature_by_shards_says_that_empty_files_are_not_covered(tmp_path):
    shutil.copytree(THEIRS / "model", tmp_path / "model")
    (tmp_path / "model/__init__.py").write_bytes(b"")
    c = check.verify(tmp_path / "model", Trust(key=THEIRS / "key.pub"), TODAY, THEIRS / "shards.sig")
    assert [f.message for f in c.findings] == ["a signature by shards does not cover empty files: __init__.py"]


def test_a_hash_that_we_do_not_have_is_unsupported():
    c = check.verify(THEIRS / "model", Trust(key=THEIRS / "key.pub"), TODAY, THEIRS / "blake3.sig")
    assert is_(c) == ("unsupported", "what was signed uses the hash 'blake3'; sign with sha256")


def test_every_verdict_has_its_meaning_and_every_decision_is_a_verdict():
    assert set(verdict.MEANS) == set(verdict.VERDICTS)
    assert set(verdict.DECIDES.values()) | verdict.UNDECIDED < set(verdict.VERDICTS)


def test_a_policy_names_one_signer_wholly(bench):
    key, root = bench.root / "mine.pub", bench.root
    todo = {
        Trust(): "does not name one signer",
        Trust(key=key, ca=root, subject="x"): "does not name one signer",
        Trust(ca=root): "names an authority or a subject alone",
        Trust(key=key, subject="x"): "names an authority or a subject alone",
        Trust(identity="x", trusted_root=root): "names an identity or an issuer alone",
        Trust(identity="x", issuer="y"): "has no trusted root",
    }
    assert {t: (t.incomplete() or ("fine",))[0] for t in todo} == todo
    assert Trust(key=key, digest="x", version=0, max_age=1).incomplete() is None
    assert bench.verify(date(2026, 1, 1)).verdict == "unsigned"


def test_the_folder_that_one_stands_in_has_its_name(bench, monkeypatch):
    bench.sign()
    monkeypatch.chdir(bench.model)
    assert check.verify(check.Path(), bench.trust, TODAY, bench.sig).verdict == "valid"


def test_the_day_of_the_log_counts_before_the_word_of_the_signer(bench):
    m = Manifest("m", How(), {}, signed_on=TODAY)
    old = TODAY - timedelta(days=40)
    (finding,) = limits(m, "", Trust(max_age=30), TODAY, ("m",), old).findings
    assert (finding.id, finding.message) == (
        "too-old", "it was signed on 2026-10-14, and at most 30 days before 2026-11-23 was asked for",
    )  # fmt: skip
    checked = limits(m, "", Trust(max_age=40), TODAY, ("m",), old).checked
    assert checked[-1] == "the age: signed on 2026-10-14 as the log says, at most 40 days ago"


@pytest.mark.parametrize(
    ("entry", "day"),
    [
        ({"integratedTime": "1760062340", "inclusionPromise": {"signedEntryTimestamp": "x"}}, date(2025, 10, 10)),
        ({"integratedTime": "1760062340"}, None),
        ({"integratedTime": "0" * 5000, "inclusionPromise": {"signedEntryTimestamp": "x"}}, None),
        ({"integratedTime": "9" * 30, "inclusionPromise": {"signedEntryTimestamp": "x"}}, None),
        ({"integratedTime": None, "inclusionPromise": {"signedEntryTimestamp": "x"}}, None),
    ],
)
def test_only_a_time_that_the_log_promised_is_its_day(entry, day):
    assert logged(json.dumps({"verificationMaterial": {"tlogEntries": [entry]}})) == day


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"verificationMaterial": {"tlogEntries": []}}', "[" * 10_000])
def test_a_bundle_without_a_log_has_no_day(text):
    assert logged(text) is None
