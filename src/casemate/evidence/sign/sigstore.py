"""Sigstore bundles, verified offline with a trusted root that is given. Needs the extra `sigstore`; nothing is fetched.

The trusted root names the authorities, logs and clocks of one Sigstore instance; `cosign trusted-root` or the
instance's own TUF repository gives it as a file. How old it is, nobody can tell from the file.
"""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.sign.bundle import Bundle
from casemate.evidence.sign.dsse import IN_TOTO
from casemate.evidence.sign.trust import Trust
from casemate.evidence.sign.verdict import Not, Signed

MAX_ROOT = 4_000_000


def signed(b: Bundle, trust: Trust) -> Signed:
    """The payload and its signer. Raises Not; raises CasemateError when the trusted root cannot be read."""
    if importlib.util.find_spec("sigstore") is None:
        raise Not("unsupported", "it is a sigstore bundle: pip install 'casemate[sigstore]' and check again")
    root = _root(trust.trusted_root or Path("trusted_root.json"))
    from sigstore.errors import Error
    from sigstore.models import Bundle as Theirs
    from sigstore.verify import Verifier
    from sigstore.verify.policy import Identity

    try:
        found = Theirs.from_json(b.text)
    except Exception:  # their reader raises what its parts raise
        raise Not("bad-signature", "the sigstore bundle cannot be read") from None
    policy = Identity(identity=str(trust.identity), issuer=trust.issuer)
    try:
        kind, payload = Verifier(trusted_root=root).verify_dsse(found, policy)
    except Error as e:
        raise Not(*_why(found, policy, e)) from None
    except Exception as e:
        raise Not("bad-signature", f"sigstore could not verify it ({type(e).__name__})") from None
    if kind != IN_TOTO or payload != b.envelope.payload:
        raise Not("bad-signature", "sigstore verified something else than what stands in the bundle")
    return _told(payload, trust, logged(b.text))


def _root(path: Path) -> Any:
    data = files.read(path, MAX_ROOT + 1)
    from sigstore.models import TrustedRoot

    try:
        if len(data) > MAX_ROOT:
            raise ValueError
        return TrustedRoot.from_file(str(path))
    except Exception:
        raise CasemateError(str(path), "is no trusted root of sigstore", "name a trusted_root.json") from None


def _why(found: Any, policy: Any, e: Exception) -> tuple[Any, str]:
    """Another signer, or a signature that does not hold."""
    from sigstore.errors import CertValidationError, Error

    try:
        policy.verify(found.signing_certificate)
    except Error:
        return "untrusted-signer", "another identity signed it, or another issuer stands for the name"
    if isinstance(e, CertValidationError):
        return "untrusted-signer", f"no chain leads from its certificate to the trusted root: {str(e)[:200]}"
    return "bad-signature", f"sigstore does not accept it: {str(e)[:200]}"


def logged(text: str) -> date | None:
    """The day that the log gave, of a bundle that was verified; None where its promise covers none."""
    try:
        entry = json.loads(text)["verificationMaterial"]["tlogEntries"][0]
        return datetime.fromtimestamp(int(entry["inclusionPromise"] and entry["integratedTime"]), UTC).date()
    except (ValueError, LookupError, TypeError, OverflowError, OSError, RecursionError):
        return None


def _told(payload: bytes, trust: Trust, on: date | None) -> Signed:
    by = f"{trust.identity}, as {trust.issuer} says"
    root = trust.trusted_root.name if trust.trusted_root else ""
    checked = (
        f"the certificate, the log entry and the time of signing, by {root}",
        f"that the certificate names {trust.identity!r} and the issuer {trust.issuer!r}",
    )
    return Signed(payload, by, checked, (f"how old {root} is, and whether it is still the instance's",), on)
