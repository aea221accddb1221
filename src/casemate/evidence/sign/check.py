"""Verify a model against its signature. One Check, whatever is in the files.

Order: is there a signature; did the right one make it; then, and only then, its bytes are read; then the model is
compared file by file (compare.py); then name, digest, version and age are held against the policy (limits.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.sign import bundle as bundles
from casemate.evidence.sign import compare, limits, manifest, tree
from casemate.evidence.sign.bundle import Bundle, Unsupported
from casemate.evidence.sign.dsse import IN_TOTO, Broken
from casemate.evidence.sign.manifest import Manifest
from casemate.evidence.sign.trust import Trust, signed
from casemate.evidence.sign.verdict import Check, Not, Signed, decided

NEVER_CHECKED = ("file modes and empty folders", "that whatever loads the model checks it too: this was one look")


def verify(path: Path, trust: Trust, today: date, signature: Path | None = None) -> Check:
    """What a check of the model at `path` says. signature: the bundle's file; beside the model when not given."""
    where = signature or bundles.beside(path)
    try:
        if not bundles.there(path):
            raise Not("unreadable", f"there is no {tree.shown(path.name)}")
        b = _bundle(where)
        who = signed(b, trust, today)
        return _checked(path, where, _manifest(b, who), who, trust, today)
    except tree.Unreadable as e:
        return Check("unreadable", f"the model was not read: {tree.shown(str(e))}")
    except Not as e:
        return Check(e.verdict, e.reason)


def _bundle(where: Path) -> Bundle:
    shown = tree.shown(where.name)
    if not bundles.there(where):
        raise Not("unsigned", f"there is no {shown}")
    try:
        return bundles.read(where)
    except Broken as e:
        raise Not("bad-signature", f"{shown} {e}") from None
    except Unsupported as e:
        raise Not("unsupported", f"{shown} {e}") from None
    except CasemateError as e:
        raise Not("unreadable", f"{shown} {e.what}") from None


def _manifest(b: Bundle, who: Signed) -> Manifest:
    if b.envelope.type != IN_TOTO:
        raise Not("unsupported", f"it signs {b.envelope.type[:60]!r}, which is no model signature")
    try:
        return manifest.read(who.payload)
    except Broken as e:
        raise Not("bad-signature", f"what was signed {e}") from None
    except Unsupported as e:
        raise Not("unsupported", f"what was signed {e}") from None


def _names(path: Path) -> tuple[str, ...]:
    """What it is called: as it was given, and where a link leads. The root of a machine has no name."""
    return tuple(dict.fromkeys(n for n in (path.name, path.resolve().name) if n not in ("", ".."))) or (str(path),)


def _checked(path: Path, where: Path, m: Manifest, who: Signed, trust: Trust, today: date) -> Check:
    found = compare.compared(path, where, m)
    limit = limits.limits(m, found.sha256, trust, today, _names(path), who.on)
    findings = (*found.findings, *limit.findings)
    verdict, reason = decided(findings)
    return Check(
        verdict=verdict,
        reason=reason,
        signer=who.by,
        difference=found.difference,
        ignored=found.ignored,
        findings=findings,
        checked=(*who.checked, *found.checked, *limit.checked),
        unchecked=(*who.unchecked, *found.unchecked, *limit.unchecked, *NEVER_CHECKED),
        sha256=found.sha256,
        root=m.root,
        version=m.version,
        signed_on=who.on or m.signed_on,
        logged=who.on is not None,
        files=found.files,
    )
