"""Who signed with a certificate: a chain to an authority that was named, on the day of the check, and a name in it.

There are no built-in roots: an authority of the web may issue a certificate to anybody. Chains are built by
`cryptography`; extensions of homemade authorities vary, so only what decides is asked for: an authority must say that
it is one, a signer must be allowed to sign. Revocation is not looked up, and is said to be unchecked.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.sign import dsse, keys
from casemate.evidence.sign.bundle import MAX_CERTIFICATES, Bundle
from casemate.evidence.sign.keys import Public
from casemate.evidence.sign.verdict import Not, Signed

MAX_PEM = 1_000_000
MAX_DEPTH = 8
OIDS = {"EMAILADDRESS": "1.2.840.113549.1.9.1", "E": "1.2.840.113549.1.9.1"}
"""Kinds of attributes that RFC 4514 gives no short name, by the names that OpenSSL prints."""
_ATTRIBUTE = re.compile(r"(^|(?<!\\)[,+])\s*([A-Za-z][A-Za-z0-9-]*|[0-9.]+)\s*=\s*")


def read(path: Path) -> list[Any]:
    """The certificates of a PEM file, at least one. Fails with CasemateError."""
    from cryptography.x509 import load_pem_x509_certificates

    data = files.read(path, MAX_PEM + 1)
    try:
        found = load_pem_x509_certificates(data) if len(data) <= MAX_PEM else []
    except ValueError:
        found = []
    if not found:
        raise CasemateError(str(path), "holds no certificate in PEM", "name the certificate of the authority")
    return list(found)


def signed(b: Bundle, ca: Path, subject: str, today: date) -> Signed:
    """The payload and its signer. Raises Not; raises CasemateError when the authority's file cannot be read."""
    roots = read(ca)
    leaf, between = _parsed(b.certificates)
    key = _key(leaf)
    _chain(leaf, between, roots, ca, today)
    names = names_of(leaf)
    if not _is_named(leaf, subject, names):
        raise Not("untrusted-signer", f"the certificate is for {_said(names)}, and {subject!r} was asked for")
    _may_sign(leaf)
    if dsse.signer(b.envelope, [key]) is None:
        raise Not("bad-signature", "the signature does not fit the key of its certificate")
    return Signed(
        b.envelope.payload,
        f"{subject}, by a certificate that {ca.name} stands for",
        (f"the chain of certificates up to {ca.name}, on {today}", f"that the certificate names {subject!r}"),
        ("whether a certificate was revoked", "when it was signed; no clock that we trust has put its time to it"),
    )


def _parsed(ders: tuple[bytes, ...]) -> tuple[Any, list[Any]]:
    from cryptography.x509 import load_der_x509_certificate

    try:
        leaf, *between = (load_der_x509_certificate(der) for der in ders[:MAX_CERTIFICATES])
    except ValueError:
        raise Not("bad-signature", "a certificate in the signature cannot be read") from None
    return leaf, between


def _key(leaf: Any) -> Public:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return keys.wrapped(leaf.public_key(), "the certificate")
    except (CasemateError, ValueError, UnsupportedAlgorithm):
        raise Not("unsupported", "the certificate's key is of another kind than P-256, P-384 or P-521") from None


def _chain(leaf: Any, between: list[Any], roots: list[Any], ca: Path, today: date) -> None:
    when = _within(leaf, today)
    if _leads(leaf, between, roots, when):
        return
    then = leaf.not_valid_before_utc.replace(tzinfo=None)
    if _leads(leaf, between, roots, then):  # a good chain, at another time
        first, last = leaf.not_valid_before_utc.date(), leaf.not_valid_after_utc.date()
        raise Not("expired", f"the certificate is good from {first} to {last}, or one above it ended; today is {today}")
    raise Not("untrusted-signer", f"no chain leads from the certificate to {ca.name}")


def _within(leaf: Any, today: date) -> datetime:
    """A moment of the day; on the first and the last day of a certificate one at which it holds."""
    first: datetime = leaf.not_valid_before_utc.replace(tzinfo=None)
    begin, end = datetime.combine(today, time(0, 0)), datetime.combine(today, time(23, 59, 59))
    return max(begin, min(first, end))


def _leads(leaf: Any, between: list[Any], roots: list[Any], when: datetime) -> bool:
    from cryptography.x509 import BasicConstraints, KeyUsage
    from cryptography.x509 import verification as v

    builder = v.PolicyBuilder().store(v.Store(roots)).time(when).max_chain_depth(MAX_DEPTH)
    lax = v.ExtensionPolicy.permit_all()
    authority = lax.require_present(BasicConstraints, v.Criticality.AGNOSTIC, _is_authority)
    authority = authority.may_be_present(KeyUsage, v.Criticality.AGNOSTIC, _may_issue)
    try:
        builder.extension_policies(ca_policy=authority, ee_policy=lax).build_client_verifier().verify(leaf, between)
    except (v.VerificationError, ValueError):
        return False
    return True


def _is_authority(policy: Any, certificate: Any, basic: Any) -> None:
    if not basic.ca:
        raise ValueError("is no authority")


def _may_issue(policy: Any, certificate: Any, usage: Any) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("may not issue certificates")


def _may_sign(leaf: Any) -> None:
    """An authority's own certificate signs no models, and one that is for something else neither."""
    from cryptography import x509

    try:
        basic = _of(leaf, x509.BasicConstraints)
        usage, purposes = _of(leaf, x509.KeyUsage), _of(leaf, x509.ExtendedKeyUsage)
    except ValueError:
        raise Not("bad-signature", "the certificate's extensions cannot be read") from None
    if basic is not None and basic.ca:
        raise Not("untrusted-signer", "an authority's own certificate signed it")
    fine = {x509.oid.ExtendedKeyUsageOID.CODE_SIGNING, x509.oid.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    named = fine & set(purposes) if purposes is not None else set()
    elsewhere = purposes is not None and not named  # for mail or a web server; those keys lie in other hands
    if elsewhere or not (named or (usage is not None and usage.digital_signature)):
        raise Not("untrusted-signer", "the certificate is not for signing")


def _of(leaf: Any, kind: Any) -> Any:
    from cryptography.x509 import ExtensionNotFound

    try:
        return leaf.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def _is_named(leaf: Any, asked: str, names: list[str]) -> bool:
    """Whether the certificate is for this name.

    A distinguished name (RFC 4514, `CN=ci,O=Lender`) is compared with the whole subject and with nothing else: somebody
    may have a common name that reads like one. Spaces between its parts and the case of `cn` play no part.
    """
    whole = _distinguished(asked)
    if whole is not None:
        return bool(whole == leaf.subject)
    return asked in names[1:]


def _distinguished(text: str) -> Any:
    """The name that a text in the form of RFC 4514 stands for; None when it is in no such form."""
    from cryptography.x509 import Name

    if "=" not in text:
        return None
    try:
        return Name.from_rfc4514_string(_ATTRIBUTE.sub(_tidied, text))
    except ValueError:
        return None


def _tidied(found: re.Match[str]) -> str:
    kind = found[2].upper()
    return f"{found[1]}{OIDS.get(kind, kind)}="


def names_of(leaf: Any) -> list[str]:
    """All that a certificate calls its holder: the whole subject (RFC 4514), its common names, its other names."""
    from cryptography import x509

    try:
        out = [leaf.subject.rfc4514_string()]
        out += [str(a.value) for a in leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
        other = _of(leaf, x509.SubjectAlternativeName)
    except ValueError:
        return []
    for kind in (x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier):
        out += other.get_values_for_type(kind) if other is not None else []
    return [name for name in out if name]


def _said(names: list[str]) -> str:
    return ", ".join(repr(n[:100]) for n in names[:5]) or "nobody"
