"""model_signing 1.1.1 verifies what we sign, and we verify what it signs. Run by `make test-interop`."""

import os
import subprocess
from pathlib import Path

import pytest

from authority import authority, leaf, pem
from casemate.evidence.sign import check, keys, make
from casemate.evidence.sign.trust import Trust
from signing import TODAY, Bench

THEIRS = os.environ.get("MODEL_SIGNING")
pytestmark = pytest.mark.skipif(not THEIRS, reason="needs model_signing: make test-interop")


def theirs(*args):
    done = subprocess.run([THEIRS, *map(str, args)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=["p256", "p384", "p521"])
def bench(request, tmp_path):
    b = Bench(tmp_path)
    for name in ("mine", "mine.pub"):
        (tmp_path / name).unlink()
    keys.new_pair(tmp_path / "mine", request.param, None)
    return b


def certified(bench):
    first = TODAY.replace(year=TODAY.year - 1)
    root, key = authority("root", first, 3650)
    middle, middle_key = authority("middle", first, 3650, (root, key))
    mine = leaf("a@b.example", bench.key("mine").public._key, middle, middle_key, first, 3650)
    for name, certificate in (("root", root), ("middle", middle), ("leaf", mine)):
        (bench.root / f"{name}.pem").write_bytes(pem(certificate))


def verified_by_them(bench):
    return theirs("verify", "key", bench.model, "--signature", bench.sig, "--public_key", bench.root / "mine.pub")


def test_they_verify_ours_and_see_what_changed(bench):
    bench.put(".gitignore", b"x")
    bench.put("cache/x.md", b"x")
    bench.sign(version=7, ignored=("cache",))
    code, said = verified_by_them(bench)
    assert (code, said.strip()) == (0, "Verification succeeded")
    bench.put("a-b", b"+")
    code, said = verified_by_them(bench)
    assert (code, "a-b" in said) == (1, True)


def test_we_verify_theirs_and_see_what_changed(bench):
    bench.put(".gitignore", b"x")
    code, said = theirs("sign", "key", bench.model, "--signature", bench.sig, "--private_key", bench.root / "mine")
    assert code == 0, said
    assert bench.verify().verdict == "valid"
    bench.put("a-b", b"+")
    assert bench.verify().difference.changed == ("a-b",)


def test_root_digests_are_the_same(bench):
    theirs("sign", "key", bench.model, "--signature", bench.sig, "--private_key", bench.root / "mine")
    root = bench.verify().root
    bench.sign()
    assert bench.verify().root == root


def test_a_single_file_goes_both_ways(bench):
    file, at, trust = bench.model / "weights.bin", bench.root / "f.sig", Trust(key=bench.root / "mine.pub")
    at.write_text(make.sign(bench.order(path=file, output=at)).text)
    assert theirs("verify", "key", file, "--signature", at, "--public_key", bench.root / "mine.pub")[0] == 0
    assert theirs("sign", "key", file, "--signature", at, "--private_key", bench.root / "mine")[0] == 0
    assert check.verify(file, trust, TODAY, at).verdict == "valid"


def test_links_go_both_ways(bench):
    (bench.model / "link").symlink_to("config.json")
    bench.sign(follow=True)
    key = ("--signature", bench.sig, "--public_key", bench.root / "mine.pub")
    assert theirs("verify", "key", bench.model, *key, "--allow_symlinks")[0] == 0
    key = ("--signature", bench.sig, "--private_key", bench.root / "mine")
    assert theirs("sign", "key", bench.model, *key, "--allow_symlinks")[0] == 0
    assert bench.verify().verdict == "valid"


def test_certificates_go_both_ways(bench):
    certified(bench)
    bench.sign(certificates=(bench.root / "leaf.pem", bench.root / "middle.pem"))
    chain = ("--certificate_chain", bench.root / "root.pem")
    code, said = theirs("verify", "certificate", bench.model, "--signature", bench.sig, *chain)
    assert code == 0, said
    code, said = theirs(
        "sign", "certificate", bench.model, "--signature", bench.sig, "--private_key", bench.root / "mine",
        "--signing_certificate", bench.root / "leaf.pem", "--certificate_chain", bench.root / "middle.pem",
    )  # fmt: skip
    assert code == 0, said
    trust = Trust(ca=bench.root / "root.pem", subject="a@b.example")
    assert check.verify(bench.model, trust, TODAY).verdict == "valid"


def test_the_command_is_the_one_that_is_pinned():
    python = Path(THEIRS).with_name("python")
    out = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "model-signing        1.1.1" in out.replace("model_signing", "model-signing")
