"""The file of a signature: a Sigstore bundle v0.3 that holds a DSSE envelope and says who signed it.

Source: sigstore/protobuf-specs, bundle v0.3. Nothing in it is believed here; it is only taken apart, within bounds.
"""

from __future__ import annotations

import base64
import errno
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from casemate.core import files
from casemate.evidence.sign import dsse
from casemate.evidence.sign.dsse import Broken, Envelope

MEDIA = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE = 64_000_000  # bytes; 100,000 files with names of 100 characters
MAX_PARTS = 100_000  # lists, mappings and commas outside of what is signed; ours have under 50
MAX_CERTIFICATES = 10
MAX_NAMED = 200  # characters of what a bundle says of itself
Mode: TypeAlias = Literal["key", "certificate", "sigstore"]


class Unsupported(Exception):
    """What it is that we know of and do not verify, and what to do."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A signature and its material. `text` is the file as it was read."""

    mode: Mode
    envelope: Envelope
    hint: str = ""
    """In key mode: the id of the key, as the signer gave it."""
    certificates: tuple[bytes, ...] = ()
    """DER, the signer's first."""
    text: str = ""


def read(path: Path) -> Bundle:
    """The bundle of a file. Raises CasemateError when it cannot be read, Broken or Unsupported for what is in it."""
    data = files.read(path, MAX_BUNDLE + 1)
    if len(data) > MAX_BUNDLE:
        raise Broken(f"is larger than {MAX_BUNDLE // 1_000_000} MB")
    return parse(data)


def parse(data: bytes) -> Bundle:
    """The bundle that bytes hold. Raises Broken or Unsupported."""
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_PARTS:  # 60 MB of empty lists would take 1.5 GB
        raise Broken("has more parts than a bundle can have")
    doc = strict(data)
    if not isinstance(doc, dict):
        raise Broken("is no bundle")
    media = doc.get("mediaType")
    if media != MEDIA:
        if isinstance(media, str) and media.startswith("application/vnd.dev.sigstore.bundle"):
            raise Unsupported(f"is a bundle of another version ({media[:60]!r}); sign again with a current tool")
        raise Broken("is no Sigstore bundle")
    if "messageSignature" in doc:
        raise Unsupported("signs one file's bytes and no list of files; make one with `casemate sign`")
    material = doc.get("verificationMaterial")
    if not isinstance(material, dict):
        raise Broken("does not say who signed it")
    return _of(material, dsse.from_json(doc.get("dsseEnvelope")), data)


def _of(material: dict[str, Any], envelope: Envelope, data: bytes) -> Bundle:
    if len(envelope.signatures) != 1:
        raise Broken("must have one signature")
    if material.get("tlogEntries") or "certificate" in material:
        return Bundle("sigstore", envelope, text=data.decode())
    if isinstance(chain := material.get("x509CertificateChain"), dict):
        return Bundle("certificate", envelope, certificates=_certificates(chain))
    if isinstance(key := material.get("publicKey"), dict):
        hint = key.get("hint") or ""
        if not isinstance(hint, str) or len(hint) > MAX_NAMED:
            raise Broken("has a hint of a key that is none")
        return Bundle("key", envelope, hint)
    raise Broken("does not say who signed it")


def _certificates(chain: dict[str, Any]) -> tuple[bytes, ...]:
    found = chain.get("certificates")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_CERTIFICATES:
        raise Broken(f"must have 1 to {MAX_CERTIFICATES} certificates")
    return tuple(dsse.decoded(c.get("rawBytes") if isinstance(c, dict) else None, "certificate") for c in found)


def strict(data: bytes) -> Any:
    """JSON in UTF-8 without equal keys, of which two readers take different ones. Raises Broken."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Broken("is no JSON") from None


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Broken("gives one key twice")
    return out


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def to_text(b: Bundle) -> str:
    """The bundle as the text of its file, in key or certificate mode."""
    if b.mode == "key":
        material: dict[str, Any] = {"publicKey": {"hint": b.hint}}
    else:
        chain = [{"rawBytes": base64.b64encode(der).decode("ascii")} for der in b.certificates]
        material = {"x509CertificateChain": {"certificates": chain}}
    envelope = dsse.to_json(b.envelope)
    for signature in envelope["signatures"]:
        signature["keyid"] = ""  # as model_signing writes it; who signed stands in the material
    doc = {"mediaType": MEDIA, "verificationMaterial": {**material, "tlogEntries": []}, "dsseEnvelope": envelope}
    return json.dumps(doc) + "\n"


def outside(path: Path) -> Path:
    """`<name>.sig` beside a model."""
    here = path.resolve() if path.name in ("", "..") else path
    return here.with_name(f"{here.name}.sig")


def beside(path: Path) -> Path:
    """Where the signature of a model is looked for: `<name>.sig` beside it, else `model.sig` in its folder."""
    return path / "model.sig" if not there(outside(path)) and there(path / "model.sig") else outside(path)


def there(path: Path) -> bool:
    """Whether anything has this name, readable or not. What cannot be looked at may be there."""
    try:
        path.lstat()
    except (OSError, ValueError) as e:
        return isinstance(e, OSError) and e.errno in (errno.EACCES, errno.ELOOP)
    return True
