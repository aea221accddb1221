"""The `signature:` of a component as the policy of its check."""

from __future__ import annotations

from pathlib import Path

from casemate.define.system import Component
from casemate.evidence.sign.trust import Trust

PATHS = ("public key", "ca", "trusted root")


def trust_of(c: Component, root: Path) -> Trust:
    """The policy of one component. Paths are relative to the system file."""
    said = c.props.get("signature", {})
    key, ca, trusted = (root / said[name] if name in said else None for name in PATHS)
    return Trust(
        key, ca, said.get("subject"), said.get("identity"), said.get("issuer"), trusted,
        said.get("digest"), said.get("version"), said.get("max age"),
    )  # fmt: skip
