"""DSSE envelopes: a signature over exact bytes and their type. Source: DSSE 1.0.2 (secure-systems-lab/dsse).

What is in an envelope is parsed only after a signature over these very bytes was found good: `opened` gives the bytes,
`signer` says who signed. Whoever must look at bytes of a stranger says so by taking `payload` itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from casemate.evidence.sign.keys import Private, Public

IN_TOTO = "application/vnd.in-toto+json"
MAX_SIGNATURES = 16
MAX_SIGNATURE = 512  # bytes; P-521 in DER has 139


class Broken(Exception):
    """What is wrong with an envelope, in words that follow its name."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and the id of the key that is said to have made it; nobody vouches for the id."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload of some type, and signatures over both."""

    payload: bytes
    type: str
    signatures: tuple[Signature, ...]


def pae(type: str, payload: bytes) -> bytes:
    """The bytes that are signed: type and payload, each behind its length."""
    name = type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def sign(payload: bytes, key: Private, type: str = IN_TOTO) -> Envelope:
    """An envelope with one signature, named by the id of the key."""
    return Envelope(payload, type, (Signature(key.public.id, key.sign(pae(type, payload))),))


def signer(envelope: Envelope, keys: Iterable[Public]) -> Public | None:
    """The first of these keys that signed this payload; None when none of them did."""
    message = pae(envelope.type, envelope.payload)
    made = [s.sig for s in envelope.signatures]
    return next((k for k in keys if any(k.verifies(sig, message) for sig in made)), None)


def claimed(envelope: Envelope, keys: Iterable[Public]) -> Public | None:
    """The first of these keys that a signature names as its own, good or not."""
    names = {s.keyid for s in envelope.signatures}
    return next((k for k in keys if k.id in names), None)


def opened(envelope: Envelope, keys: Iterable[Public], type: str = IN_TOTO) -> bytes:
    """The payload, when one of the keys signed it and it is of this type. Raises Broken."""
    if envelope.type != type:
        raise Broken(f"holds {envelope.type[:60]!r}, not {type!r}")
    if signer(envelope, keys) is None:
        raise Broken("is not signed by any of the given keys")
    return envelope.payload


def to_json(envelope: Envelope) -> dict[str, Any]:
    """The envelope as JSON."""
    return {
        "payload": base64.b64encode(envelope.payload).decode("ascii"),
        "payloadType": envelope.type,
        "signatures": [{"keyid": s.keyid, "sig": base64.b64encode(s.sig).decode("ascii")} for s in envelope.signatures],
    }


def line(envelope: Envelope) -> str:
    """The envelope as one line of JSON, for a file of evidence."""
    return json.dumps(to_json(envelope), sort_keys=True) + "\n"


def is_envelope(doc: Any) -> bool:
    """Whether JSON has the form of an envelope; `from_json` tells whether it is one."""
    return isinstance(doc, dict) and "payloadType" in doc and "signatures" in doc


def from_json(doc: Any) -> Envelope:
    """The envelope that JSON holds. Raises Broken."""
    if not is_envelope(doc):
        raise Broken("is no DSSE envelope")
    kind, found = doc["payloadType"], doc["signatures"]
    if not isinstance(kind, str) or not kind.isprintable() or len(kind) > 200:
        raise Broken("does not say what it holds")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_SIGNATURES:
        raise Broken(f"must have 1 to {MAX_SIGNATURES} signatures")
    return Envelope(decoded(doc.get("payload"), "payload"), kind, tuple(_signature(s) for s in found))


def _signature(doc: Any) -> Signature:
    keyid = doc.get("keyid") if isinstance(doc, dict) else 0
    if not isinstance(keyid, str | None) or len(keyid or "") > 200:
        raise Broken("has a signature that is none")
    sig = decoded(doc.get("sig"), "signature")
    if not 0 < len(sig) <= MAX_SIGNATURE:
        raise Broken("has a signature of impossible length")
    return Signature(keyid or "", sig)


def decoded(text: Any, what: str) -> bytes:
    """The bytes of a base64 text, of either alphabet, as the specification allows. Raises Broken."""
    if not isinstance(text, str):
        raise Broken(f"has no {what}")
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise Broken(f"has a {what} that is no base64") from None
