"""Names for clients that nobody can turn back without the key: HMAC-SHA256 (RFC 2104), its first 128 bits.

Quotas, logs and monitors name clients by it, so that with one key a client has one name everywhere.
"""

from __future__ import annotations

import hashlib
import hmac

from casemate.core.errors import CasemateError

LEAST = 16  # bytes of a key


class Pseudonym:
    """The same client has the same name under one key; under another key it has another."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < LEAST:
            raise CasemateError("key", f"has {len(key)} bytes", f"give at least {LEAST} random bytes")
        self._key = key

    def __call__(self, client: str) -> str:
        """32 hexadecimal digits."""
        return hmac.new(self._key, client.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def __repr__(self) -> str:
        return "Pseudonym(key hidden)"
