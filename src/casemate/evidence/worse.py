"""Which of two measured values is the worse one. Records of one day that contradict each other are settled by it.

a flag      no: every flag that something measures says that a protection is there
a word      the one that stands first in WORST
a list      all of both where more is worse (what it returns, learned from), else what both of them have
"""

from __future__ import annotations

from typing import Any

WORST: dict[str, tuple[str, ...]] = {
    "auth": ("none", "open-signup", "optional", "account", "password", "key", "token", "sso", "mtls"),
    "contents": ("unsafe", "suspicious", "inconclusive", "clean"),
    "signature found": (
        "content-mismatch", "bad-signature", "untrusted-signer", "unsigned", "expired", "partial", "unreadable",
        "unsupported", "valid",
    ),
    "running": ("other", "same"),
    "sources": ("mixed", "single"),
    "lineage": ("none", "partial", "complete"),
    "on failure": ("open", "closed"),
    "decides": ("gate", "advice"),
    "rate limit": ("none", "shared", "per-client"),
    "version": ("floating", "pinned"),
    "identity": ("service", "caller"),
    "approval": ("none", "some", "all"),
    "updates": ("automatic", "pinned"),
    "sandbox": ("none", "container", "vm", "strong"),
    "egress": ("open", "listed", "none"),
}  # fmt: skip
MORE = frozenset({"alarms", "returns", "effect", "renders", "trained on", "undeclared flows"})
"""Lists of which the longer is the worse; of all others (checks, logs) it is the better."""


def worse(name: str, one: Any, other: Any) -> Any:
    """The worse of two values of a field; the first where neither is known to be."""
    if isinstance(one, bool) and isinstance(other, bool):
        return one and other
    if isinstance(one, tuple) and isinstance(other, tuple):
        if name in MORE:
            return tuple(sorted({*one, *other}))
        return tuple(w for w in one if w in other) or ("none",)
    order = WORST.get(name, ())
    if one in order and other in order:
        return min(one, other, key=order.index)
    return one
