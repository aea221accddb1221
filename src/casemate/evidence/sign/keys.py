"""Keys in PEM files: ECDSA on P-256, P-384 and P-521 with the hash of the curve's size, and Ed25519.

`cryptography` is imported when a key is read, not before. A passphrase comes as an argument and is kept nowhere.
Sources: FIPS 186-5 (pairs of curve and hash), RFC 8032 (Ed25519), RFC 7468 (PEM).
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from casemate.core import files
from casemate.core.errors import CasemateError

Kind: TypeAlias = Literal["p256", "p384", "p521", "ed25519"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CURVES: dict[str, Kind] = {"secp256r1": "p256", "secp384r1": "p384", "secp521r1": "p521"}
HASHES: dict[Kind, str] = {"p256": "SHA256", "p384": "SHA384", "p521": "SHA512"}
MAX_PEM = 65_536  # bytes; an encrypted P-521 key has under 600


class Locked(CasemateError):
    """The private key needs a passphrase, and none or a wrong one was given."""


@dataclass(frozen=True, slots=True)
class Public:
    """A public key. `id` is the sha256 in hex of its PEM text, as the hint of a model signature gives it."""

    id: str
    kind: Kind
    pem: bytes
    _key: Any = field(repr=False, compare=False)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature is this key's over exactly these bytes."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message, *_how(self.kind))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Private:
    """A private key, unlocked."""

    public: Public
    _key: Any = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """A signature over the bytes: DER for ECDSA, 64 bytes for Ed25519."""
        made: bytes = self._key.sign(message, *_how(self.public.kind))
        return made


def _how(kind: Kind) -> tuple[Any, ...]:
    """What `cryptography` wants to know beside the message."""
    if kind == "ed25519":
        return ()
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return (ec.ECDSA(getattr(hashes, HASHES[kind])(), deterministic_signing=deterministic()),)


@cache
def deterministic() -> bool:
    """Whether ECDSA can take its nonce from key and message (RFC 6979), so that the same input gives the same bytes."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        ec.ECDSA(SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:  # an OpenSSL before 3.2; a random nonce is as safe
        return False
    return True


def read_public(path: Path) -> Public:
    """The public key of a PEM file. Fails with CasemateError."""
    return public_of(_pem(path), str(path))


def public_of(pem: bytes, shown: str) -> Public:
    """The public key of a PEM text; `shown` names it in errors."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE KEY-----" in pem:
        raise CasemateError(shown, "is a private key", "name the public one; a private key stays with whoever signs")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise CasemateError(shown, "is no public key in PEM", "name the .pub file that came with the key") from None
    return wrapped(key, shown)


def wrapped(key: Any, shown: str) -> Public:
    """A public key of `cryptography` (of a certificate, say) as ours. Fails for a kind that we do not verify."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    kind = _kind(key)
    if kind is None:
        raise CasemateError(shown, "is a key of another kind", f"use one of {', '.join(KINDS)}")
    pem: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Public(hashlib.sha256(pem).hexdigest(), kind, pem, key)


def _kind(key: Any) -> Kind | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    return CURVES.get(key.curve.name) if isinstance(key, ec.EllipticCurvePublicKey) else None


def read_private(path: Path, passphrase: bytes | None = None) -> Private:
    """The private key of a PEM file. Fails with Locked when the passphrase is missing or wrong."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem, shown = _pem(path), str(path)
    if b"PUBLIC KEY-----" in pem and b"PRIVATE KEY-----" not in pem:
        raise CasemateError(shown, "is a public key", "name the private one, from which it was made")
    locked = b"ENCRYPTED" in pem
    if locked and not passphrase:
        raise Locked(shown, "needs a passphrase", "give it on a terminal, in a variable or by a file descriptor")
    try:
        key = load_pem_private_key(pem, passphrase if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if locked:
            raise Locked(shown, "does not open with this passphrase", "give the passphrase of this key") from None
        raise CasemateError(shown, "is no private key in PEM", "make one: casemate sign --new-key NAME") from None
    return Private(wrapped(key.public_key(), shown), key)


def _pem(path: Path) -> bytes:
    found = files.read(path, MAX_PEM + 1)
    if len(found) > MAX_PEM:
        raise CasemateError(str(path), "is too large for a key", "name a PEM file")
    return found


def others_may_read(path: Path) -> bool:
    """Whether people beside the owner can read the file. Files without such modes say no."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def new_pair(path: Path, kind: Kind, passphrase: bytes | None) -> tuple[Path, Path]:
    """Write a first pair: the private key (mode 600) to `path`, the public one beside it as `.pub`.

    Never replaces a file. passphrase: None leaves the key unlocked on disk. Fails with CasemateError.
    """
    private, public = _made(kind, passphrase)
    beside = path.with_name(path.name + ".pub")
    _new_file(path, private, 0o600)
    try:
        _new_file(beside, public, 0o644)
    except CasemateError:
        with suppress(OSError):
            path.unlink()  # made a moment ago, by us
        raise
    return path, beside


def _made(kind: Kind, passphrase: bytes | None) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    curves: dict[Kind, Any] = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
    key: Any = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(curves[kind]())
    lock = s.BestAvailableEncryption(passphrase) if passphrase else s.NoEncryption()
    private: bytes = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)
    return private, key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)


def _new_file(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags, mode), "wb") as f:
            if hasattr(os, "fchmod"):
                os.fchmod(f.fileno(), mode)  # whatever the umask took away
            f.write(data)
    except FileExistsError:
        raise CasemateError(str(path), "is already there", "choose another name; keys are never replaced") from None
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        raise CasemateError(str(path), f"cannot be written ({why})", "choose another place") from None
