"""Names for clients that nobody can turn back without the key: HMAC-SHA256 (RFC 2104), its first 128 bits."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError

LEAST = 16  # bytes of a key
MOST = 4096


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


def from_file(path: Path) -> Pseudonym:
    """With the bytes of a file as the key. `CasemateError` if it is short, or if others may read it."""
    key = files.read(path, MOST)
    if path.stat().st_mode & 0o077:
        raise CasemateError(str(path), "others than its owner may use this key", "chmod 600")
    try:
        return Pseudonym(key)
    except CasemateError as e:
        raise CasemateError(str(path), e.what, "head -c 32 /dev/urandom") from None
