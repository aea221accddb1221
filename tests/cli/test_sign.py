"""`casemate sign` and `casemate verify` as people run them."""

import json
import os
import stat
from importlib import import_module

import click
import pytest

WORDS = "correct horse battery"


@pytest.fixture
def signed(casemate):
    casemate.write("m/weights.bin", "weights")
    assert casemate("sign", "--new-key", "release", "--no-passphrase")[0] == 0
    assert casemate("sign", "m", "--key", "release", "--version", 3, "--today", "2026-11-23")[0] == 0
    return casemate


def test_a_first_key_a_signature_a_check(casemate):
    casemate.write("m/weights.bin", "weights")
    code, out, err = casemate("sign", "--new-key", "release", "--no-passphrase")
    assert (code, out) == (0, "")
    assert err == (
        "wrote release: the private key; keep it\n"
        "wrote release.pub: the public key; give it to whoever verifies\n"
    )  # fmt: skip
    assert stat.S_IMODE((casemate.root / "release").stat().st_mode) == 0o600
    code, out, err = casemate("sign", "m", "--key", "release")
    assert (code, err) == (0, "wrote m.sig\n")
    digest = out.split()[0]
    assert out == f"{digest}  m: 1 file signed\n"
    code, out, err = casemate("verify", "m", "--key", "release.pub")
    assert (code, err) == (0, "")
    assert out.startswith("VALID  m\nsigned by whom the policy names, and every file is as it was signed\n")
    assert f"Digest    {digest}\n" in out
    assert all(len(line) <= 80 for line in out.split("\n"))


def test_what_is_bad_ends_with_1_what_is_unknown_with_3_what_was_not_asked_with_2(signed):
    assert signed("verify", "m", "--key", "release.pub", "--version", 4)[0] == 1
    assert signed("verify", "none", "--key", "release.pub")[0] == 3
    assert signed("verify", "m", "--key", "none.pub") == (2, "", "none.pub: there is no such file; check the path\n")
    assert signed("verify", "m", "--key", "release") == (
        2, "", "release: is a private key; name the public one; a private key stays with whoever signs\n",
    )  # fmt: skip
    assert signed("verify", "m")[0] == 2
    signed.write("m/weights.bin", "Weights")
    code, out, _ = signed("verify", "m", "--key", "release.pub")
    assert (code, out.split("\n")[2]) == (1, "changed: weights.bin")


def test_json_says_the_same_to_a_machine(signed):
    code, out, _ = signed("verify", "m", "--key", "release.pub", "--format", "json")
    doc = json.loads(out)
    assert (code, doc["verdict"], doc["version"], doc["signed on"], doc["files"]) == (0, "valid", 3, "2026-11-23", 1)
    assert (doc["missing"], doc["extra"], doc["changed"], doc["ignored"]) == ([], [], [], [])
    assert "join" not in doc
    assert signed("verify", "m", "--key", "release.pub", "--format", "json")[1] == out


def test_what_runs_and_what_passed_must_be_what_was_signed(signed):
    digest = json.loads(signed("verify", "m", "--key", "release.pub", "--format", "json")[1])["sha256"]
    signed.write("log.jsonl", f'{{"model_digest": "{digest}"}}\n')
    record = {"element": "m", "state": "valid", "digest": digest}
    signed.write("a.json", json.dumps({"gate": {"passed": True}, "evidence": [record]}))
    args = ("verify", "m", "--key", "release.pub", "--running", "log.jsonl", "--assessed", "a.json")
    code, out, _ = signed(*args)
    assert code == 0
    assert "  - the same model: what runs and passed is what was signed\n" in out
    signed.write("log.jsonl", f'{{"model_digest": "{"f" * 64}"}}\n')
    code, out, _ = signed(*args)
    assert code == 1
    assert f"  - runs-unsigned: ffffffffffff runs, and {digest[:12]} was signed\n" in out


def test_a_passphrase_comes_from_a_variable_or_a_descriptor_and_never_from_the_command_line(casemate, monkeypatch):
    casemate.write("m/x", "x")
    monkeypatch.setenv("WORDS", WORDS)
    assert casemate("sign", "--new-key", "k", "--passphrase-from", "env:WORDS")[0] == 0
    assert casemate("sign", "m", "--key", "k", "--passphrase-from", "env:WORDS")[0] == 0
    read, write = os.pipe()
    os.write(write, WORDS.encode() + b"\n")
    os.close(write)
    assert casemate("sign", "m", "--key", "k", "--passphrase-from", f"fd:{read}")[0] == 0
    os.close(read)
    for given, what in (
        (WORDS, "names no place; write env:NAME or fd:NUMBER; never the passphrase itself"),
        ("env:NONE", "names the variable 'NONE', which is not set; set it"),
        ("fd:999", "names the descriptor 999, which cannot be read; open it"),
    ):
        code, _, err = casemate("sign", "m", "--key", "k", "--passphrase-from", given)
        assert (code, err) == (2, f"--passphrase-from: {what}\n")
        assert WORDS not in err
    code, _, err = casemate("sign", "m", "--key", "k")
    assert (code, err.split(";")[0]) == (2, "k: needs a passphrase")


def test_a_new_key_without_a_word_about_its_passphrase_is_not_made(casemate):
    code, _, err = casemate("sign", "--new-key", "k")
    assert (code, err) == (
        2,
        "--new-key: has no passphrase and no terminal to ask on;"
        " name its place with --passphrase-from, or say --no-passphrase\n",
    )
    assert not (casemate.root / "k").exists()


def test_a_key_that_others_may_read_is_told(signed):
    (signed.root / "release").chmod(0o644)
    code, _, err = signed("sign", "m", "--key", "release")
    assert (code, err) == (0, "release: others may read this key; chmod 600 release\nwrote m.sig\n")


def test_what_is_missing_is_told(casemate):
    assert casemate("sign")[2] == "sign: PATH is missing; name a model\n"
    casemate.write("m/x", "x")
    assert casemate("sign", "m")[2] == "sign: --key is missing; name a key, or make one with --new-key NAME\n"
    assert casemate("verify")[2] == "verify: PATH is missing; name a model, or a component with --component\n"


def test_a_component_is_checked_by_the_policy_of_its_file(signed):
    signed.change("path: scorer.pkl}", "path: m, signature: {public key: release.pub, version: 3}}")
    assert signed("verify", "--component", "scorer")[0] == 0
    signed.change("path: scorer.pkl}", "path: m, signature: {public key: release.pub, version: 4}}")
    code, out, _ = signed("verify", "casemate.yaml", "--component", "scorer")
    assert (code, "\nit is version 3, and 4 or later was asked for\n" in out) == (1, True)
    assert signed("verify", "--component", "scorer", "--version", 1)[2] == (
        "--component: is given beside a policy; leave out one of them\n"
    )
    assert (
        signed("verify", "--component", "scorr")[2] == "--component: 'scorr' is no component; did you mean 'scorer'?\n"
    )
    assert signed("verify", "--component", "api")[0] == 2


def test_evidence_signed_by_the_key_of_the_policy_is_what_the_gate_asks_for(signed):
    signed.write(
        "strict.yaml",
        "name: strict\nrequires: [{evidence: scan, of: [model], measured: yes}]\n"
        "signers: [{name: ci, public key: release.pub}]\n",
    )
    gate = ("assess", "--policy", "strict.yaml", "--format", "json")
    assert signed("measure")[0] == 0
    assert signed(*gate)[0] == 3
    assert signed("measure", "--key", "release")[0] == 0
    code, out, _ = signed(*gate)
    assert (code, {r["standing"] for r in json.loads(out)["evidence"]}) == (0, {"measured"})
    assert signed("check", "--policy", "strict.yaml")[0] == 0
    path = signed.root / "evidence/scan.jsonl"
    doc = json.loads(path.read_text())
    doc["signatures"][0]["sig"] = "AAAA"
    path.write_text(json.dumps(doc) + "\n")
    for command in (gate, ("check", "--policy", "strict.yaml")):
        code, _, err = signed(*command)
        assert (code, err) == (
            2,
            "evidence/scan.jsonl:1:1: has a broken signature; measure again with the signer's key\n",
        )


def test_a_file_that_is_no_signature_is_not_replaced(signed):
    before = (signed.root / "m" / "weights.bin").read_bytes()
    assert signed("sign", "m", "--key", "release", "--output", "m/weights.bin", "--passphrase-from", "env:PASS") == (
        2, "", "m/weights.bin: is there already and is no signature; choose another --output\n",
    )  # fmt: skip
    assert (signed.root / "m" / "weights.bin").read_bytes() == before


def test_a_public_key_signs_nothing(signed):
    assert signed("sign", "m", "--key", "release.pub") == (
        2, "", "release.pub: is a public key; name the private one, from which it was made\n",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["sign", "verify", "audit", "lineage record", "lineage verify"])
def test_what_cannot_be_read_is_left_to_its_reader_and_gets_no_page_of_usage(name):
    first, *more = name.split()
    command = import_module(f"casemate.cli.{first}").command
    for word in more:
        command = command.commands[word]
    kinds = [p.type for p in command.params if isinstance(p.type, click.Path)]
    assert kinds
    assert not any(k.readable for k in kinds)


def test_a_signature_may_take_the_place_of_a_circle_of_links(signed):
    (signed.root / "a.sig").symlink_to("b.sig")
    (signed.root / "b.sig").symlink_to("a.sig")
    assert signed("sign", "m", "--key", "release", "--output", "a.sig")[0] == 0
    assert signed("verify", "m", "--key", "release.pub", "--signature", "a.sig")[0] == 0
    assert signed("verify", "m", "--key", "release.pub", "--signature", "b.sig")[0] == 0  # it leads to the new one
    assert signed("verify", "m", "--key", "release.pub", "--signature", "c.sig/d")[0] == 1
