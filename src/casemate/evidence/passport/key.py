"""A public key without what `cryptography` imports to read any key: a third of the time of a check at deploy time.

A key in PEM is a short prefix, which says its kind, and its point. Four prefixes are known here; whatever else the file
holds goes the long way through `keys.read_public`, which also words what is wrong. Source: RFC 5480, RFC 8410 (SPKI).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.evidence.sign import keys
from casemate.evidence.sign.keys import MAX_PEM, Kind, Public

PREFIXES: dict[Kind, tuple[bytes, int]] = {
    "p256": (bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"), 65),
    "p384": (bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200"), 97),
    "p521": (bytes.fromhex("30819b301006072a8648ce3d020106052b8104002303818600"), 133),
    "ed25519": (bytes.fromhex("302a300506032b6570032100"), 32),
}
"""What stands before a point in DER, and the bytes of an uncompressed point."""
BEGIN, END = b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----\n"


def read(path: Path) -> Public:
    """The public key of a PEM file, as `keys.read_public` gives it. Fails with CasemateError."""
    pem = files.read(path, MAX_PEM)
    der = _der(pem)
    for kind, (prefix, length) in PREFIXES.items():
        if der.startswith(prefix) and len(der) == len(prefix) + length:
            try:
                return Public(hashlib.sha256(pem).hexdigest(), kind, pem, _point(kind, der[len(prefix) :]))
            except ValueError:
                break
    return keys.read_public(path)


def _der(pem: bytes) -> bytes:
    """The bytes of a PEM text in the one spelling that keys are written in; empty for any other."""
    if not pem.startswith(BEGIN) or not pem.endswith(END):
        return b""
    try:
        der = base64.b64decode(pem[len(BEGIN) : -len(END)].replace(b"\n", b""), validate=True)
    except binascii.Error:
        return b""
    text = base64.b64encode(der)
    lines = b"".join(text[i : i + 64] + b"\n" for i in range(0, len(text), 64))
    return der if pem == BEGIN + lines + END else b""


def _point(kind: Kind, point: bytes) -> Any:
    """Raises ValueError where the point is not on its curve."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if kind == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(point)
    curves: dict[Kind, Any] = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
    return ec.EllipticCurvePublicKey.from_encoded_point(curves[kind](), point)
