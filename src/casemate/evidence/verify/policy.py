"""The `signature:` of a component as the policy of its check, and the digests that a model is known by."""

from __future__ import annotations

from pathlib import Path

from casemate.define.system import Component
from casemate.evidence.digests import digest_of
from casemate.evidence.sign.trust import Trust
from casemate.evidence.sign.verdict import Check

PATHS = ("public key", "ca", "trusted root")


def trust_of(c: Component, root: Path) -> Trust:
    """The policy of one component. Paths are relative to the system file."""
    said = c.props.get("signature", {})
    key, ca, trusted = (root / said[name] if name in said else None for name in PATHS)
    return Trust(
        key, ca, said.get("subject"), said.get("identity"), said.get("issuer"), trusted,
        said.get("digest"), said.get("version"), said.get("max age"), said.get("name"),
    )  # fmt: skip


def digests(path: Path, found: Check) -> frozenset[str]:
    """What a valid model is known by: the digest of what was signed, and of all that is there, as evidence binds to it.

    Empty when its signature is not valid.
    """
    return frozenset(d for d in (found.sha256, digest_of(path)) if d) if found.verdict == "valid" else frozenset()
