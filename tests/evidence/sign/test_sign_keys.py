"""Keys: what is written is safe, what is read is a key, and a passphrase is needed where there is one."""

import os
import stat
import subprocess
import sys

import pytest

from casemate.core.errors import CasemateError
from casemate.evidence.sign import keys
from casemate.evidence.sign.keys import KINDS, Locked, new_pair, public_of, read_private, read_public


def said(call, *args):
    with pytest.raises(CasemateError) as caught:
        call(*args)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_what_one_key_signs_its_public_half_verifies_and_nothing_else(tmp_path, kind, passphrase):
    private, public = new_pair(tmp_path / "k", kind, passphrase)
    key, half = read_private(private, passphrase), read_public(public)
    assert (key.public, half.kind) == (half, kind)
    made = key.sign(b"bytes")
    assert half.verifies(made, b"bytes")
    assert not half.verifies(made, b"other bytes")
    assert not half.verifies(made[:-1], b"bytes")
    assert not half.verifies(b"", b"bytes")


@pytest.mark.parametrize("kind", KINDS)
def test_signing_twice_gives_the_same_bytes(tmp_path, kind):
    key = read_private(new_pair(tmp_path / "k", kind, None)[0])
    assert not keys.deterministic() or key.sign(b"x") == key.sign(b"x")


def test_only_the_owner_reads_a_new_private_key_whatever_the_umask_is(tmp_path):
    before = os.umask(0)
    try:
        private, public = new_pair(tmp_path / "k", "p256", None)
    finally:
        os.umask(before)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(public.stat().st_mode) == 0o644
    assert not keys.others_may_read(private)
    assert keys.others_may_read(public)


def test_a_key_is_never_replaced_and_nothing_is_left_behind(tmp_path):
    (tmp_path / "k.pub").write_text("somebody's")
    assert said(new_pair, tmp_path / "k", "p256", None) == (
        f"{tmp_path}/k.pub: is already there; choose another name; keys are never replaced"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["k.pub"]
    (tmp_path / "l").symlink_to("elsewhere")
    assert "l: is already there" in said(new_pair, tmp_path / "l", "p256", None)
    assert not (tmp_path / "elsewhere").exists()


def test_a_locked_key_says_what_it_needs(tmp_path):
    private, _ = new_pair(tmp_path / "k", "p256", b"right")
    assert said(read_private, private) == (
        f"{private}: needs a passphrase; give it on a terminal, in a variable or by a file descriptor"
    )
    assert said(read_private, private, b"wrong") == (
        f"{private}: does not open with this passphrase; give the passphrase of this key"
    )
    with pytest.raises(Locked):
        read_private(private, b"")
    assert b"right" not in private.read_bytes()


def test_a_passphrase_for_a_key_that_has_none_is_no_error(tmp_path):
    private, public = new_pair(tmp_path / "k", "p384", None)
    assert read_private(private, b"whatever").public == read_public(public)


def test_what_is_no_key_is_told_by_name(tmp_path):
    private, public = new_pair(tmp_path / "k", "p256", None)
    assert said(read_public, private) == (
        f"{private}: is a private key; name the public one; a private key stays with whoever signs"
    )
    assert said(read_private, public) == f"{public}: is a public key; name the private one, from which it was made"
    assert said(public_of, b"garbage", "x") == "x: is no public key in PEM; name the .pub file that came with the key"
    assert said(read_public, tmp_path / "none") == f"{tmp_path}/none: there is no such file; check the path"
    (tmp_path / "big").write_bytes(b"-" * 100_000)
    assert said(read_public, tmp_path / "big") == f"{tmp_path}/big: is too large for a key; name a PEM file"
    os.mkfifo(tmp_path / "pipe")
    assert said(read_public, tmp_path / "pipe") == f"{tmp_path}/pipe: is no regular file; name a file"


def test_other_kinds_of_keys_are_refused():
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256K1())):
        pem = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
        assert said(public_of, pem, "x") == "x: is a key of another kind; use one of p256, p384, p521, ed25519"


def test_importing_them_does_not_import_cryptography():
    code = "import sys, casemate.evidence.sign.dsse, casemate.evidence.seal; print('cryptography' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "False\n"
