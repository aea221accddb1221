"""The policy of one model: who must have signed it, and what the signature must say beside that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.sign import certificate, dsse, keys
from casemate.evidence.sign.bundle import Bundle
from casemate.evidence.sign.verdict import Not, Signed

NO_CLOCK = "when it was signed; no clock that we trust has put its time to it"


@dataclass(frozen=True, slots=True)
class Trust:
    """One way to know the signer, and limits. All paths are as the caller opens them."""

    key: Path | None = None
    ca: Path | None = None
    subject: str | None = None
    identity: str | None = None
    issuer: str | None = None
    trusted_root: Path | None = None
    digest: str | None = None
    version: int | None = None
    max_age: int | None = None
    """Days."""
    name: str | None = None
    """What it must have been signed as; that of its file or folder when nobody says."""

    def incomplete(self) -> tuple[str, str] | None:
        """What is wrong with it and what to do; None when it names exactly one way to know the signer."""
        if sum(x is not None for x in (self.key, self.ca, self.identity)) != 1:
            return (
                "does not name one signer",
                "give a public key, a ca with a subject, or an identity with an issuer",
            )
        if (self.ca is None) != (self.subject is None):
            return "names an authority or a subject alone", "give ca and subject: anybody may have some certificate"
        if (self.identity is None) != (self.issuer is None):
            return "names an identity or an issuer alone", "give both: a name means nothing without who vouches for it"
        if self.identity is not None and self.trusted_root is None:
            return "has no trusted root", "name the trusted_root.json of the sigstore instance; nothing is fetched"
        return None


def signed(b: Bundle, trust: Trust, today: date) -> Signed:
    """Who signed the bundle's bytes. Raises Not when that is not whom the policy names."""
    try:
        if trust.key is not None:
            return _by_key(b, trust.key)
        if b.mode == "certificate" and trust.ca is not None and trust.subject is not None:
            return certificate.signed(b, trust.ca, trust.subject, today)
        if b.mode == "sigstore" and trust.identity is not None:
            from casemate.evidence.sign import sigstore

            return sigstore.signed(b, trust)
    except CasemateError as e:
        raise Not("unreadable", str(e)) from None
    asked = "a certificate" if trust.ca is not None else "a sigstore identity"
    by = {"key": "a bare key", "certificate": "a certificate", "sigstore": "a sigstore identity"}[b.mode]
    raise Not("untrusted-signer", f"it was signed with {by}, and the policy asks for {asked}")


def _by_key(b: Bundle, path: Path) -> Signed:
    """Whatever the material says: a signature that this key verifies was made with this key."""
    key = keys.read_public(path)
    if dsse.signer(b.envelope, [key]) is not None:
        by = f"the key {path.name} ({key.id[:12]})"
        return Signed(b.envelope.payload, by, (f"the signature, by {by}",), ("whether the key is still safe", NO_CLOCK))
    if b.mode == "key" and b.hint in ("", key.id):
        raise Not("bad-signature", f"the signature was not made over this by {path.name}")
    raise Not("untrusted-signer", f"another key than {path.name} signed it")
